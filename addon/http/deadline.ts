import { LoopError } from '../../format/errors.ts';

/** Longest an action may take: a panel that mends itself tries again every 5 s. */
const LONGEST_MS = 30_000;

/** Does the work with a signal that aborts with the given one, or after 30 s with an error that says so. Nothing is left behind. */
export async function withDeadline<Value>(
  signal: AbortSignal,
  work: (signal: AbortSignal) => Value | Promise<Value>,
): Promise<Value> {
  const controller = new AbortController();
  const follow = () => controller.abort(signal.reason);
  const timer = setTimeout(() => controller.abort(tooLate()), LONGEST_MS).unref();
  signal.addEventListener('abort', follow, { once: true });
  try {
    signal.throwIfAborted();
    return await work(controller.signal);
  } finally {
    clearTimeout(timer);
    signal.removeEventListener('abort', follow);
  }
}

function tooLate(): LoopError {
  return new LoopError('TOO_BUSY', 'The display did not take this within 30 s. Look at its status, and try again.');
}
