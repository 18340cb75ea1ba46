import { type Input, type InputVideoTrack, VideoSampleSink } from 'mediabunny';
import { LoopError } from '../../format/errors.ts';
import { matrixOf } from './colour-matrix.ts';
import type { ConvertSettings } from './convert-settings.ts';
import type { Kernel } from './kernel.ts';
import type { PictureSource, TimedPicture } from './picture-source.ts';
import { SamplePainter, type TrackShape } from './sample-painter.ts';
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

  async *pictures(): AsyncGenerator<TimedPicture> {
    const { track, shape, settings, kernel, duration } = this.#parts;
    const painter = new SamplePainter(shape, settings, kernel);
    const sink = new VideoSampleSink(track, { hardwareAcceleration: await acceleration(track) });
    const slotted = slots(sink.samples(0), settings.framerate);
    for await (const { sample, count } of slotted) {
      using owned = sample;
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
