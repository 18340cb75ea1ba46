import { LoopError } from './errors.ts';

/** Bytes that can be read at any place: a file, a blob, memory. The owner closes what is behind it. */
export interface ByteSource {
  /** Length in bytes. */
  readonly size: number;
  /**
   * Reads exactly `length` bytes from `offset`. The result is the caller's to keep.
   * @throws LoopError CLIP_TRUNCATED when the range ends after `size`.
   */
  read(offset: number, length: number, options: { signal: AbortSignal }): Promise<Uint8Array>;
}

/** A ByteSource over bytes in memory, which stay the caller's and must not change meanwhile. */
export class MemoryByteSource implements ByteSource {
  readonly #bytes: Uint8Array;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
  }

  get size(): number {
    return this.#bytes.length;
  }

  async read(offset: number, length: number, { signal }: { signal: AbortSignal }): Promise<Uint8Array> {
    signal.throwIfAborted();
    if (offset + length > this.size) {
      throw new LoopError(
        'CLIP_TRUNCATED',
        `Bytes ${offset} to ${offset + length} were asked of ${this.size}; a range ends inside the file. Upload the clip again, whole.`,
      );
    }
    return new Uint8Array(this.#bytes.subarray(offset, offset + length)); // a copy, also of a Buffer, whose slice is none
  }
}
