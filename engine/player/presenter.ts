import type { Rectangle } from '../../format/frame.ts';
import type { Output } from '../panel/output.ts';
import { barRectangle, drawBar } from './progress-bar.ts';

/** Brings pictures to the glass, with the progress bar over them where one is asked for. */
export class Presenter {
  readonly #output: Output;
  readonly #bar: Rectangle;
  /** What the bar covers, and a picture to draw the bar alone into; both only while there is one. */
  #covered: { readonly strip: Uint16Array; readonly canvas: Uint16Array } | undefined;
  #fraction: number | null = null;

  constructor(output: Output) {
    this.#output = output;
    this.#bar = barRectangle(output.geometry);
  }

  /** 0 to 1, or null where there is no bar. */
  get fraction(): number | null {
    return this.#fraction;
  }

  /** Sends the rectangles of a picture of the display's size. `pixels` is as before when this returns. */
  present(pixels: Uint16Array, rectangles: readonly Rectangle[]): void {
    if (rectangles.length === 0) return;
    if (this.#covered === undefined || this.#fraction === null) {
      this.#output.present(pixels, rectangles);
      return;
    }
    const strip = this.#stripOf(pixels);
    this.#covered.strip.set(strip);
    drawBar(pixels, this.#output.geometry, this.#fraction);
    this.#output.present(pixels, rectangles);
    strip.set(this.#covered.strip);
  }

  /** Draws, moves or takes away (null) the bar at the bottom, now. */
  setProgress(fraction: number | null): void {
    if (fraction === this.#fraction) return;
    if (fraction === null) {
      this.#drawStrip((canvas, strip) => this.#stripOf(canvas).set(strip));
      this.#covered = undefined;
    } else {
      this.#covered ??= this.#cover();
      this.#drawStrip((canvas) => drawBar(canvas, this.#output.geometry, fraction));
    }
    this.#fraction = fraction;
  }

  /** A copy of the picture on the glass, without the bar. */
  snapshot(): Uint16Array {
    const { pixels } = this.#output.glass.read();
    if (this.#covered) this.#stripOf(pixels).set(this.#covered.strip);
    return pixels;
  }

  /** A picture wholly black. */
  black(): void {
    const { width, height } = this.#output.geometry;
    this.present(new Uint16Array(width * height), [{ x: 0, y: 0, width, height }]);
  }

  #cover(): { strip: Uint16Array; canvas: Uint16Array } {
    const { pixels } = this.#output.glass.read();
    return { strip: this.#stripOf(pixels).slice(), canvas: pixels };
  }

  #drawStrip(draw: (canvas: Uint16Array, strip: Uint16Array) => void): void {
    if (this.#covered === undefined) return;
    draw(this.#covered.canvas, this.#covered.strip);
    this.#output.present(this.#covered.canvas, [this.#bar]);
  }

  /** The rows of the bar, as a view. */
  #stripOf(pixels: Uint16Array): Uint16Array {
    return pixels.subarray(this.#bar.y * this.#bar.width, (this.#bar.y + this.#bar.height) * this.#bar.width);
  }
}
