/** Every way LOOP can fail, by name. `contract/errors.ts` says for each its HTTP status, whether trying again helps, and the mend. */
export type LoopErrorCode =
  // the clip container
  | 'NOT_A_CLIP'
  | 'CLIP_VERSION_UNSUPPORTED'
  | 'CLIP_FEATURE_UNSUPPORTED'
  | 'CLIP_DAMAGED'
  | 'CLIP_TRUNCATED'
  // what was asked
  | 'INVALID_REQUEST'
  | 'INVALID_ACTION'
  | 'NOT_FOUND'
  | 'METHOD_NOT_ALLOWED'
  | 'CLIP_NOT_FOUND'
  | 'CLIP_AMBIGUOUS'
  | 'ITEM_NOT_FOUND'
  | 'DISPLAY_NOT_FOUND'
  | 'PLAYLIST_NOT_FOUND'
  | 'UPLOAD_NOT_FOUND'
  | 'ALREADY_IN_LOOP'
  | 'LOOP_CHANGED'
  | 'LOOP_MISMATCH'
  | 'NOTHING_TO_PLAY'
  | 'RANGE_NOT_SATISFIABLE'
  | 'PAYLOAD_TOO_LARGE'
  | 'REQUEST_TIMEOUT'
  // uploads and conversion
  | 'FILE_MISSING'
  | 'FILE_EMPTY'
  | 'FILE_TOO_LARGE'
  | 'TOO_MANY_FILES'
  | 'MEDIA_UNSUPPORTED'
  | 'MEDIA_DAMAGED'
  | 'BUNDLE_INVALID'
  | 'BUNDLE_TOO_LARGE'
  | 'UPLOAD_CONFLICT'
  | 'CHECKSUM_MISMATCH'
  | 'FFMPEG_MISSING'
  | 'CONVERSION_FAILED'
  | 'STORAGE_FULL'
  | 'STORAGE_READ_ONLY'
  // who may
  | 'UNAUTHORIZED'
  | 'ORIGIN_FORBIDDEN'
  | 'HOST_MISDIRECTED'
  | 'TOO_BUSY'
  // starting
  | 'OPTIONS_INVALID'
  | 'PORT_TAKEN'
  // the hardware
  | 'PANEL_UNKNOWN'
  | 'LINE_REFUSED'
  | 'LINE_BUSY'
  | 'BUS_MISSING'
  | 'BUS_DENIED'
  | 'BUS_FAILED'
  | 'BUS_GONE'
  | 'NATIVE_ADDON_MISSING'
  // everything else
  | 'ABORTED'
  | 'INTERNAL';

/**
 * The one error of LOOP. The message says what happened with the value, the rule, and the mend; the code ends it.
 * Tell errors apart by `code`, never by `instanceof`: two copies of this module may be loaded.
 */
export class LoopError extends Error {
  override readonly name = 'LoopError';
  readonly code: LoopErrorCode;
  /** Facts a program can use: the candidates of CLIP_AMBIGUOUS, the list of LOOP_CHANGED, the faults of OPTIONS_INVALID. */
  readonly details: Readonly<Record<string, unknown>> | undefined;

  constructor(
    code: LoopErrorCode,
    message: string,
    options: { cause?: unknown; details?: Readonly<Record<string, unknown>> } = {},
  ) {
    super(`${message} (${code})`, options.cause === undefined ? undefined : { cause: options.cause });
    this.code = code;
    this.details = options.details;
  }
}

/** Whether a thrown value is a LoopError of this or another copy of the module, optionally of one of the codes. */
export function isLoopError(error: unknown, ...codes: LoopErrorCode[]): error is LoopError {
  return (
    error instanceof Error &&
    error.name === 'LoopError' &&
    'code' in error &&
    (codes.length === 0 || codes.includes(error.code as LoopErrorCode))
  );
}
