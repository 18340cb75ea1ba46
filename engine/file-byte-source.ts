import { type FileHandle, open } from 'node:fs/promises';
import type { ByteSource } from '../format/byte-source.ts';
import { LoopError } from '../format/errors.ts';

/** A file read by position. The size is taken when it is opened. */
export class FileByteSource implements ByteSource, AsyncDisposable {
  readonly size: number;
  readonly #path: string;
  readonly #handle: FileHandle;

  constructor(path: string, handle: FileHandle, size: number) {
    this.#path = path;
    this.#handle = handle;
    this.size = size;
  }

  async read(offset: number, length: number, { signal }: { signal: AbortSignal }): Promise<Uint8Array> {
    signal.throwIfAborted();
    const bytes = new Uint8Array(this.#within(offset, length));
    for (let filled = 0; filled < length; ) {
      const { bytesRead } = await this.#handle.read(bytes, filled, length - filled, offset + filled);
      if (bytesRead === 0) throw this.#truncated(offset, length);
      filled += bytesRead;
    }
    return bytes;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#handle.close();
  }

  /** `length`, when the file has it; asked before memory is taken, for a damaged file may name any length. */
  #within(offset: number, length: number): number {
    if (offset + length > this.size) throw this.#truncated(offset, length);
    return length;
  }

  #truncated(offset: number, length: number): LoopError {
    return new LoopError(
      'CLIP_TRUNCATED',
      `${this.#path} ends after ${this.size} bytes, but ${length} bytes at ${offset} were wanted; a clip ends with its END_ chunk. Upload it again, whole.`,
    );
  }
}

/** Opens a file for reading; the caller disposes of it. @throws LoopError CLIP_NOT_FOUND */
export async function openFile(path: string): Promise<FileByteSource> {
  try {
    const handle = await open(path, 'r');
    return new FileByteSource(path, handle, (await handle.stat()).size);
  } catch (error) {
    throw new LoopError(
      'CLIP_NOT_FOUND',
      `The file ${path} cannot be opened: ${(error as Error).message}. Clips lie in the media folder; upload it again.`,
      { cause: error },
    );
  }
}
