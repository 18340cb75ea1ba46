/**
 * How the bits that RGB565 drops are decided: `none` rounds to the nearest; `bayer` adds an ordered 8 x 8 pattern fixed to the
 * picture, which hides the bands of gradients and, unlike error diffusion, changes no pixel whose source stood still.
 */
export type Dither = 'none' | 'bayer';

/** Bayer's 8 x 8 thresholds, 0..63, row by row. */
const BAYER = Uint8Array.from({ length: 64 }, (_, i) => bayer(i & 7, i >> 3));

function bayer(x: number, y: number): number {
  const odd = x ^ y;
  return ((odd & 1) << 5) | ((y & 1) << 4) | ((odd & 2) << 2) | ((y & 2) << 1) | ((odd & 4) >> 1) | ((y & 4) >> 2);
}

/**
 * RGBA8888 to RGB565. Alpha is ignored: the picture already lies over black. `out` holds one element a pixel.
 * Red and blue `(v - (v >> 5) + t) >> 3`, green `(v - (v >> 6) + t / 2) >> 2` with t 0..7: white stays white, nothing overflows.
 */
export function quantise(
  rgba: Uint8Array | Uint8ClampedArray,
  out: Uint16Array,
  options: { dither: Dither; width: number },
): void {
  const { dither, width } = options;
  let threshold = 4;
  let x = 0;
  let row = 0;
  for (let i = 0, at = 0; i < out.length; i++, at += 4) {
    if (dither === 'bayer') {
      threshold = BAYER[row | (x & 7)]! >> 3;
      if (++x === width) {
        x = 0;
        row = (row + 8) & 56;
      }
    }
    const red = rgba[at]!;
    const green = rgba[at + 1]!;
    const blue = rgba[at + 2]!;
    out[i] =
      (((red - (red >> 5) + threshold) >> 3) << 11) |
      (((green - (green >> 6) + (threshold >> 1)) >> 2) << 5) |
      ((blue - (blue >> 5) + threshold) >> 3);
  }
}

/** RGB565 to RGBA8888: the high bits of a channel fill its low ones (31 becomes 255), alpha is 255. */
export function toRgba(pixels: Uint16Array, out: Uint8Array | Uint8ClampedArray): void {
  for (let i = 0, at = 0; i < pixels.length; i++, at += 4) {
    const pixel = pixels[i]!;
    const red = pixel >> 11;
    const green = (pixel >> 5) & 63;
    const blue = pixel & 31;
    out[at] = (red << 3) | (red >> 2);
    out[at + 1] = (green << 2) | (green >> 4);
    out[at + 2] = (blue << 3) | (blue >> 2);
    out[at + 3] = 255;
  }
}

/**
 * Keeps what is close enough: where every channel of the picture `shown` is within `threshold` (of 255) of the source `rgba`,
 * `next` takes the shown pixel. Measured against the source each time, so the error is bounded at once and never adds up.
 */
export function keepClose(
  rgba: Uint8Array | Uint8ClampedArray,
  shown: Uint16Array,
  next: Uint16Array,
  threshold: number,
): void {
  for (let i = 0, at = 0; i < next.length; i++, at += 4) {
    const pixel = shown[i]!;
    if (pixel !== next[i] && isClose(pixel, rgba, at, threshold)) next[i] = pixel;
  }
}

/** Whether distance is at most `threshold`, sooner known. */
function isClose(pixel: number, rgba: Uint8Array | Uint8ClampedArray, at: number, threshold: number): boolean {
  const green = (pixel >> 5) & 63;
  if (Math.abs(((green << 2) | (green >> 4)) - rgba[at + 1]!) > threshold) return false;
  const red = pixel >> 11;
  if (Math.abs(((red << 3) | (red >> 2)) - rgba[at]!) > threshold) return false;
  const blue = pixel & 31;
  return Math.abs(((blue << 3) | (blue >> 2)) - rgba[at + 2]!) <= threshold;
}

/** The largest difference of a channel between an RGB565 pixel and the RGBA8888 one at byte `at`, 0..255. */
export function distance(pixel: number, rgba: Uint8Array | Uint8ClampedArray, at: number): number {
  const red = pixel >> 11;
  const green = (pixel >> 5) & 63;
  const blue = pixel & 31;
  return Math.max(
    Math.abs(((red << 3) | (red >> 2)) - rgba[at]!),
    Math.abs(((green << 2) | (green >> 4)) - rgba[at + 1]!),
    Math.abs(((blue << 3) | (blue >> 2)) - rgba[at + 2]!),
  );
}

/** Pixels as the file and the bus have them, high byte first; `out` holds two bytes a pixel. */
export function writeBigEndian(pixels: Uint16Array, out: Uint8Array): void {
  for (let i = 0, at = 0; i < pixels.length; i++) {
    const pixel = pixels[i]!;
    out[at++] = pixel >> 8;
    out[at++] = pixel & 255;
  }
}

/** Undoes writeBigEndian; `out` takes bytes.length / 2 pixels. */
export function readBigEndian(bytes: Uint8Array, out: Uint16Array): void {
  for (let i = 0, at = 0; i < out.length; i++, at += 2) out[i] = (bytes[at]! << 8) | bytes[at + 1]!;
}
