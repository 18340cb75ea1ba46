import type { Fit, Geometry } from '../../format/frame.ts';
import type { Kernel } from './kernel.ts';
import { openPictureScaler, type PictureScaler } from './picture-scaler.ts';

/** Draws the picture, whole, at its own size, upright, with its top left corner at (0, `top`). */
export type Draw = (context: OffscreenCanvasRenderingContext2D, top: number) => void;

/**
 * Brings whatever a canvas can draw into a target: drawn at its own size over black, then averaged by the kernel, which keeps more than
 * the canvas' own scaling does.
 */
export class CanvasPainter {
  readonly #size: Geometry;
  readonly #scaler: PictureScaler;
  readonly #context: OffscreenCanvasRenderingContext2D;

  constructor(size: Geometry, scaler: PictureScaler, context: OffscreenCanvasRenderingContext2D) {
    this.#size = size;
    this.#scaler = scaler;
    this.#context = context;
  }

  /** Paints one picture of the painter's size into `target`, which must be black outside of it. */
  paint(draw: Draw, target: Uint32Array): void {
    const { width } = this.#size;
    for (const band of this.#scaler.bands) {
      this.#context.fillRect(0, 0, width, band.sourceRows);
      draw(this.#context, -band.sourceFrom);
      const { data } = this.#context.getImageData(0, 0, width, band.sourceRows);
      const { stride } = this.#scaler.planes[0]!;
      const memory = this.#scaler.buffer();
      if (stride === width * 4) memory.set(data);
      else
        for (let y = 0; y < band.sourceRows; y++)
          memory.set(data.subarray(y * width * 4, (y + 1) * width * 4), y * stride);
      this.#scaler.render(band, target);
    }
  }
}

/** A painter for pictures of one size as seen. It takes over the kernel from whatever scaler was open on it. */
export function openCanvasPainter(kernel: Kernel, size: Geometry, target: Geometry, fit: Fit): CanvasPainter {
  const scaler = openPictureScaler(
    kernel,
    {
      layout: 'RGBA',
      stored: size,
      display: size,
      orientation: { rotation: 0, flip: false },
      matrix: 'rgb',
      fullRange: true,
    },
    target,
    fit,
  );
  const rows = Math.max(...scaler.bands.map((band) => band.sourceRows));
  const canvas = new OffscreenCanvas(size.width, rows);
  // The canvas is read back each time; black lies under what is transparent.
  const context = canvas.getContext('2d', { alpha: false, willReadFrequently: true });
  if (!context) throw new Error('This browser gives no 2D canvas in a worker.');
  return new CanvasPainter(size, scaler, context);
}
