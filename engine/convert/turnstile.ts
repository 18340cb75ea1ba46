import { LoopError } from '../../format/errors.ts';

/** Lets so many in at once; the others wait in the order they came, up to a bound, and are refused beyond it. */
export class Turnstile {
  readonly #what: string;
  readonly #most: number;
  readonly #mostWaiting: number;
  readonly #waiting: (() => void)[] = [];
  #inside = 0;

  /** `what`: the work, for the message of a refusal. */
  constructor(what: string, most: number, mostWaiting: number) {
    this.#what = what;
    this.#most = most;
    this.#mostWaiting = mostWaiting;
  }

  /** Waits for a place; disposing of the result gives it back. @throws LoopError TOO_BUSY, or the signal's reason */
  async enter({ signal }: { signal: AbortSignal }): Promise<Disposable> {
    signal.throwIfAborted();
    if (this.#inside < this.#most) this.#inside++;
    else await this.#wait(signal);
    let isInside = true;
    return {
      [Symbol.dispose]: () => {
        if (isInside) this.#leave();
        isInside = false;
      },
    };
  }

  #leave(): void {
    const next = this.#waiting.shift();
    if (next) next();
    else this.#inside--;
  }

  #wait(signal: AbortSignal): Promise<void> {
    if (this.#waiting.length >= this.#mostWaiting) {
      throw new LoopError(
        'TOO_BUSY',
        `${this.#waiting.length} are waiting for ${this.#what} already; no more can wait. Try again in a moment.`,
      );
    }
    return new Promise((resolve, reject) => {
      const enter = () => {
        signal.removeEventListener('abort', leave);
        resolve();
      };
      const leave = () => {
        this.#waiting.splice(this.#waiting.indexOf(enter), 1);
        reject(signal.reason);
      };
      this.#waiting.push(enter);
      signal.addEventListener('abort', leave, { once: true });
    });
  }
}
