import { execFile } from 'node:child_process';
import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);

/**
 * The real ffmpeg behind a gate: while it is shut every conversion waits at its beginning, while it is broken every one fails.
 * So what is true during a conversion can be looked at for as long as that takes.
 */
export class FfmpegGate implements AsyncDisposable {
  readonly #folder: string;

  constructor(folder: string) {
    this.#folder = folder;
  }

  /** For the environment of the LOOP that is to meet it. */
  get env(): Readonly<Record<string, string>> {
    return { PATH: `${this.#folder}:${process.env.PATH}` };
  }

  shut(): Promise<void> {
    return writeFile(join(this.#folder, 'shut'), '');
  }

  open(): Promise<void> {
    return rm(join(this.#folder, 'shut'), { force: true });
  }

  break(): Promise<void> {
    return writeFile(join(this.#folder, 'broken'), '');
  }

  mend(): Promise<void> {
    return rm(join(this.#folder, 'broken'), { force: true });
  }

  /** Whoever waits goes through first, so that nobody is left waiting. */
  async [Symbol.asyncDispose](): Promise<void> {
    await rm(this.#folder, { recursive: true, force: true });
  }
}

/** Sets the gate up, open. */
export async function openFfmpegGate(): Promise<FfmpegGate> {
  const folder = await mkdtemp(join(tmpdir(), 'loop-gate-'));
  const { stdout } = await run('sh', ['-c', 'command -v ffmpeg']);
  const script = `#!/bin/sh
if [ "$4" != -version ]; then
  while [ -e '${folder}/shut' ]; do sleep 0.05; done
  if [ -e '${folder}/broken' ]; then echo 'broken by a test' >&2; exit 1; fi
fi
exec '${stdout.trim()}' "$@"
`;
  await writeFile(join(folder, 'ffmpeg'), script);
  await chmod(join(folder, 'ffmpeg'), 0o755);
  return new FfmpegGate(folder);
}
