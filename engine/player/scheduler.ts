import { setImmediate as yieldToEvents } from 'node:timers/promises';

/** A clock that never goes back, in whole microseconds from an arbitrary zero, and its alarm. */
export interface Clock {
  nowUs(): number;
  /** Calls `ring` once after about `delayUs`, from the event loop; the returned function takes it back. */
  alarm(delayUs: number, ring: () => void): () => void;
}

/** The machine's monotonic clock. Its alarm is as exact as Node's timers: about a millisecond. */
export const monotonicClock: Clock = {
  nowUs: () => Math.round(performance.now() * 1000),
  alarm: (delayUs, ring) => {
    const timer = setTimeout(ring, Math.min(Math.round(delayUs / 1000), LONGEST_ALARM_MS));
    return () => clearTimeout(timer);
  },
};
const LONGEST_ALARM_MS = 3_600_000;

/** An alarm that rings this much before its time is taken as on time: half of the timer's resolution. */
const EARLY_US = 500;

/** Waits for instants on a clock, with an event loop that stays alive: messages and files go on meanwhile. */
export class Scheduler {
  readonly #clock: Clock;
  #ring: (() => void) | undefined;
  #isWoken = false;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  nowUs(): number {
    return this.#clock.nowUs();
  }

  /** Ends the wait at once; without one, the next wait for a later time does not begin. */
  wake(): void {
    this.#isWoken = true;
    this.#ring?.();
  }

  /** Waits until `dueUs` (Infinity: for ever) or until `wake`. Lets events be handled at least once, also when it is late already. */
  async wait(dueUs: number): Promise<'due' | 'woken'> {
    await yieldToEvents();
    for (;;) {
      const delayUs = dueUs - this.nowUs();
      if (delayUs <= EARLY_US) return 'due';
      if (this.#isWoken) break;
      await this.#sleep(delayUs);
    }
    this.#isWoken = false;
    return 'woken';
  }

  /** The value of `work`, or undefined when it is not there and `wake` is called; the wake holds for the next wait too. */
  async unlessWoken<Value>(work: Promise<Value>): Promise<Value | undefined> {
    const woken = new Promise<undefined>((resolve) => {
      this.#ring = () => resolve(undefined);
    });
    const value = await Promise.race([work, this.#isWoken ? yieldToEvents(undefined) : woken]);
    this.#ring = undefined;
    return value;
  }

  #sleep(delayUs: number): Promise<void> {
    return new Promise((resolve) => {
      const takeBack = this.#clock.alarm(delayUs, () => this.#ring?.());
      this.#ring = () => {
        takeBack();
        this.#ring = undefined;
        resolve();
      };
    });
  }
}

/** Behind by more than this, frames are not decoded one by one any more. */
const JUMP_US = 2_000_000;
/** A display that is always late still shows a picture this often. */
const LONGEST_DARK_US = 250_000;

/**
 * The late policy. Up to half a period late: show. Later: decode without sending (`drop`), so that the next picture is right.
 * Far behind: jump to what is due. The clock is never turned back, so nothing queues up.
 */
export function judge(frame: {
  readonly nowUs: number;
  readonly dueUs: number;
  readonly periodUs: number;
  readonly shownAtUs: number;
}): 'show' | 'drop' | 'jump' {
  const lateUs = frame.nowUs - frame.dueUs;
  if (lateUs > JUMP_US) return 'jump';
  if (lateUs <= frame.periodUs / 2 || frame.nowUs - frame.shownAtUs > LONGEST_DARK_US) return 'show';
  return 'drop';
}
