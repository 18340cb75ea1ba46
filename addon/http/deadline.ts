import { LoopError } from '../../format/errors.ts';

/** Longest an action may take: a panel that mends itself tries again every 5 s. */
const LONGEST_MS = 30_000;

/** A signal that aborts with the other one, or after 30 s with an error that says so. */
export function deadline(signal: AbortSignal): AbortSignal {
  const controller = new AbortController();
  const late = new LoopError(
    'TOO_BUSY',
    'The display did not take this within 30 s. Look at its status, and try again.',
  );
  const timer = setTimeout(() => controller.abort(late), LONGEST_MS);
  timer.unref();
  return AbortSignal.any([signal, controller.signal]);
}
