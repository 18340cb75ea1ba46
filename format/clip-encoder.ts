import type { ClipDescription } from './clip-header.ts';
import { type ClipSummary, ClipWriter } from './clip-writer.ts';
import type { Deflate } from './deflate.ts';
import { BlockKeeper } from './keep-blocks.ts';
import { keepClose, quantise } from './pixels.ts';

/** Threshold (of 255) of each quality, as the header's `conversion.threshold` wants it. */
export const THRESHOLDS = { exact: 0, t6: 6, t8b: 8 } as const;

/** The one way from source pixels to a clip: RGB565 by rounding or Bayer, what is close enough kept, then ClipWriter. */
export class ClipEncoder {
  readonly #conversion: ClipDescription['conversion'];
  readonly #width: number;
  readonly #writer: ClipWriter;
  readonly #blocks: BlockKeeper;
  #shown: Uint16Array;
  #next: Uint16Array;
  #hasShown = false;

  constructor(description: ClipDescription, io: { deflate: Deflate; write: (bytes: Uint8Array) => Promise<void> }) {
    const { width, height, conversion } = description;
    this.#conversion = conversion;
    this.#width = width;
    this.#writer = new ClipWriter(description, io);
    this.#blocks = new BlockKeeper(width, height);
    this.#shown = new Uint16Array(width * height);
    this.#next = new Uint16Array(width * height);
  }

  /** Adds a picture already fitted to the clip's size, RGBA8888, that stands for `ticks`. Await each call before the next. */
  async addRgba(rgba: Uint8Array | Uint8ClampedArray, ticks: number): Promise<void> {
    const { mode, threshold, dither } = this.#conversion;
    quantise(rgba, this.#next, { dither, width: this.#width });
    if (this.#hasShown) {
      if (mode === 't6') keepClose(rgba, this.#shown, this.#next, threshold);
      if (mode === 't8b') this.#blocks.keep(rgba, this.#shown, this.#next, threshold);
    }
    await this.#writer.add(this.#next, ticks);
    [this.#shown, this.#next] = [this.#next, this.#shown];
    this.#hasShown = true;
  }

  /** Lets the picture before stand for `ticks` more. */
  async hold(ticks: number): Promise<void> {
    await this.#writer.hold(ticks);
  }

  /** Ends the clip; see ClipWriter. */
  async finish(): Promise<ClipSummary> {
    return this.#writer.finish();
  }
}
