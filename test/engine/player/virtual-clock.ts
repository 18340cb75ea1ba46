import { setImmediate as turn } from 'node:timers/promises';
import type { Clock } from '../../../engine/player/scheduler.ts';

/**
 * Time that passes only when a test lets it: `advance` jumps from alarm to alarm. What is asynchronous (files, inflating)
 * is waited for and takes no time. Serves the player's scheduler and the panel's waits.
 */
export class VirtualClock implements Clock {
  #nowUs = 1_000_000;
  #alarm: { readonly atUs: number; readonly ring: () => void } | undefined;

  nowUs(): number {
    return this.#nowUs;
  }

  alarm(delayUs: number, ring: () => void): () => void {
    const alarm = { atUs: this.#nowUs + delayUs, ring };
    this.#alarm = alarm;
    return () => {
      if (this.#alarm === alarm) this.#alarm = undefined;
    };
  }

  async wait(milliseconds: number): Promise<void> {
    this.pass(milliseconds * 1000);
  }

  /** Time that something takes without letting anybody else run: a slow bus, a blocked thread. */
  pass(us: number): void {
    this.#nowUs += us;
  }

  /** Lets time run; resolves when the player waits for something later, or has used the time up. */
  async advance(us: number): Promise<void> {
    const untilUs = this.#nowUs + us;
    while (this.#nowUs <= untilUs) {
      const alarm = this.#alarm;
      if (alarm === undefined) await turn();
      else if (alarm.atUs > untilUs) break;
      else {
        this.#alarm = undefined;
        this.#nowUs = Math.max(this.#nowUs, alarm.atUs);
        alarm.ring();
      }
    }
    this.#nowUs = Math.max(this.#nowUs, untilUs);
  }
}
