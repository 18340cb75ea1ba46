import { place } from '../../format/fit.ts';
import type { Fit, Geometry, Rotation } from '../../format/frame.ts';

/** How a picture has to be turned to be upright: clockwise, then mirrored left to right if `flip`. */
export interface Orientation {
  readonly rotation: Rotation;
  readonly flip: boolean;
}

/** Where a picture that lies turned in its source goes in a target that is seen upright. */
export interface TurnedPlacement {
  /** The part that is seen, in square pixels of the turned source; real numbers. */
  readonly crop: { readonly x: number; readonly y: number; readonly width: number; readonly height: number };
  /** The size that part is scaled to before it is turned. */
  readonly block: Geometry;
  /** Pixel (x, y) of the block goes to index `first + x * across + y * down` of the target. */
  readonly first: number;
  readonly across: number;
  readonly down: number;
}

/** `display` is the source's shape in square pixels as it lies, before it is turned. */
export function placeTurned(display: Geometry, orientation: Orientation, target: Geometry, fit: Fit): TurnedPlacement {
  const isLying = orientation.rotation === 90 || orientation.rotation === 270;
  const seen = isLying ? { width: display.height, height: display.width } : display;
  const { source, target: box } = place(seen, target, fit);
  // `place` centres, so the part that is seen is the same distance from both edges and no rotation or mirror moves it.
  const crop = isLying ? { x: source.y, y: source.x, width: source.height, height: source.width } : source;
  const block = isLying ? { width: box.height, height: box.width } : { width: box.width, height: box.height };
  const corner = (x: number, y: number) => {
    const [upX, upY] = upright(x, y, block, orientation);
    return (box.y + upY) * target.width + box.x + upX;
  };
  const first = corner(0, 0);
  return { crop, block, first, across: corner(1, 0) - first, down: corner(0, 1) - first };
}

/** Where the pixel (x, y) of a block stands once the block is turned. */
function upright(x: number, y: number, block: Geometry, { rotation, flip }: Orientation): [number, number] {
  const mirror = (across: number, width: number): number => (flip ? width - 1 - across : across);
  switch (rotation) {
    case 0:
      return [mirror(x, block.width), y];
    case 90:
      return [mirror(block.height - 1 - y, block.height), x];
    case 180:
      return [mirror(block.width - 1 - x, block.width), block.height - 1 - y];
    case 270:
      return [mirror(y, block.height), block.width - 1 - x];
  }
}
