import { LoopError } from '../../format/errors.ts';
import { type CanvasPainter, openCanvasPainter } from './canvas-painter.ts';
import type { ConvertSettings } from './convert-settings.ts';
import type { Kernel } from './kernel.ts';
import type { PictureSource, TimedPicture } from './picture-source.ts';

/** A delay of at most this many microseconds is shown as `defaultDelayUs`: what browsers and ffmpeg make of GIFs that say 0 or 1. */
const tooShortUs = 10_000;
const defaultDelayUs = 100_000;

/** Milliseconds: every delay of WebP and, to the nearest, of GIF and APNG. */
const timebase = [1, 1000] as const;

/** GIF, animated WebP or APNG: every frame with its own delay, the last one too. */
export async function openAnimationSource(
  file: Blob,
  mime: string,
  settings: ConvertSettings,
  kernel: Kernel,
): Promise<PictureSource> {
  const decoder = new ImageDecoder({ data: file.stream(), type: mime, preferAnimation: true });
  // Without this the selected track is null in Chromium; without `completed` its frames are not all counted.
  await decoder.tracks.ready;
  await decoder.completed;
  const frames = decoder.tracks.selectedTrack?.frameCount ?? 0;
  if (frames === 0) {
    decoder.close();
    throw new LoopError(
      'MEDIA_DAMAGED',
      'The animation holds no picture that can be read. Choose a file that is whole.',
    );
  }
  return new Animation(decoder, frames, settings, kernel);
}

class Animation implements PictureSource {
  readonly timebase = timebase;
  readonly fps = 0;
  readonly #decoder: ImageDecoder;
  readonly #frames: number;
  readonly #settings: ConvertSettings;
  readonly #kernel: Kernel;

  constructor(decoder: ImageDecoder, frames: number, settings: ConvertSettings, kernel: Kernel) {
    this.#decoder = decoder;
    this.#frames = frames;
    this.#settings = settings;
    this.#kernel = kernel;
  }

  async *pictures(): AsyncGenerator<TimedPicture> {
    const target = new Uint32Array(this.#settings.width * this.#settings.height);
    let painter: CanvasPainter | undefined;
    let endUs = 0;
    for (let frameIndex = 0; frameIndex < this.#frames; frameIndex++) {
      const { image } = await this.#decoder.decode({ frameIndex });
      const size = { width: image.displayWidth, height: image.displayHeight };
      painter ??= openCanvasPainter(this.#kernel, size, this.#settings, this.#settings.fit);
      painter.paint((context, top) => context.drawImage(image, 0, top), target);
      const startUs = endUs;
      endUs += shownUs(image.duration);
      image.close();
      const ticks = Math.round(endUs / 1000) - Math.round(startUs / 1000);
      yield {
        rgba: new Uint8ClampedArray(target.buffer),
        ticks,
        repeats: 0,
        fraction: (frameIndex + 1) / this.#frames,
      };
    }
  }

  [Symbol.dispose](): void {
    this.#decoder.close();
  }
}

const shownUs = (durationUs: number | null): number =>
  durationUs === null || durationUs <= tooShortUs ? defaultDelayUs : durationUs;
