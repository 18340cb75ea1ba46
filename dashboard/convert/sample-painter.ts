import type { VideoSample } from 'mediabunny';
import { type CanvasPainter, openCanvasPainter } from './canvas-painter.ts';
import type { ConvertSettings } from './convert-settings.ts';
import type { Kernel } from './kernel.ts';
import { openPictureScaler, type PictureScaler, type SourcePicture } from './picture-scaler.ts';
import { type PixelLayout, pixelLayouts } from './pixel-layout.ts';

/** What all frames of a track have in common. */
export type TrackShape = Pick<SourcePicture, 'display' | 'orientation' | 'matrix' | 'fullRange'>;

/** WebCodecs' names of what the kernel reads as it lies. Anything else (10 bits, alpha, no name at all) is drawn by the canvas. */
const layouts: Readonly<Partial<Record<string, PixelLayout>>> = {
  I420: 'I420',
  I422: 'I422',
  I444: 'I444',
  NV12: 'NV12',
  RGBX: 'RGBA',
  BGRX: 'BGRA',
};

/** Scales decoded frames; prepares itself anew when their kind changes in the middle of a stream. */
export class SamplePainter {
  readonly #shape: TrackShape;
  readonly #settings: ConvertSettings;
  readonly #kernel: Kernel;
  readonly #target: Uint32Array<ArrayBuffer>;
  #kind = '';
  #way: { by: 'planes'; scaler: PictureScaler } | { by: 'canvas'; painter: CanvasPainter } | undefined;

  constructor(shape: TrackShape, settings: ConvertSettings, kernel: Kernel) {
    this.#shape = shape;
    this.#settings = settings;
    this.#kernel = kernel;
    this.#target = new Uint32Array(settings.width * settings.height);
  }

  /** RGBA of the target's size, this painter's own, overwritten by the next call. */
  async paint(sample: VideoSample): Promise<Uint8ClampedArray> {
    const kind = `${sample.format} ${sample.codedWidth}x${sample.codedHeight}`;
    if (kind !== this.#kind) {
      this.#kind = kind;
      this.#target.fill(0);
      this.#way = this.#prepare(sample);
    }
    if (this.#way?.by === 'planes') await this.#copy(sample, this.#way.scaler);
    else this.#way?.painter.paint((context, top) => sample.draw(context, 0, top), this.#target);
    return new Uint8ClampedArray(this.#target.buffer);
  }

  #prepare(sample: VideoSample): { by: 'planes'; scaler: PictureScaler } | { by: 'canvas'; painter: CanvasPainter } {
    const layout = sample.format === null ? undefined : layouts[sample.format];
    const { fit } = this.#settings;
    if (!layout) {
      const seen = { width: sample.displayWidth, height: sample.displayHeight };
      return { by: 'canvas', painter: openCanvasPainter(this.#kernel, seen, this.#settings, fit) };
    }
    const stored = { width: sample.codedWidth, height: sample.codedHeight };
    const matrix = pixelLayouts[layout].planes.length === 1 ? 'rgb' : this.#shape.matrix;
    const scaler = openPictureScaler(this.#kernel, { ...this.#shape, layout, stored, matrix }, this.#settings, fit);
    return { by: 'planes', scaler };
  }

  async #copy(sample: VideoSample, scaler: PictureScaler): Promise<void> {
    for (const band of scaler.bands) {
      const rect = {
        x: sample.visibleRect.left,
        y: sample.visibleRect.top + band.sourceFrom,
        width: sample.codedWidth,
        height: band.sourceRows,
      };
      await sample.copyTo(scaler.buffer(), { rect, layout: [...scaler.planes] });
      scaler.render(band, this.#target);
    }
  }
}
