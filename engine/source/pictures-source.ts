import { LoopError } from '../../format/errors.ts';
import type { Geometry } from '../../format/frame.ts';
import type { FrameSource, SourceFrame } from './frame-source.ts';

/** Most bytes of pictures held in memory for one source: 200 frames of 320x240. */
export const MAX_PICTURES_BYTES = 32 * 1024 * 1024;

/** A picture and how long it stands. */
export interface TimedPicture {
  readonly pixels: Uint16Array;
  readonly durationUs: number;
}

/** Pictures that are in memory already: one still, or an animation. */
export class PicturesSource implements FrameSource {
  readonly geometry: Geometry;
  readonly durationUs: number;
  readonly isReadToEnd = true;
  readonly badChunks = 0;
  readonly #pictures: readonly TimedPicture[];
  #index = -1;

  constructor(pictures: readonly TimedPicture[], geometry: Geometry) {
    this.geometry = geometry;
    this.#pictures = pictures;
    this.durationUs = pictures.reduce((totalUs, { durationUs }) => totalUs + durationUs, 0);
  }

  get pixels(): Uint16Array {
    return (this.#pictures[Math.max(0, this.#index)] as TimedPicture).pixels;
  }

  async next(): Promise<SourceFrame> {
    return this.#at((this.#index + 1) % this.#pictures.length);
  }

  async seek(positionUs: number): Promise<SourceFrame> {
    let index = 0;
    let untilUs = 0;
    for (; index < this.#pictures.length - 1; index++) {
      untilUs += (this.#pictures[index] as TimedPicture).durationUs;
      if (positionUs < untilUs) break;
    }
    return this.#at(index);
  }

  async [Symbol.asyncDispose](): Promise<void> {}

  #at(index: number): SourceFrame {
    const startUs = this.#pictures.slice(0, index).reduce((totalUs, { durationUs }) => totalUs + durationUs, 0);
    const isSame = index === this.#index;
    this.#index = index;
    return {
      index,
      startUs,
      untilUs: startUs + (this.#pictures[index] as TimedPicture).durationUs,
      rectangles: isSame ? [] : [{ x: 0, y: 0, ...this.geometry }],
      isLast: index === this.#pictures.length - 1,
    };
  }
}

/** A source over pictures of exactly `geometry`. @throws LoopError INVALID_REQUEST, PAYLOAD_TOO_LARGE */
export function openPictures(pictures: readonly TimedPicture[], geometry: Geometry): PicturesSource {
  const { width, height } = geometry;
  const wrong = pictures.find(({ pixels, durationUs }) => pixels.length !== width * height || !(durationUs >= 1));
  if (pictures.length === 0 || wrong) {
    throw new LoopError(
      'INVALID_REQUEST',
      `${wrong ? `A picture of ${wrong.pixels.length} pixels for ${wrong.durationUs} us` : 'No picture'} was given; each has ${width} x ${height} pixels and a time. Fit them to the display first.`,
    );
  }
  const bytes = pictures.reduce((total, { pixels }) => total + pixels.byteLength, 0);
  if (bytes > MAX_PICTURES_BYTES) {
    throw new LoopError(
      'PAYLOAD_TOO_LARGE',
      `${pictures.length} pictures take ${bytes} bytes of memory; at most ${MAX_PICTURES_BYTES} are held. Upload the animation as a clip.`,
    );
  }
  return new PicturesSource(pictures, geometry);
}
