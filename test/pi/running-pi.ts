import type { ChildProcessByStdio } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Writable } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';

const LOOK_EVERY_MS = 50;

/** An emulated Pi that was switched on, and its console. */
export class RunningPi implements AsyncDisposable {
  /** Folder with console.log and wire.log. */
  readonly out: string;
  readonly #child: ChildProcessByStdio<Writable, null, null>;
  readonly #closed: Promise<unknown>;
  #heard = 0;

  constructor(child: ChildProcessByStdio<Writable, null, null>, out: string) {
    this.out = out;
    this.#child = child;
    this.#closed = once(child, 'close');
  }

  /** Lines that the guest printed after `@ `. */
  get lines(): string[] {
    return this.#console.split(/\r?\n/).flatMap((line) => (line.startsWith('@ ') ? [line.slice(2)] : []));
  }

  /** Types a line. */
  type(line: string): void {
    this.#child.stdin.write(`${line}\n`);
  }

  /** The next match on the console, after what was heard before. Rejects when the Pi ends without it. */
  async hear(pattern: RegExp): Promise<RegExpExecArray> {
    for (;;) {
      const isOver = this.#isOver;
      const text = this.#console.slice(this.#heard);
      const found = pattern.exec(text);
      if (found) {
        this.#heard += found.index + found[0].length;
        return found;
      }
      if (isOver) throw this.#failure(`It ended, and nobody said ${pattern}`);
      await sleep(LOOK_EVERY_MS);
    }
  }

  /** Waits for the end. Rejects with the end of the console when it did not end well. */
  async end(): Promise<void> {
    await this.#closed;
    if (this.#child.exitCode !== 0) throw this.#failure('It did not end well');
  }

  /** Pulls the plug, if it is still on. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#child.kill(); // nothing, if it is over
    await this.#closed;
  }

  get #isOver(): boolean {
    return this.#child.exitCode !== null || this.#child.signalCode !== null;
  }

  get #console(): string {
    return readFileSync(join(this.out, 'console.log'), 'utf8');
  }

  #failure(what: string): Error {
    return new Error(`The emulated Pi: ${what}.\n${this.#console.slice(-3000)}`);
  }
}
