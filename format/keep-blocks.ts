import { distance } from './pixels.ts';

const SIDE = 8;
/** Pixels of a kept block that may exceed the threshold, and what none of them may exceed (of 255). */
const FAR_PIXELS = 8;
const FAR_MOST = 16;
/** A block is kept for at most so many frames in a row while some of its pixels are far from the source. */
const FRAMES_IN_A_ROW = 12;

/**
 * The rule of quality `t8b` on top of keepClose: an 8 x 8 block in which only a few pixels left the threshold stays as shown
 * for a short while, so that film grain does not set off the whole picture. One instance a clip.
 */
export class BlockKeeper {
  readonly #width: number;
  readonly #framesKept: Uint8Array;

  constructor(width: number, height: number) {
    this.#width = width;
    this.#framesKept = new Uint8Array(Math.ceil(width / SIDE) * Math.ceil(height / SIDE));
  }

  /** As keepClose, then block by block; `threshold` (of 255) is the one of a single pixel. */
  keep(rgba: Uint8Array | Uint8ClampedArray, shown: Uint16Array, next: Uint16Array, threshold: number): void {
    const height = next.length / this.#width;
    let block = 0;
    for (let y = 0; y < height; y += SIDE) {
      for (let x = 0; x < this.#width; x += SIDE, block++) {
        const area = { x, y, right: Math.min(x + SIDE, this.#width), bottom: Math.min(y + SIDE, height) };
        this.#keepBlock(block, area, rgba, shown, next, threshold);
      }
    }
  }

  #keepBlock(
    block: number,
    area: { x: number; y: number; right: number; bottom: number },
    rgba: Uint8Array | Uint8ClampedArray,
    shown: Uint16Array,
    next: Uint16Array,
    threshold: number,
  ): void {
    let far = 0;
    let most = 0;
    for (let y = area.y; y < area.bottom; y++) {
      for (let i = y * this.#width + area.x; i < y * this.#width + area.right; i++) {
        const away = distance(shown[i]!, rgba, i * 4);
        if (away > threshold) far++;
        if (away > most) most = away;
      }
    }
    const keepsAll = far <= FAR_PIXELS && most <= FAR_MOST && (far === 0 || this.#framesKept[block]! < FRAMES_IN_A_ROW);
    this.#framesKept[block] = keepsAll && far > 0 ? this.#framesKept[block]! + 1 : 0;
    for (let y = area.y; y < area.bottom; y++) {
      for (let i = y * this.#width + area.x; i < y * this.#width + area.right; i++) {
        if (keepsAll || distance(shown[i]!, rgba, i * 4) <= threshold) next[i] = shown[i]!;
      }
    }
  }
}
