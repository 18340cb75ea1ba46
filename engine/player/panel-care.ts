import type { Output } from '../panel/output.ts';

/**
 * A glitch or a brown-out leaves a white panel, and nothing on the bus tells. So the panel is set up again where a play
 * begins and a minute has passed, at the latest after 75 seconds: a full frame and six milliseconds.
 */
const EVERY_US = 60_000_000;
const LATEST_US = 75_000_000;

/** Sets the panel up again from time to time. */
export class PanelCare {
  readonly #output: Output;
  #doneUs: number;

  constructor(output: Output, nowUs: number) {
    this.#output = output;
    this.#doneUs = nowUs;
  }

  /** When it has to be done at the latest. */
  get latestUs(): number {
    return this.#doneUs + LATEST_US;
  }

  /** Has it done the next time. */
  hurry(): void {
    this.#doneUs = Number.NEGATIVE_INFINITY;
  }

  /** Does it where it is time. Not waited for: pictures presented meanwhile are in the full frame that ends it. */
  attend(nowUs: number, { isPlayStart, signal }: { isPlayStart: boolean; signal: AbortSignal }): void {
    const sinceUs = nowUs - this.#doneUs;
    if (sinceUs < (isPlayStart ? EVERY_US : LATEST_US)) return;
    this.#doneUs = nowUs;
    this.#output.reassert({ signal }).catch(() => {}); // only closing the output ends it early
  }
}
