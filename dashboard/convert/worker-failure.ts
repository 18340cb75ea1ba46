import { isLoopError, LoopError, type LoopErrorCode } from '../../format/errors.ts';

/** An error on its way between workers: a structured clone would lose its code. */
export interface WorkerFailure {
  readonly kind: 'failed';
  readonly code: LoopErrorCode;
  /** Without the code at its end. */
  readonly message: string;
}

/** Packs what was thrown; what is no LoopError becomes CONVERSION_FAILED. */
export function packFailure(error: unknown): WorkerFailure {
  const text = error instanceof Error ? error.message : String(error);
  if (!isLoopError(error)) return { kind: 'failed', code: 'CONVERSION_FAILED', message: text };
  return { kind: 'failed', code: error.code, message: text.slice(0, -` (${error.code})`.length) };
}

/** The error again. */
export function unpackFailure({ code, message }: WorkerFailure): LoopError {
  return new LoopError(code, message);
}
