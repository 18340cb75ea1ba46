import { openCanvasPainter } from './canvas-painter.ts';
import type { ConvertSettings } from './convert-settings.ts';
import type { Kernel } from './kernel.ts';
import type { PictureSource, TimedPicture } from './picture-source.ts';

/** PNG, JPEG, WebP and what else this browser reads: one picture, turned as its EXIF says, over black. */
export async function openStillSource(file: Blob, settings: ConvertSettings, kernel: Kernel): Promise<PictureSource> {
  const bitmap = await createImageBitmap(file, { imageOrientation: 'from-image' });
  return new Still(bitmap, settings, kernel);
}

class Still implements PictureSource {
  readonly timebase: readonly [number, number];
  readonly fps = 0;
  readonly #bitmap: ImageBitmap;
  readonly #settings: ConvertSettings;
  readonly #kernel: Kernel;

  constructor(bitmap: ImageBitmap, settings: ConvertSettings, kernel: Kernel) {
    this.timebase = [1, settings.framerate];
    this.#bitmap = bitmap;
    this.#settings = settings;
    this.#kernel = kernel;
  }

  async *pictures(): AsyncGenerator<TimedPicture> {
    const target = new Uint32Array(this.#settings.width * this.#settings.height);
    const painter = openCanvasPainter(this.#kernel, this.#bitmap, this.#settings, this.#settings.fit);
    painter.paint((context, top) => context.drawImage(this.#bitmap, 0, top), target);
    yield { rgba: new Uint8ClampedArray(target.buffer), ticks: 1, repeats: 0, fraction: 1 };
  }

  [Symbol.dispose](): void {
    this.#bitmap.close();
  }
}
