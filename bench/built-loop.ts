import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { startCommand } from '../scripts/start-command.ts';

/** The built LOOP in a process of its own, as `npm start` runs it, with a folder and a port of its own. */
export class BuiltLoop implements AsyncDisposable {
  readonly url: string;
  readonly folder: string;
  readonly #child: ChildProcess;

  constructor(url: string, folder: string, child: ChildProcess) {
    this.url = url;
    this.folder = folder;
    this.#child = child;
  }

  /** Memory that is its own at this moment, in megabytes of 1,000,000 bytes. */
  rssMegabytes(): number {
    const status = readFileSync(`/proc/${this.#child.pid}/status`, 'utf8');
    return (Number(/VmRSS:\s+(\d+)/.exec(status)?.[1]) * 1024) / 1e6;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const closed = once(this.#child, 'close');
    this.#child.kill();
    await closed;
    await rm(this.folder, { recursive: true, force: true });
  }
}

/** Starts it and waits until it is ready. */
export async function startBuiltLoop(options: object = {}): Promise<BuiltLoop> {
  const folder = await mkdtemp(join(tmpdir(), 'loop-bench-'));
  await writeFile(join(folder, 'options.json'), JSON.stringify(options));
  // exec: the child is Node itself, whose memory is read and which is sent the signal.
  const child = spawn('sh', ['-c', `exec ${await startCommand()}`], {
    env: {
      ...process.env,
      PATH: `${dirname(process.execPath)}:${process.env.PATH}`,
      LOOP_DATA: folder,
      LOOP_PORT: '0',
    },
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  let output = '';
  for await (const text of child.stdout.setEncoding('utf8') as AsyncIterable<string>) {
    output += text;
    const url = /LOOP is ready: (\S+)/.exec(output)?.[1];
    if (url) return new BuiltLoop(url, folder, child);
  }
  throw new Error(`LOOP ended before it was ready.\n${output}`);
}
