import { LoopError } from '../../format/errors.ts';

const FULL = ['ENOSPC', 'EDQUOT', 'EFBIG'];
const READ_ONLY = ['EROFS', 'EACCES', 'EPERM'];
/** Primary result codes of SQLite (sqlite.org/rescode.html): SQLITE_FULL, and SQLITE_PERM, READONLY, CANTOPEN, AUTH. */
const SQLITE_FULL = [13];
const SQLITE_READ_ONLY = [3, 8, 14, 23];

/** What a failed write means for a person: STORAGE_FULL or STORAGE_READ_ONLY; every other error is returned as it is. */
export function storageError(error: unknown, doing: string): unknown {
  const { code, errcode, message } = error as { code?: unknown; errcode?: unknown; message?: unknown };
  if (FULL.includes(String(code)) || SQLITE_FULL.includes(primary(errcode))) {
    return new LoopError(
      'STORAGE_FULL',
      `There was no space left while ${doing}; nothing that was stored before is lost. Delete clips, or give LOOP_DATA more space.`,
      { cause: error },
    );
  }
  if (READ_ONLY.includes(String(code)) || SQLITE_READ_ONLY.includes(primary(errcode))) {
    return new LoopError(
      'STORAGE_READ_ONLY',
      `LOOP_DATA could not be written while ${doing} (${String(message)}); nothing that was stored before is lost. Make it writable for the user LOOP runs as.`,
      { cause: error },
    );
  }
  return error;
}

/** Does what writes to disk, and names a full or read-only disk when it fails. */
export async function writing<Result>(doing: string, work: () => Result | Promise<Result>): Promise<Result> {
  try {
    return await work();
  } catch (error) {
    throw storageError(error, doing);
  }
}

/** Extended result codes keep the primary one in their low byte. */
function primary(errcode: unknown): number {
  return typeof errcode === 'number' ? errcode & 0xff : 0;
}
