import { scale } from '../../format/fit.ts';
import type { Geometry } from '../../format/frame.ts';
import { quantise, toRgba } from '../../format/pixels.ts';
import type { FrameSource, SourceFrame } from './frame-source.ts';

/**
 * Another source scaled into a display of another size, whole, with black bars: what is shown until the clip's own
 * rendition for the display is there. Costs a full frame whenever anything changed.
 */
export class FittedSource implements FrameSource {
  readonly geometry: Geometry;
  readonly pixels: Uint16Array;
  readonly #inner: FrameSource;
  readonly #rgba: { readonly inner: Uint8Array; readonly outer: Uint8Array };

  constructor(inner: FrameSource, geometry: Geometry) {
    this.geometry = geometry;
    this.pixels = new Uint16Array(geometry.width * geometry.height);
    this.#inner = inner;
    this.#rgba = {
      inner: new Uint8Array(inner.pixels.length * 4),
      outer: new Uint8Array(this.pixels.length * 4),
    };
  }

  get durationUs(): number {
    return this.#inner.durationUs;
  }

  get isReadToEnd(): boolean {
    return this.#inner.isReadToEnd;
  }

  get badChunks(): number {
    return this.#inner.badChunks;
  }

  async next(options: { again: boolean }): Promise<SourceFrame> {
    return this.#fit(await this.#inner.next(options));
  }

  async seek(positionUs: number): Promise<SourceFrame> {
    return this.#fit(await this.#inner.seek(positionUs));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#inner[Symbol.asyncDispose]();
  }

  #fit(frame: SourceFrame): SourceFrame {
    if (frame.rectangles.length === 0) return frame;
    const { inner, outer } = this.#rgba;
    toRgba(this.#inner.pixels, inner);
    scale(inner, this.#inner.geometry, this.geometry, 'contain', outer);
    quantise(outer, this.pixels, { dither: 'none', width: this.geometry.width });
    return { ...frame, rectangles: [{ x: 0, y: 0, ...this.geometry }] };
  }
}

/** The source itself where it has the display's size, else scaled into it. Disposing of the result closes the source. */
export function fitted(source: FrameSource, geometry: Geometry): FrameSource {
  const isFitting = source.geometry.width === geometry.width && source.geometry.height === geometry.height;
  return isFitting ? source : new FittedSource(source, geometry);
}
