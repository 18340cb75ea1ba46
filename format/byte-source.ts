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
