import { Worker } from 'node:worker_threads';

/** A clock that wakes 25 times a second, does nothing, and counts how often it was half a frame late. */
const clock = `
const { parentPort } = require('node:worker_threads');
const cell = new Int32Array(new SharedArrayBuffer(4));
let late = 0;
let due = performance.now();
for (let i = 0; ; i++) {
  due += 40;
  Atomics.wait(cell, 0, 0, Math.max(0, due - performance.now()));
  const behind = performance.now() - due;
  if (behind > 20) late++;
  if (behind > 40) { late += Math.floor(behind / 40); due += Math.floor(behind / 40) * 40; }
  if (i % 5 === 0) parentPort.postMessage(late);
}`;

/**
 * Tells how late a thread is on this machine at this time through no fault of its own. Tests of lateness allow what the canary
 * suffered too: other programs, and the clients of the test itself, take turns on the same few cores.
 */
export class Canary implements AsyncDisposable {
  readonly #worker = new Worker(clock, { eval: true });
  #late = 0;

  constructor() {
    this.#worker.on('message', (late: number) => {
      this.#late = late;
    });
  }

  /** Frames this clock would have shown late or not at all, since its start. */
  get late(): number {
    return this.#late;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#worker.terminate();
  }
}
