import type { Deflate } from './deflate.ts';
import { scale } from './fit.ts';
import type { Geometry } from './frame.ts';
import { quantise, toRgba } from './pixels.ts';
import { encodePng } from './png.ts';

/** Longest side of a poster in pixels. */
const POSTER_SIDE = 320;
/** Only frames that begin this early are looked at, in microseconds of media time. */
const LOOK_UNTIL_US = 10_000_000;
/** Every so many-th pixel is looked at; a prime, so that no column is preferred. */
const STRIDE = 7;

/** Chooses the frame that stands for a clip: of those offered in its first ten seconds the one with most contrast, so not the black before a fade. */
export class PosterChooser {
  readonly #geometry: Geometry;
  readonly #chosen: Uint16Array;
  #contrast = -1;

  constructor(geometry: Geometry) {
    this.#geometry = geometry;
    this.#chosen = new Uint16Array(geometry.width * geometry.height);
  }

  /** Looks at a frame; the pixels are copied if it leads. */
  offer(pixels: Uint16Array, startUs: number): void {
    if (startUs > LOOK_UNTIL_US) return;
    const contrast = variance(pixels);
    if (contrast <= this.#contrast) return;
    this.#contrast = contrast;
    this.#chosen.set(pixels);
  }

  /** The chosen frame as PNG, scaled down to 320 pixels where it is larger. */
  async encode(deflate: Deflate): Promise<Uint8Array> {
    const ratio = POSTER_SIDE / Math.max(this.#geometry.width, this.#geometry.height);
    if (ratio >= 1) return encodePng({ ...this.#geometry, pixels: this.#chosen }, deflate);
    const side = (length: number): number => Math.max(1, Math.round(length * ratio));
    const small = { width: side(this.#geometry.width), height: side(this.#geometry.height) };
    const rgba = new Uint8Array(this.#chosen.length * 4);
    const scaled = new Uint8Array(small.width * small.height * 4);
    const pixels = new Uint16Array(small.width * small.height);
    toRgba(this.#chosen, rgba);
    scale(rgba, this.#geometry, small, 'stretch', scaled);
    quantise(scaled, pixels, { dither: 'none', width: small.width });
    return encodePng({ ...small, pixels }, deflate);
  }
}

/** Variance of the green channel, which carries most of what the eye calls bright. */
function variance(pixels: Uint16Array): number {
  let count = 0;
  let sum = 0;
  let squares = 0;
  for (let i = 0; i < pixels.length; i += STRIDE) {
    const green = (pixels[i]! >> 5) & 63;
    count++;
    sum += green;
    squares += green * green;
  }
  return squares / count - (sum / count) ** 2;
}
