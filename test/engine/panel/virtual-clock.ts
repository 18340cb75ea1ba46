import type { Clock } from '../../../engine/bus/clock.ts';

/** A clock that goes only while somebody waits: a start of a quarter of a second takes no time in a test. */
export class VirtualClock implements Clock {
  readonly waitsMs: number[] = [];
  #nowUs = 1_000_000;

  nowUs(): number {
    return this.#nowUs;
  }

  async wait(milliseconds: number, { signal }: { signal: AbortSignal }): Promise<void> {
    signal.throwIfAborted();
    this.waitsMs.push(milliseconds);
    this.#nowUs += milliseconds * 1000;
    await new Promise((resolve) => setImmediate(resolve));
    signal.throwIfAborted();
  }
}
