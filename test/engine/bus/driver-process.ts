import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { LoopError, type LoopErrorCode } from '../../../format/errors.ts';
import type { Answer, DriverCalls } from './driver-calls.ts';

/** The real driver in a process of its own, on whatever devices its environment shows it. */
export class DriverProcess implements AsyncDisposable {
  readonly #child: ChildProcess;
  readonly #waiting = new Map<number, { resolve: (value: never) => void; reject: (error: Error) => void }>();
  #calls = 0;

  constructor(environment: Readonly<Record<string, string>>) {
    this.#child = fork(new URL('./driver-child.ts', import.meta.url), {
      env: { ...process.env, ...environment },
      serialization: 'advanced',
    });
    this.#child.on('message', (answer: Answer) => this.#take(answer));
  }

  get pid(): number {
    return this.#child.pid!;
  }

  /** Resolves with what the call returned there, or rejects with the LoopError it threw. */
  call<Name extends keyof DriverCalls>(
    name: Name,
    ...values: Parameters<DriverCalls[Name]>
  ): Promise<ReturnType<DriverCalls[Name]>> {
    const id = this.#calls++;
    return new Promise((resolve, reject) => {
      this.#waiting.set(id, { resolve, reject });
      this.#child.send({ id, name, values });
    });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#child.disconnect();
    await once(this.#child, 'exit');
  }

  #take(answer: Answer): void {
    const waiting = this.#waiting.get(answer.id)!;
    this.#waiting.delete(answer.id);
    // The value is what the function of that name returned on the other side.
    if (answer.ok) waiting.resolve(answer.value as never);
    else waiting.reject(new LoopError(answer.code as LoopErrorCode, answer.message));
  }
}
