import { statfs } from 'node:fs/promises';
import { LoopError } from '../../format/errors.ts';
import { storageError } from '../store/storage-error.ts';
import type { PartName } from './upload-transaction.ts';

/** What media.max_file_size_mb counts in. */
export const BYTES_PER_MB = 1_000_000;
/** Bytes of a clip: more than an hour of film. */
const MAX_CLIP_BYTES = 4 * 1024 ** 3;
/** Bytes of the disk that uploads leave free, for the database and the log. */
const RESERVE_BYTES = 16 * 1024 * 1024;

/** How much may come in. Told before the bytes come, rather than when the disk is full of them. */
export class UploadRoom {
  readonly #folder: string;
  readonly #maxFileBytes: number;

  /** `maxFileBytes`: of an original that is kept. */
  constructor(folder: string, maxFileBytes: number) {
    this.#folder = folder;
    this.#maxFileBytes = maxFileBytes;
  }

  /** @throws LoopError FILE_EMPTY, FILE_TOO_LARGE, STORAGE_FULL */
  async checkPart(part: PartName, bytes: number): Promise<void> {
    const most = part === 'clip' ? MAX_CLIP_BYTES : this.#maxFileBytes;
    if (bytes === 0)
      throw new LoopError('FILE_EMPTY', `The ${part} has 0 bytes; media has at least one. Choose another file.`);
    if (bytes > most) {
      throw new LoopError(
        'FILE_TOO_LARGE',
        `The ${part} has ${bytes} bytes; at most ${most} are taken. Use the page, which converts larger files in the browser, or raise media.max_file_size_mb.`,
      );
    }
    await this.checkFree(bytes);
  }

  /** @throws LoopError STORAGE_FULL */
  async checkFree(bytes: number): Promise<void> {
    const { bavail, bsize } = await statfs(this.#folder);
    if (bytes + RESERVE_BYTES <= bavail * bsize) return;
    throw storageError({ code: 'ENOSPC' }, `making room for ${bytes} bytes where ${bavail * bsize} are free`);
  }
}
