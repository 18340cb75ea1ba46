import { LoopError } from '../../format/errors.ts';

/** Longest line in front of the gate; who comes after it is refused at once. */
const LONGEST_QUEUE = 500;

/** Lets a number of requests be worked on at once; more wait in order, for ten seconds at most. */
export class Gate {
  readonly #most: number;
  readonly #waitMs: number;
  readonly #waiting: (() => void)[] = [];
  #inside = 0;
  #refused = 0;

  constructor(options: { readonly most: number; readonly waitMs?: number }) {
    this.#most = options.most;
    this.#waitMs = options.waitMs ?? 10_000;
  }

  get figures(): { inside: number; waiting: number; refused: number; most: number } {
    return { inside: this.#inside, waiting: this.#waiting.length, refused: this.#refused, most: this.#most };
  }

  /**
   * Resolves with the way out once there is room; calling it twice does nothing.
   * @throws LoopError TOO_BUSY after the wait or when the queue is full; the signal's reason when the caller left.
   */
  async enter({ signal }: { signal: AbortSignal }): Promise<() => void> {
    signal.throwIfAborted();
    if (this.#inside < this.#most) this.#inside++;
    else await this.#turn(signal);
    let isInside = true;
    return () => {
      if (!isInside) return;
      isInside = false;
      const next = this.#waiting.shift();
      if (next) next();
      else this.#inside--;
    };
  }

  /** Waits in line; the one who leaves hands the place over, so `#inside` stays. */
  #turn(signal: AbortSignal): Promise<void> {
    if (this.#waiting.length >= LONGEST_QUEUE) throw this.#tooBusy(`${LONGEST_QUEUE} more wait already`);
    return new Promise((resolve, reject) => {
      const leaveLine = (reason: unknown) => {
        this.#waiting.splice(this.#waiting.indexOf(enter), 1);
        settle();
        reject(reason);
      };
      const enter = () => {
        settle();
        resolve();
      };
      const settle = () => {
        clearTimeout(timer);
        signal.removeEventListener('abort', onAbort);
      };
      const onAbort = () => leaveLine(signal.reason);
      const timer = setTimeout(() => leaveLine(this.#tooBusy(`none ended in ${this.#waitMs / 1000} s`)), this.#waitMs);
      signal.addEventListener('abort', onAbort);
      this.#waiting.push(enter);
    });
  }

  #tooBusy(why: string): LoopError {
    this.#refused++;
    return new LoopError(
      'TOO_BUSY',
      `${this.#most} requests are being worked on and ${why}; web.max_concurrent_requests is the bound. Try again in a moment.`,
      { details: { retry_after: 2 } },
    );
  }
}
