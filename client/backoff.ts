const FIRST_MS = 250;
const LONGEST_MS = 5000;

/** How long to wait before trying again: 0.25 s, doubling to 5 s, each with a chance part so that many clients do not come back at once. */
export class Backoff {
  readonly #random: () => number;
  #tries = 0;

  constructor(random: () => number = Math.random) {
    this.#random = random;
  }

  /** Tries since the last `reset`. */
  get tries(): number {
    return this.#tries;
  }

  /** Milliseconds before the next try: half to all of this turn's time. */
  next(): number {
    const whole = Math.min(FIRST_MS * 2 ** this.#tries++, LONGEST_MS);
    return whole * (0.5 + this.#random() / 2);
  }

  reset(): void {
    this.#tries = 0;
  }
}

/** Waits; rejects with the signal's reason when that comes first. */
export function pause(ms: number, { signal }: { signal: AbortSignal }): Promise<void> {
  return new Promise((resolve, reject) => {
    signal.throwIfAborted();
    const onAbort = () => {
      clearTimeout(timer);
      reject(signal.reason);
    };
    const timer = setTimeout(() => {
      signal.removeEventListener('abort', onAbort);
      resolve();
    }, ms);
    signal.addEventListener('abort', onAbort, { once: true });
  });
}
