import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import type { Kit } from './guest-process.ts';
import type { KernelDevice } from './kernel-device.ts';

const program = fileURLToPath(new URL('guest-process.ts', import.meta.url));

/** What a guest tells: it waits, or it is done. */
export type GuestMessage = { kind: 'paused' } | { kind: 'done'; result: unknown } | { kind: 'failed'; message: string };

/**
 * Runs a function in a child process that sees the device. The function is sent as text: it sees its `kit` and nothing of its surroundings,
 * and what it returns must be JSON. `paused` and `resume` pass control to and fro, so that the test can change the device in between.
 */
export function startGuest<Result>(device: KernelDevice, run: (kit: Kit) => Promise<Result> | Result): Guest<Result> {
  const child = fork(program, [run.toString()], {
    env: { ...process.env, ...device.environment },
    execArgv: [],
    stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
  });
  return new Guest(child);
}

/** Runs a guest that needs nobody, to its end. */
export async function runGuest<Result>(
  device: KernelDevice,
  run: (kit: Kit) => Promise<Result> | Result,
): Promise<Result> {
  await using guest = startGuest(device, run);
  return await guest.result();
}

/** A child process under the device; disposing kills it. One waits for one thing at a time. */
export class Guest<Result> implements AsyncDisposable {
  readonly process: ChildProcess;

  constructor(child: ChildProcess) {
    this.process = child;
  }

  /** Resolves when the guest calls `kit.pause()`. */
  async paused(): Promise<void> {
    const message = await this.#next();
    if (message.kind !== 'paused') throw new Error(`The guest ended before it paused: ${JSON.stringify(message)}`);
  }

  resume(): void {
    this.process.send('resume');
  }

  /** What the function returned; rejects with what it threw. */
  async result(): Promise<Result> {
    const message = await this.#next();
    if (message.kind === 'done') return message.result as Result; // JSON of what `run` returned
    throw new Error(message.kind === 'failed' ? message.message : 'The guest paused and nobody resumed it.');
  }

  /** SIGKILL, and its end. */
  async kill(): Promise<void> {
    if (this.process.exitCode !== null || this.process.signalCode !== null) return;
    this.process.kill('SIGKILL');
    await once(this.process, 'exit');
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.kill();
  }

  async #next(): Promise<GuestMessage> {
    const ended = new AbortController();
    const end = once(this.process, 'exit', { signal: ended.signal }).then(([code, signal]): GuestMessage => {
      throw new Error(`The guest ended without a word (${code ?? signal}).`);
    });
    end.catch(() => {});
    const [message] = (await Promise.race([once(this.process, 'message', { signal: ended.signal }), end])) as [
      GuestMessage,
    ];
    ended.abort();
    return message;
  }
}
