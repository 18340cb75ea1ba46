import { type Input, type InputVideoTrack, type VideoSample, VideoSampleSink } from 'mediabunny';
import { LoopError } from '../../format/errors.ts';
import { type CanvasPainter, openCanvasPainter } from './canvas-painter.ts';
import { matrixOf } from './colour-matrix.ts';
import type { ConvertSettings } from './convert-settings.ts';
import type { Kernel } from './kernel.ts';
import { openPictureScaler, type PictureScaler, type SourcePicture } from './picture-scaler.ts';
import type { PictureSource, TimedPicture } from './picture-source.ts';
import { type PixelLayout, pixelLayouts } from './pixel-layout.ts';
import { slots } from './slots.ts';
import { openVideoInput } from './video-input.ts';

/** How many packets tell a video's frame rate. */
const rateSample = 100;

/** A video, decoded by the browser and scaled frame by frame as it is asked for; it never holds more than a few frames. */
export async function openVideoSource(file: Blob, settings: ConvertSettings, kernel: Kernel): Promise<PictureSource> {
  const input = openVideoInput(file);
  const track = await input.getPrimaryVideoTrack();
  if (!track) {
    input.dispose();
    throw new LoopError(
      'MEDIA_UNSUPPORTED',
      'The file holds no video track. LOOP shows pictures; choose a file that has some.',
    );
  }
  const { averagePacketRate } = await track.computePacketStats(rateSample);
  const duration = (await track.getDurationFromMetadata()) ?? (await track.computeDuration());
  const shape = await shapeOf(track);
  return new VideoSource({ input, track, shape, fps: averagePacketRate, duration, settings, kernel });
}

/** What all frames of a track have in common. */
type TrackShape = Pick<SourcePicture, 'display' | 'orientation' | 'matrix' | 'fullRange'>;

async function shapeOf(track: InputVideoTrack): Promise<TrackShape> {
  // Of the container or the stream's own header; a decoded frame has guesses filled in where both are silent.
  const colours = await track.getColorSpace();
  return {
    display: { width: await track.getSquarePixelWidth(), height: await track.getSquarePixelHeight() },
    orientation: { rotation: await track.getRotation(), flip: await track.getFlip() },
    matrix: matrixOf(colours.matrix, await track.getCodedHeight()),
    fullRange: colours.fullRange ?? false,
  };
}

interface VideoParts {
  readonly input: Input;
  readonly track: InputVideoTrack;
  readonly shape: TrackShape;
  readonly fps: number;
  /** Seconds. */
  readonly duration: number;
  readonly settings: ConvertSettings;
  readonly kernel: Kernel;
}

class VideoSource implements PictureSource {
  readonly timebase: readonly [number, number];
  readonly fps: number;
  readonly #parts: VideoParts;

  constructor(parts: VideoParts) {
    this.timebase = [1, parts.settings.framerate];
    this.fps = parts.fps;
    this.#parts = parts;
  }

  async *pictures({ signal }: { signal: AbortSignal }): AsyncGenerator<TimedPicture> {
    const { track, shape, settings, kernel, duration } = this.#parts;
    const painter = new SamplePainter(shape, settings, kernel);
    const sink = new VideoSampleSink(track, { hardwareAcceleration: await acceleration(track) });
    const slotted = slots(sink.samples(0), settings.framerate);
    for await (const { sample, count } of slotted) {
      using owned = sample;
      signal.throwIfAborted();
      const rgba = await painter.paint(owned);
      yield { rgba, ticks: 1, repeats: count - 1, fraction: Math.min(1, owned.timestamp / duration) };
    }
  }

  [Symbol.dispose](): void {
    this.#parts.input.dispose();
  }
}

/** Software first: planes are copied out, and reading back from a graphics card costs more than its decoder saves. */
async function acceleration(track: InputVideoTrack): Promise<'prefer-software' | 'no-preference'> {
  const config = await track.getDecoderConfig();
  const asked =
    config && (await VideoDecoder.isConfigSupported({ ...config, hardwareAcceleration: 'prefer-software' }));
  return asked?.supported ? 'prefer-software' : 'no-preference';
}

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
class SamplePainter {
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
