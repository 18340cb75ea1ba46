import type { Geometry, Rectangle } from '../../format/frame.ts';

const FILLED = 0xffff;
/** RGB 24, 24, 24: the part still to come, told from black and from white. */
const EMPTY = 0x18c3;
const EDGE = 0x0000;

/** Where the bar stands: the whole width, at the bottom, a fortieth of the height (6 rows of 240), at least 3. */
export function barRectangle({ width, height }: Geometry): Rectangle {
  const rows = Math.min(height, Math.max(3, Math.round(height / 40)));
  return { x: 0, y: height - rows, width, height: rows };
}

/** Draws a bar into `pixels`, a picture of `geometry`: a black line above, white from the left up to `fraction` (0 to 1). */
export function drawBar(pixels: Uint16Array, geometry: Geometry, fraction: number): void {
  const { y, width, height } = barRectangle(geometry);
  const filled = Math.round(Math.min(1, Math.max(0, fraction)) * width);
  pixels.fill(EDGE, y * width, (y + 1) * width);
  for (let row = y + 1; row < y + height; row++) {
    pixels.fill(FILLED, row * width, row * width + filled);
    pixels.fill(EMPTY, row * width + filled, (row + 1) * width);
  }
}
