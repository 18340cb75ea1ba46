import { place } from '../../format/fit.ts';
import type { Geometry } from '../../format/frame.ts';
import { quantise } from '../../format/pixels.ts';
import type { ClipSettings } from '../uploads/upload-job.ts';
import { PicturePainter } from './picture-painter.ts';

/** What can be drawn on a canvas, with its own size in pixels. */
type Drawable =
  | { readonly kind: 'video'; readonly element: HTMLVideoElement }
  | { readonly kind: 'image'; readonly bitmap: ImageBitmap };

/**
 * Shows on a canvas how a file would look on the panel with some settings: fitted, in the panel's 65,536 colours, at the frame rate.
 * It only looks at the file; nothing is converted. The owner disposes of it.
 */
export class SettingsPreview implements Disposable {
  readonly #source: Drawable;
  readonly #painter: PicturePainter;
  readonly #scratch = document.createElement('canvas');
  #geometry: Geometry = { width: 1, height: 1 };
  #settings: ClipSettings | undefined;
  #request = 0;
  #drawnMs = 0;

  constructor(source: Drawable, canvas: HTMLCanvasElement) {
    this.#source = source;
    this.#painter = new PicturePainter(canvas);
  }

  /** Draws with these settings, and goes on at their frame rate when the source is a video. */
  show(geometry: Geometry, settings: ClipSettings): void {
    this.#geometry = geometry;
    this.#settings = settings;
    this.#draw();
    cancelAnimationFrame(this.#request);
    if (this.#source.kind === 'video') this.#request = requestAnimationFrame((now) => this.#tick(now));
  }

  [Symbol.dispose](): void {
    cancelAnimationFrame(this.#request);
    if (this.#source.kind === 'image') this.#source.bitmap.close();
    else closeVideo(this.#source.element);
  }

  #tick(nowMs: number): void {
    this.#request = requestAnimationFrame((now) => this.#tick(now));
    if (nowMs - this.#drawnMs < 1000 / (this.#settings?.framerate ?? 25) - 4) return;
    this.#drawnMs = nowMs;
    this.#draw();
  }

  #draw(): void {
    const settings = this.#settings;
    const size = sizeOf(this.#source);
    if (settings === undefined || size.width === 0) return;
    const { width, height } = this.#geometry;
    this.#scratch.width = width;
    this.#scratch.height = height;
    const context = this.#scratch.getContext('2d', { alpha: false, willReadFrequently: true });
    if (context === null) return;
    context.imageSmoothingQuality = 'high';
    const { source: from, target: to } = place(size, this.#geometry, settings.fit);
    const image = this.#source.kind === 'video' ? this.#source.element : this.#source.bitmap;
    context.drawImage(image, from.x, from.y, from.width, from.height, to.x, to.y, to.width, to.height);
    const pixels = new Uint16Array(width * height);
    quantise(context.getImageData(0, 0, width, height).data, pixels, { dither: settings.dither, width });
    this.#painter.paint({ width, height, pixels });
  }
}

function sizeOf(source: Drawable): Geometry {
  return source.kind === 'video'
    ? { width: source.element.videoWidth, height: source.element.videoHeight }
    : { width: source.bitmap.width, height: source.bitmap.height };
}

/** A file of this browser, or one at LOOP, of which a video is only read as far as it is played. */
export type PreviewSource = Blob | { readonly url: string; readonly isVideo: boolean };

/** Opens a file for looking at; undefined when this browser cannot show it, or it is not there. */
export async function openPreview(
  source: PreviewSource,
  canvas: HTMLCanvasElement,
): Promise<SettingsPreview | undefined> {
  const bitmap = await openImage(source);
  if (bitmap) return new SettingsPreview({ kind: 'image', bitmap }, canvas);
  const element = await openVideo(source instanceof Blob ? URL.createObjectURL(source) : source.url);
  return element && new SettingsPreview({ kind: 'video', element }, canvas);
}

async function openImage(source: PreviewSource): Promise<ImageBitmap | undefined> {
  if (!(source instanceof Blob) && source.isVideo) return undefined;
  try {
    return await createImageBitmap(source instanceof Blob ? source : await (await fetch(source.url)).blob());
  } catch {
    return undefined;
  }
}

/** A playing, silent, repeating video; undefined when there are no pictures in it that this browser can decode. */
function openVideo(url: string): Promise<HTMLVideoElement | undefined> {
  const video = Object.assign(document.createElement('video'), { muted: true, loop: true, playsInline: true });
  return new Promise((resolve) => {
    video.onerror = () => {
      closeVideo(video);
      resolve(undefined);
    };
    video.onloadeddata = () => {
      video.onerror = null;
      // HEVC with sound loads as a video of no size and plays black.
      const hasPictures = video.videoWidth > 0;
      if (hasPictures) video.play().catch(() => undefined);
      else closeVideo(video);
      resolve(hasPictures ? video : undefined);
    };
    video.src = url;
  });
}

function closeVideo(video: HTMLVideoElement): void {
  video.onerror = null;
  video.pause();
  // Of an address that is no object's this does nothing.
  URL.revokeObjectURL(video.src);
  video.removeAttribute('src');
}
