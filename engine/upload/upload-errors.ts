import { isLoopError, LoopError, type LoopErrorCode } from '../../format/errors.ts';
import { storageError } from '../store/storage-error.ts';

/** Errors after which the same bytes may do better, for the surroundings were at fault. After others they are not kept. */
const MAY_DO_BETTER: readonly LoopErrorCode[] = [
  'FFMPEG_MISSING',
  'CONVERSION_FAILED',
  'NATIVE_ADDON_MISSING',
  'STORAGE_FULL',
  'STORAGE_READ_ONLY',
  'TOO_BUSY',
  'INTERNAL',
];

/** Whether an upload that failed so is worth another try with the same bytes. */
export function mayDoBetter(error: LoopError): boolean {
  return MAY_DO_BETTER.includes(error.code);
}

/** What ended an upload, by name. */
export function asLoopError(error: unknown, filename: string): LoopError {
  if (isLoopError(error)) return error;
  const named = storageError(error, `adding ${filename}`);
  if (isLoopError(named)) return named;
  return new LoopError(
    'INTERNAL',
    `${filename} could not be added: ${String(error)}. This is a fault of LOOP; report it with the log.`,
    {
      cause: error,
    },
  );
}

/** The error for an upload that is not open. */
export function notFound(hash: string): LoopError {
  return new LoopError(
    'UPLOAD_NOT_FOUND',
    `There is no open upload "${hash.slice(0, 80)}"; one ends when its clip is there, when it is cancelled, or after 24 hours. Begin it again.`,
  );
}
