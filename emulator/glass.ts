import type { Picture, Rotation } from '../format/frame.ts';
import { type FrameMemory, MV, MX, MY } from './frame-memory.ts';
import type { PanelModel } from './panel-model.ts';

const BGR = 0x08;

/** How the picture that a MADCTL asks for stands on the glass. */
export interface Orientation {
  /** Degrees clockwise by which the picture is turned against the upright one of `uprightAddressMode`. */
  readonly rotation: Rotation;
  /** Left and right are exchanged, as on a mirror. */
  readonly isMirrored: boolean;
}

/** Works out which way the host's columns and pages run on the glass, held so that `uprightAddressMode` is upright. */
export function orientation(model: PanelModel, addressMode: number): Orientation {
  const against = addressMode ^ model.uprightAddressMode;
  const isColumnReversed = (against & MX) !== 0;
  const isRowReversed = (against & MY) !== 0;
  if (!(addressMode & MV)) return { rotation: isRowReversed ? 180 : 0, isMirrored: isColumnReversed !== isRowReversed };
  // Exchanged: the host's next page lies to the left (turned by 90) or to the right (by 270), its next column down or up.
  return { rotation: isColumnReversed ? 90 : 270, isMirrored: isColumnReversed === isRowReversed };
}

/** What lies in the memory as the glass shows it, turned upright, in colours as seen. The light is not looked at here. */
export function lookAtGlass(
  model: PanelModel,
  memory: FrameMemory,
  isInversionOn: boolean,
  { rotation }: Orientation,
): Picture {
  const { glass } = model;
  const isTurned = rotation === 90 || rotation === 270;
  const width = isTurned ? glass.height : glass.width;
  const height = isTurned ? glass.width : glass.height;
  const pixels = new Uint16Array(width * height);
  const toggle = isInversionOn === model.isGlassInverted ? 0 : 0xffff;
  const areColoursSwapped = ((memory.addressMode & BGR) !== 0) !== (model.colourOrder === 'bgr');
  const walk = walkOver(model, memory, rotation);
  for (let y = 0, to = 0; y < height; y++)
    for (let x = 0, from = walk.start + y * walk.down; x < width; x++, from += walk.right)
      pixels[to++] = memory.pixels[from]! ^ toggle;
  if (areColoursSwapped) for (let i = 0; i < pixels.length; i++) pixels[i] = swapRedAndBlue(pixels[i]!);
  if (model.isRound) blackenCorners(pixels, width, height);
  return { width, height, pixels };
}

/** Index of the picture's first pixel in memory, and the steps to its right and lower neighbours. */
function walkOver(model: PanelModel, memory: FrameMemory, rotation: Rotation) {
  const { glass, uprightAddressMode } = model;
  const rowLength = memory.geometry.width;
  const stepX = uprightAddressMode & MX ? -1 : 1;
  const stepY = uprightAddressMode & MY ? -rowLength : rowLength;
  const left = uprightAddressMode & MX ? glass.x + glass.width - 1 : glass.x;
  const top = uprightAddressMode & MY ? glass.y + glass.height - 1 : glass.y;
  const topLeft = left + top * rowLength;
  const toRight = (glass.width - 1) * stepX;
  const toBottom = (glass.height - 1) * stepY;
  switch (rotation) {
    case 0:
      return { start: topLeft, right: stepX, down: stepY };
    case 90:
      return { start: topLeft + toRight, right: stepY, down: -stepX };
    case 180:
      return { start: topLeft + toRight + toBottom, right: -stepX, down: -stepY };
    case 270:
      return { start: topLeft + toBottom, right: -stepY, down: stepX };
  }
}

function swapRedAndBlue(pixel: number): number {
  return (pixel >> 11) | (pixel & 0x07e0) | ((pixel & 0x1f) << 11);
}

function blackenCorners(pixels: Uint16Array, width: number, height: number): void {
  for (let y = 0; y < height; y++)
    for (let x = 0; x < width; x++)
      if (Math.hypot(x + 0.5 - width / 2, y + 0.5 - height / 2) > width / 2) pixels[y * width + x] = 0;
}
