import type { Picture } from '../../format/frame.ts';
import { toRgba } from '../../format/pixels.ts';

/** Most canvas pixels across one picture pixel; beyond that the browser's own enlargement cannot be told apart. */
const MOST_ZOOM = 4;

/**
 * Paints pictures on a canvas so that pixels stay crisp at any size: enlarged by a whole factor without smoothing here,
 * and brought to the exact size by the browser, so that every pixel is equally large.
 */
export class PicturePainter {
  readonly canvas: HTMLCanvasElement;
  readonly #small = document.createElement('canvas');
  #image: ImageData | undefined;

  constructor(canvas: HTMLCanvasElement) {
    this.canvas = canvas;
  }

  paint(picture: Picture): void {
    const { width, height } = picture;
    if (this.#image?.width !== width || this.#image.height !== height) this.#image = new ImageData(width, height);
    toRgba(picture.pixels, this.#image.data);
    resize(this.#small, width, height);
    this.#small.getContext('2d')?.putImageData(this.#image, 0, 0);
    const shown = this.canvas.clientWidth * devicePixelRatio;
    const zoom = Math.max(1, Math.min(MOST_ZOOM, Math.ceil(shown / width)));
    resize(this.canvas, width * zoom, height * zoom);
    const context = this.canvas.getContext('2d', { alpha: false });
    if (context === null) return;
    context.imageSmoothingEnabled = false;
    context.drawImage(this.#small, 0, 0, width * zoom, height * zoom);
  }
}

/** Setting a canvas's size clears it, so only when it differs. */
function resize(canvas: HTMLCanvasElement, width: number, height: number): void {
  if (canvas.width !== width) canvas.width = width;
  if (canvas.height !== height) canvas.height = height;
}
