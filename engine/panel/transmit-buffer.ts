import type { Geometry, Rectangle } from '../../format/frame.ts';

/**
 * Turns a rectangle of a picture into the bytes a panel wants, in one buffer that is used again for every write.
 * A whole picture is always the same view, so that a full frame allocates nothing.
 */
export interface TransmitBuffer {
  /** Bytes of `rectangle` of a picture as wide as the geometry; valid until the next call. */
  fill(pixels: Uint16Array, rectangle: Rectangle): Uint8Array;
}

/** The buffer for a pixel size: 2 bytes = RGB565, 3 bytes = RGB666, high byte first either way. */
export function transmitBuffer(geometry: Geometry, pixelBytes: 2 | 3): TransmitBuffer {
  return pixelBytes === 2 ? new Rgb565Buffer(geometry) : new Rgb666Buffer(geometry);
}

class Rgb565Buffer implements TransmitBuffer {
  readonly #geometry: Geometry;
  readonly #words: Uint16Array;
  readonly #bytes: Buffer;

  constructor(geometry: Geometry) {
    this.#geometry = geometry;
    this.#words = new Uint16Array(geometry.width * geometry.height);
    this.#bytes = Buffer.from(this.#words.buffer);
  }

  fill(pixels: Uint16Array, rectangle: Rectangle): Uint8Array {
    const count = gatherRows(pixels, this.#geometry.width, rectangle, this.#words);
    const bytes = count === this.#words.length ? this.#bytes : this.#bytes.subarray(0, 2 * count);
    // Every machine Node runs on keeps the low byte of a word first; the panel wants the high one. swap16 is native code.
    return bytes.swap16();
  }
}

class Rgb666Buffer implements TransmitBuffer {
  readonly #geometry: Geometry;
  readonly #bytes: Uint8Array;

  constructor(geometry: Geometry) {
    this.#geometry = geometry;
    this.#bytes = new Uint8Array(3 * geometry.width * geometry.height);
  }

  fill(pixels: Uint16Array, { x, y, width, height }: Rectangle): Uint8Array {
    const bytes = this.#bytes;
    let at = 0;
    for (let row = y; row < y + height; row++) {
      const start = row * this.#geometry.width + x;
      for (let index = start; index < start + width; index++) {
        const pixel = pixels[index]!;
        // The panel reads bits 7..2; the highest bit of red and blue is repeated below their five, so that white is white.
        bytes[at++] = ((pixel >>> 8) & 0xf8) | ((pixel >>> 13) & 0x04);
        bytes[at++] = (pixel >>> 3) & 0xfc;
        bytes[at++] = ((pixel << 3) & 0xf8) | ((pixel >>> 2) & 0x04);
      }
    }
    return at === bytes.length ? bytes : bytes.subarray(0, at);
  }
}

/** Copies the rows of a rectangle behind each other and returns the count of pixels. */
function gatherRows(pixels: Uint16Array, stride: number, { x, y, width, height }: Rectangle, out: Uint16Array): number {
  if (width === stride) out.set(pixels.subarray(y * stride, (y + height) * stride));
  else
    for (let row = 0; row < height; row++) {
      const start = (y + row) * stride + x;
      out.set(pixels.subarray(start, start + width), row * width);
    }
  return width * height;
}
