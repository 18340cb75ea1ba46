import type { Geometry, Picture, Rectangle } from '../../format/frame.ts';

/** Bytes before the pixels: the sequence number, on a cache line of its own. */
const HEADER_BYTES = 64;

/** A reader waits a millisecond at a time for a change to end, and takes what is there when the writer seems to have died in it. */
const MOST_TRIES = 300;

/**
 * What stands on the glass, in memory shared by the display's worker, which writes, and any thread that reads.
 *
 * Layout: bytes 0..3 an Int32, the sequence number: odd while pixels change, two higher after each change, wrapping;
 * 4..63 unused; from 64 on width x height pixels, RGB565 in the machine's byte order, row by row as seen.
 * A reader copies the pixels and keeps the copy when the number was even and the same before and after.
 */
export class Glass implements Picture {
  readonly width: number;
  readonly height: number;
  /** The live pixels, for the thread that writes; others use `read`. */
  readonly pixels: Uint16Array;
  readonly #sequence: Int32Array;
  /** The pixels again, four at a time: copying into shared memory goes word by word, whatever the size of a word. */
  readonly #words: BigUint64Array;

  /** Size of the SharedArrayBuffer for a picture. */
  static sizeBytes({ width, height }: Geometry): number {
    return HEADER_BYTES + width * height * 2;
  }

  constructor(buffer: SharedArrayBuffer, { width, height }: Geometry) {
    this.width = width;
    this.height = height;
    this.pixels = new Uint16Array(buffer, HEADER_BYTES, width * height);
    this.#sequence = new Int32Array(buffer, 0, 1);
    this.#words = new BigUint64Array(buffer, HEADER_BYTES, (width * height) >> 2);
  }

  /** Rises with every change and wraps after 2^31 of them. */
  get version(): number {
    return Atomics.load(this.#sequence, 0) >>> 1;
  }

  /** Takes over the rectangles of a picture of the same size. For the one thread that writes. */
  update(pixels: Uint16Array, rectangles: readonly Rectangle[]): void {
    Atomics.add(this.#sequence, 0, 1);
    for (const rectangle of rectangles) this.#copy(pixels, rectangle);
    Atomics.add(this.#sequence, 0, 1);
  }

  /** A copy that is never torn, unless the writing thread ended in the middle of a change. */
  read(): Picture {
    const { width, height } = this;
    const copy = new Uint16Array(this.pixels.length);
    for (let tries = 0; tries < MOST_TRIES; tries++) {
      const before = Atomics.load(this.#sequence, 0);
      if (before % 2 !== 0) Atomics.wait(this.#sequence, 0, before, 1);
      copy.set(this.pixels);
      // An addition of nothing instead of a load: it also keeps the reads above from being done after it.
      if (before % 2 === 0 && Atomics.add(this.#sequence, 0, 0) === before) break;
    }
    return { width, height, pixels: copy };
  }

  #copy(pixels: Uint16Array, { x, y, width, height }: Rectangle): void {
    if (width === this.width && width % 4 === 0 && pixels.byteOffset % 8 === 0) {
      const start = (y * width) / 4;
      const words = new BigUint64Array(pixels.buffer, pixels.byteOffset + 8 * start, (height * width) / 4);
      this.#words.set(words, start);
      return;
    }
    for (let row = y; row < y + height; row++) {
      const start = row * this.width + x;
      this.pixels.set(pixels.subarray(start, start + width), start);
    }
  }
}
