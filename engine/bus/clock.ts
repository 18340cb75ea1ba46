import { setTimeout as sleep } from 'node:timers/promises';

/** Time as buses and panels see it; tests bring one that runs at their own pace. */
export interface Clock {
  /** Microseconds since some fixed instant, never going back. */
  nowUs(): number;
  /** Resolves after at least so many milliseconds; rejects with the signal's reason when it is aborted. */
  wait(milliseconds: number, options: { signal: AbortSignal }): Promise<void>;
}

/** The machine's own clock. */
export const systemClock: Clock = {
  nowUs: () => performance.now() * 1000,
  async wait(milliseconds, { signal }) {
    // Node's timers may ring up to a millisecond early.
    await sleep(milliseconds + 1, undefined, { signal }).catch(() => signal.throwIfAborted());
  },
};
