import type { Fit, Geometry } from '../../format/frame.ts';
import type { AxisTable } from './axis-table.ts';
import { type ColourMatrix, colourRows } from './colour-matrix.ts';
import type { Kernel } from './kernel.ts';
import { type PixelLayout, pixelLayouts } from './pixel-layout.ts';
import { layOutJob, rowTable, type ScalerJob } from './scaler-job.ts';
import { type Orientation, placeTurned, type TurnedPlacement } from './turned-placement.ts';

/** What a picture is before it is scaled. */
export interface SourcePicture {
  readonly layout: PixelLayout;
  /** Pixels in memory, those alone that are to be seen. */
  readonly stored: Geometry;
  /** The shape they are shown in, in square pixels, as they lie. */
  readonly display: Geometry;
  readonly orientation: Orientation;
  readonly matrix: ColourMatrix;
  readonly fullRange: boolean;
}

/** A run of block rows and the source rows they are made of. */
export interface Band {
  readonly from: number;
  readonly to: number;
  readonly sourceFrom: number;
  readonly sourceRows: number;
}

/** Held source rows of a packed picture: 8 MB, so that a photograph is never in memory a second time. */
const heldBytes = 8 << 20;

/**
 * Prepares the kernel for pictures of one kind. Whatever scaler was open on it before is void.
 * @param target the panel's picture as seen
 */
export function openPictureScaler(kernel: Kernel, source: SourcePicture, target: Geometry, fit: Fit): PictureScaler {
  const { stored, display, layout } = source;
  const placement = placeTurned(display, source.orientation, target, fit);
  const across = stored.width / display.width;
  const down = stored.height / display.height;
  const crop = {
    x: placement.crop.x * across,
    y: placement.crop.y * down,
    width: placement.crop.width * across,
    height: placement.crop.height * down,
  };
  const part = { stored, crop, block: placement.block };
  const bands = isPacked(layout) ? cutBands(rowTable(part, 1), stored) : [wholeBand(part.block, stored)];
  const heldRows = Math.max(...bands.map((band) => band.sourceRows));
  const job = layOutJob({ ...part, layout, colours: colourRows(source.matrix, source.fullRange), heldRows });
  reserve(kernel.memory, job.end);
  const memory = new Uint8Array(kernel.memory.buffer);
  for (const { at, bytes } of job.tables) memory.set(bytes, at);
  return new PictureScaler(kernel, job, placement, bands);
}

const isPacked = (layout: PixelLayout): boolean => pixelLayouts[layout].planes.length === 1;

function wholeBand(block: Geometry, stored: Geometry): Band {
  return { from: 0, to: block.height, sourceFrom: 0, sourceRows: stored.height };
}

/** As many target rows a band as the held bytes allow, at least one. */
function cutBands({ starts, taps }: AxisTable, stored: Geometry): Band[] {
  const most = Math.max(taps, Math.floor(heldBytes / (stored.width * 4)));
  const endOf = (row: number): number => Math.min(starts[row]! + taps, stored.height);
  const bands: Band[] = [];
  for (let from = 0, to = 0; from < starts.length; from = to) {
    const sourceFrom = starts[from]!;
    for (to = from + 1; to < starts.length && endOf(to) - sourceFrom <= most; ) to++;
    bands.push({ from, to, sourceFrom, sourceRows: endOf(to - 1) - sourceFrom });
  }
  return bands;
}

function reserve(memory: WebAssembly.Memory, bytes: number): void {
  const missing = bytes - memory.buffer.byteLength;
  if (missing > 0) memory.grow(Math.ceil(missing / 65536));
}

/**
 * Brings pictures of one kind into one target: crop, area average, colours, rotation, black bars. For each of `bands` the source is copied
 * to `buffer()` as `planes` says, then `render` paints that band. A picture of several planes is one band.
 */
export class PictureScaler {
  readonly bands: readonly Band[];
  readonly planes: readonly PlaneLayout[];
  readonly #kernel: Kernel;
  readonly #job: ScalerJob;
  readonly #placement: TurnedPlacement;
  readonly #block: Uint32Array;

  constructor(kernel: Kernel, job: ScalerJob, placement: TurnedPlacement, bands: readonly Band[]) {
    this.#kernel = kernel;
    this.#job = job;
    this.#placement = placement;
    this.#block = new Uint32Array(kernel.memory.buffer, job.out, job.rowPixels * placement.block.height);
    this.bands = bands;
    this.planes = job.planes;
  }

  /** Where a band's samples go; of the kernel's memory, good until another scaler is opened on that kernel. */
  buffer(): Uint8Array<ArrayBuffer> {
    // A kernel's memory is never shared.
    return new Uint8Array(this.#kernel.memory.buffer as ArrayBuffer, this.#job.source, this.#job.sourceBytes);
  }

  /** Paints one band into `target`, RGBA as one number a pixel, of the target's size; what no band covers is the caller's black. */
  render(band: Band, target: Uint32Array): void {
    const { at, rowPixels, out, blended, blendedBytes } = this.#job;
    this.#kernel.render(at, band.from, band.to, band.sourceFrom, rowPixels, out, blended, blendedBytes);
    const { block, first, across, down } = this.#placement;
    for (let y = band.from; y < band.to; y++) {
      const from = (y - band.from) * rowPixels;
      const to = first + y * down;
      if (across === 1) target.set(this.#block.subarray(from, from + block.width), to);
      else for (let x = 0; x < block.width; x++) target[to + x * across] = this.#block[from + x]!;
    }
  }
}
