import type { Geometry } from '../../../format/frame.ts';

/** A picture in which neighbours differ in every channel, other for every seed. */
export function noise({ width, height }: Geometry, seed: number): Uint16Array {
  const pixels = new Uint16Array(width * height);
  let state = seed;
  for (let index = 0; index < pixels.length; index++) {
    state = (Math.imul(state, 1_103_515_245) + 12_345) >>> 0;
    pixels[index] = state >>> 16;
  }
  return pixels;
}
