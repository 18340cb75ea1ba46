import type { Geometry } from '../../format/frame.ts';
import { type AxisTable, axisTable } from './axis-table.ts';
import type { ColourRows } from './colour-matrix.ts';
import { type LayoutShape, type PixelLayout, pixelLayouts } from './pixel-layout.ts';

/** A stretch of a picture in real numbers. */
export interface Crop {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}

/** What one job does: `crop` of a `stored` picture becomes `block`. */
export interface ScalerTask {
  readonly layout: PixelLayout;
  readonly stored: Geometry;
  readonly crop: Crop;
  readonly block: Geometry;
  readonly colours: ColourRows;
  /** Rows of the source that are in memory at once; a layout of several planes needs all. */
  readonly heldRows: number;
}

/** The job as it lies in the kernel's memory; places are byte offsets there. */
export interface ScalerJob {
  readonly at: number;
  readonly source: number;
  readonly sourceBytes: number;
  /** Of the held rows; `offset` counts from `source`. */
  readonly planes: readonly PlaneLayout[];
  readonly out: number;
  /** Pixels of a row at `out`: the block's width rounded up to 4. */
  readonly rowPixels: number;
  readonly blended: number;
  readonly blendedBytes: number;
  /** Memory the job needs. */
  readonly end: number;
  readonly tables: readonly { readonly at: number; readonly bytes: Uint8Array }[];
}

/** Bytes of a job, as kernel.ts lists them: three planes and the colour matrix. */
const planeFields = 9;
const jobFields = planeFields * 3 + 12;
/** 1.0 in the colour matrix: samples have 7 fraction bits, the kernel's sums 20. */
const colourUnity = 1 << 13;
/** Lanes of a vector reach past the end of a row; what they find there is weighed 0. */
const slack = 64;

/** Lays out memory for a task and computes its tables. */
export function layOutJob(task: ScalerTask): ScalerJob {
  const shape = pixelLayouts[task.layout];
  const components = shape.components.map((_, index) => componentTables(task, shape, index));
  const arena = new Arena();
  const at = arena.reserve(jobFields * 4);
  const rowPixels = upTo(4, task.block.width);
  const blendedBytes = Math.max(...components.map(({ columns }) => columns.span)) * 2 + slack;
  const blended = arena.reserve(blendedBytes * 3);
  const out = arena.reserve(rowPixels * task.block.height * 4);
  const tables = components.map(({ rows, columns }) => [
    arena.put(rows.starts),
    arena.put(rows.weights),
    rows.taps / 2,
    arena.put(columns.starts),
    arena.put(columns.weights),
    columns.groups,
  ]);
  const { planes, sourceBytes } = layOutPlanes(shape, { width: task.stored.width, height: task.heldRows });
  // Last, and with room for the rows of weight 0 behind the last plane.
  const reach = Math.max(...components.map(({ rows, plane }) => rows.taps * planes[plane]!.stride));
  const source = arena.reserve(sourceBytes + reach + slack);
  const fields = components.flatMap(({ columns, plane }, index) => [
    source + planes[plane]!.offset + columns.first,
    planes[plane]!.stride,
    columns.span,
    ...tables[index]!,
  ]);
  arena.fill(at, new Int32Array([...fields, ...task.colours.flatMap(fixed)]));
  return {
    at,
    source,
    sourceBytes,
    planes,
    out,
    rowPixels,
    blended,
    blendedBytes,
    end: arena.end,
    tables: arena.tables,
  };
}

/** Which rows of the held plane the rows of the block are made of. */
export function rowTable(task: Pick<ScalerTask, 'stored' | 'crop' | 'block'>, down: 1 | 2): AxisTable {
  const { crop, stored, block } = task;
  return axisTable(crop.y / down, crop.height / down, Math.ceil(stored.height / down), block.height);
}

interface ComponentTables {
  readonly plane: number;
  readonly rows: AxisTable;
  readonly columns: ColumnTable;
}

function componentTables(task: ScalerTask, shape: LayoutShape, index: number): ComponentTables {
  const { plane, byte } = shape.components[index]!;
  const { across, down, bytes } = shape.planes[plane]!;
  const { crop, stored, block } = task;
  const pixels = axisTable(crop.x / across, crop.width / across, Math.ceil(stored.width / across), block.width);
  return { plane, rows: rowTable(task, down), columns: columnTable(pixels, bytes, byte) };
}

/** Columns as the kernel reads them: byte places from `first` on, and weights in groups of 8 bytes. */
interface ColumnTable {
  /** The first byte of a row that is used. */
  readonly first: number;
  /** Bytes of a row that are used, a multiple of 16. */
  readonly span: number;
  readonly starts: Int32Array;
  readonly weights: Int16Array;
  readonly groups: number;
}

/** Spreads a table of pixels over samples of `bytes` bytes, of which `byte` counts; padded to whole vectors of 4 target pixels. */
function columnTable(pixels: AxisTable, bytes: number, byte: number): ColumnTable {
  const lanes = (pixels.taps - 1) * bytes + 1;
  const groups = Math.ceil(lanes / 8);
  const count = upTo(4, pixels.starts.length);
  const first = Math.min(...pixels.starts) * bytes + byte;
  const starts = new Int32Array(count);
  const weights = new Int16Array(count * groups * 8);
  pixels.starts.forEach((start, i) => {
    starts[i] = start * bytes + byte - first;
    for (let tap = 0; tap < pixels.taps; tap++) {
      weights[i * groups * 8 + tap * bytes] = pixels.weights[i * pixels.taps + tap]!;
    }
  });
  return { first, span: upTo(16, Math.max(...starts) + groups * 8), starts, weights, groups };
}

/** Planes one behind the other, rows 16 bytes aligned. */
function layOutPlanes(shape: LayoutShape, { width, height }: Geometry): { planes: PlaneLayout[]; sourceBytes: number } {
  let sourceBytes = 0;
  const planes = shape.planes.map(({ across, down, bytes }) => {
    const layout = { offset: sourceBytes, stride: upTo(16, Math.ceil(width / across) * bytes) };
    sourceBytes += layout.stride * Math.ceil(height / down);
    return layout;
  });
  return { planes, sourceBytes };
}

/** A row of the colour matrix in fixed point; the constant also rounds. */
function fixed(row: readonly number[]): number[] {
  const [a = 0, b = 0, c = 0, constant = 0] = row;
  const factors = [a, b, c].map((factor) => Math.round(factor * colourUnity));
  return [...factors, Math.round((constant + 0.5) * colourUnity * 128)];
}

const upTo = (multiple: number, value: number): number => Math.ceil(value / multiple) * multiple;

/** Hands out places in memory, one behind the other. */
class Arena {
  end = 16;
  readonly tables: { at: number; bytes: Uint8Array }[] = [];

  reserve(bytes: number): number {
    const at = this.end;
    this.end = upTo(16, at + bytes);
    return at;
  }

  put(table: Int16Array | Int32Array): number {
    const at = this.reserve(table.byteLength);
    this.fill(at, table);
    return at;
  }

  fill(at: number, table: Int16Array | Int32Array): void {
    this.tables.push({ at, bytes: new Uint8Array(table.buffer, table.byteOffset, table.byteLength) });
  }
}
