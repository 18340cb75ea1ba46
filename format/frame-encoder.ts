import { crc32OfPixels } from './crc32.ts';
import { damage } from './damage.ts';
import type { Geometry } from './frame.ts';
import { encodeFrame } from './frame-codec.ts';
import type { FrameRecord } from './frame-record.ts';
import { writeBigEndian } from './pixels.ts';

/** A key frame so much larger than the delta is still taken: it needs no frame before it, and after deflate it is the smaller one. */
const KEY_TOLERANCE = 1.02;

/** Turns pictures into records, each against the one before it. */
export class FrameEncoder {
  readonly #geometry: Geometry;
  readonly #shown: Uint16Array;
  readonly #deltaBytes: Uint8Array;
  readonly #keyBytes: Uint8Array;
  #crc32 = 0;
  #hasShown = false;

  constructor(geometry: Geometry) {
    const pixels = geometry.width * geometry.height;
    this.#geometry = geometry;
    this.#shown = new Uint16Array(pixels);
    this.#deltaBytes = new Uint8Array(pixels * 3);
    this.#keyBytes = new Uint8Array(pixels * 3);
  }

  /**
   * The record that brings `pixels` after the picture before; a hold when they are equal. The first is a key frame, others where
   * `wantsKey` says so or where that is smaller (a cut). Its data is a view that the next call overwrites; `pixels` are copied.
   */
  encode(pixels: Uint16Array, ticks: number, wantsKey: boolean): FrameRecord {
    const rectangles = this.#hasShown
      ? damage(this.#shown, pixels, this.#geometry)
      : [{ x: 0, y: 0, width: this.#geometry.width, height: this.#geometry.height }];
    if (rectangles.length === 0) return this.hold(ticks);
    const packed = this.#pack(pixels, wantsKey || !this.#hasShown);
    this.#shown.set(pixels);
    this.#crc32 = crc32OfPixels(pixels);
    this.#hasShown = true;
    return { ...packed, rectangles, ticks, crc32: this.#crc32 };
  }

  /** The record that lets the picture before stay. */
  hold(ticks: number): FrameRecord {
    return { type: 'hold', rectangles: [], ticks, data: new Uint8Array(0), crc32: this.#crc32 };
  }

  /** The picture that stands. The caller must not change it. */
  get shown(): Uint16Array {
    return this.#shown;
  }

  #pack(pixels: Uint16Array, mustBeKey: boolean): Pick<FrameRecord, 'type' | 'data'> {
    const { width } = this.#geometry;
    let type: FrameRecord['type'] = 'key';
    let data = this.#keyBytes;
    let length = Number.POSITIVE_INFINITY;
    if (!mustBeKey) {
      type = 'delta';
      data = this.#deltaBytes;
      length = encodeFrame(pixels, this.#shown, width, data);
    }
    // A delta has all the operations of a key frame and more: only a large one, after a cut, can come close.
    if (length > pixels.length / 4) {
      const keyLength = encodeFrame(pixels, undefined, width, this.#keyBytes);
      if (keyLength <= length * KEY_TOLERANCE) {
        type = 'key';
        data = this.#keyBytes;
        length = keyLength;
      }
    }
    if (length < pixels.length * 2) return { type, data: data.subarray(0, length) };
    writeBigEndian(pixels, this.#keyBytes);
    return { type: 'raw', data: this.#keyBytes.subarray(0, pixels.length * 2) };
  }
}
