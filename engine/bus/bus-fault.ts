import { LoopError } from '../../format/errors.ts';

/** The errno's name in a thrown value. `spi-device` leaves `code` empty for some, with only the words in the message. */
export function errnoName(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const { code } = error as NodeJS.ErrnoException;
  if (code) return code;
  if (error.message.includes('transport endpoint shutdown')) return 'ESHUTDOWN';
  return /^E[A-Z0-9]+/.exec(error.message)?.[0] ?? error.message;
}

/** The device went away: only a new open helps (a descriptor that saw ESHUTDOWN stays dead for ever). */
const gone = new Set(['ESHUTDOWN', 'ENODEV', 'ENXIO', 'EBADF']);

/** What a failed call on the SPI device at `path` means, with the mend. */
export function busFault(cause: unknown, path: string): LoopError {
  const errno = errnoName(cause);
  if (errno === 'ENOENT')
    return new LoopError(
      'BUS_MISSING',
      `${path} does not exist. A panel needs the SPI device its wires end at. Add dtparam=spi=on to config.txt and ` +
        'restart, or correct displays[].bus.',
      { cause },
    );
  if (errno === 'EACCES' || errno === 'EPERM') return deniedFault(cause, path, 'spi');
  if (gone.has(errno))
    return new LoopError(
      'BUS_GONE',
      `${path} went away (${errno}). A panel can be written to only while its device is there. LOOP opens it again by itself.`,
      { cause },
    );
  return failedFault(errno, path, cause);
}

/** Bytes that did not get through: an errno, or a count that is short. */
export function failedFault(what: string, path: string, cause?: unknown): LoopError {
  return new LoopError(
    'BUS_FAILED',
    `${path} failed (${what}). Every byte has to reach the panel. Check the wiring, and lower displays[].speed_hz.`,
    { cause },
  );
}

/** A device node that this user may not open. */
export function deniedFault(cause: unknown, path: string, group: 'spi' | 'gpio'): LoopError {
  return new LoopError(
    'BUS_DENIED',
    `${path} may not be opened by this user. LOOP reads and writes it. Add the user to the group ${group} ` +
      `(sudo usermod -aG ${group} NAME) and log in again.`,
    { cause },
  );
}
