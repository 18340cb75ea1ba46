import { type ChildProcess, spawn } from 'node:child_process';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { LoopClient } from '../../client/client.ts';

const main = fileURLToPath(new URL('../../addon/main.ts', import.meta.url));
const builtMain = fileURLToPath(new URL('../../dist/main.js', import.meta.url));

export interface StartOptions {
  /** Written as options.json, when there is none of an earlier start. */
  readonly options?: object;
  readonly env?: Readonly<Record<string, string>>;
  /** LOOP_DATA of an earlier start; else a new folder, removed at the end. */
  readonly folder?: string;
  readonly token?: string;
  /** Keeps the clip that LOOP brings along; otherwise a new library is empty, whether the sample was built or not. */
  readonly keepSample?: boolean;
  /** Runs what `npm test` built from the sources, which starts sooner; else the sources themselves. */
  readonly isBuilt?: boolean;
}

/** A whole LOOP in a process of its own, on the emulated panel and a free port. End it with `await using` or `stop()`. */
export class RunningLoop implements AsyncDisposable {
  readonly url: string;
  readonly folder: string;
  readonly client: LoopClient;
  readonly child: ChildProcess;
  readonly #output: Output;
  readonly #ownsFolder: boolean;

  constructor(parts: {
    url: string;
    folder: string;
    child: ChildProcess;
    output: Output;
    ownsFolder: boolean;
    token?: string;
  }) {
    this.url = parts.url;
    this.folder = parts.folder;
    this.child = parts.child;
    this.#output = parts.output;
    this.#ownsFolder = parts.ownsFolder;
    this.client = new LoopClient(
      parts.token === undefined ? { base: parts.url } : { base: parts.url, token: parts.token },
    );
  }

  /** All it wrote on stderr. */
  get log(): string {
    return this.#output.log;
  }

  /** All it wrote on stdout. */
  get stdout(): string {
    return this.#output.stdout;
  }

  /** Sends the signal and waits for the end; the exit code, or the name of the signal that killed it. */
  async stop(signal: NodeJS.Signals = 'SIGTERM'): Promise<number | NodeJS.Signals> {
    if (this.child.exitCode === null && this.child.signalCode === null) this.child.kill(signal);
    return this.#output.ended;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop();
    if (this.#ownsFolder) await rm(this.folder, { recursive: true, force: true });
  }
}

interface Output {
  log: string;
  stdout: string;
  readonly ended: Promise<number | NodeJS.Signals>;
}

/** Starts LOOP and waits until it says that it is ready. @throws with its log when it ends before. */
export async function startLoop(options: StartOptions = {}): Promise<RunningLoop> {
  const folder = options.folder ?? (await mkdtemp(join(tmpdir(), 'loop-e2e-')));
  await mkdir(folder, { recursive: true });
  if (options.options) await writeFile(join(folder, 'options.json'), JSON.stringify(options.options));
  const env = { LOOP_DATA: folder, LOOP_PORT: '0', ...options.env };
  const { child, output } = launch(env, options.isBuilt ? builtMain : main);
  const url = await Promise.race([readyLine(child, output), output.ended.then((code) => fail(code, output))]);
  const token = options.token === undefined ? {} : { token: options.token };
  const loop = new RunningLoop({ url, folder, child, output, ownsFolder: options.folder === undefined, ...token });
  if (options.folder === undefined && !options.keepSample) await emptyLibrary(loop);
  return loop;
}

async function emptyLibrary({ client }: RunningLoop): Promise<void> {
  const clips = await client.media().catch(() => []); // beyond loopback the caller has no token yet
  for (const { slug } of clips) await client.deleteClip(slug);
}

/** Starts LOOP and waits for its end: for starts that must fail. */
export async function runLoop(
  env: Readonly<Record<string, string>>,
): Promise<{ code: number | NodeJS.Signals; log: string; stdout: string }> {
  const { output } = launch(env);
  return { code: await output.ended, log: output.log, stdout: output.stdout };
}

function launch(env: Readonly<Record<string, string>>, program = main): { child: ChildProcess; output: Output } {
  const { LOOP_HOST: _host, LOOP_OPTIONS: _options, SUPERVISOR_TOKEN: _token, ...inherited } = process.env;
  const child = spawn(process.execPath, [program], {
    env: { ...inherited, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const ended = new Promise<number | NodeJS.Signals>((resolve) => {
    child.once('close', (code, signal) => resolve(code ?? signal ?? 'SIGKILL'));
  });
  const output: Output = { log: '', stdout: '', ended };
  child.stderr?.setEncoding('utf8').on('data', (text: string) => {
    output.log += text;
  });
  child.stdout?.setEncoding('utf8').on('data', (text: string) => {
    output.stdout += text;
  });
  return { child, output };
}

function readyLine(child: ChildProcess, output: Output): Promise<string> {
  return new Promise((resolve) => {
    child.stdout?.on('data', () => {
      const url = /LOOP is ready: (\S+)/.exec(output.stdout)?.[1];
      if (url) resolve(url);
    });
  });
}

function fail(code: number | NodeJS.Signals, { log, stdout }: Output): never {
  throw new Error(`LOOP ended with ${code} before it was ready.\n${stdout}${log}`);
}
