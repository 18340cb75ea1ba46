import type { Engine } from '../engine/engine.ts';
import { type Log, lineLog } from '../engine/log.ts';
import { isLoopError, LoopError } from '../format/errors.ts';
import type { WebServer } from './http/server.ts';
import { readSettings, type Settings } from './options.ts';
import type { OneTimeCode } from './token.ts';

/** What services offer to those further down in the table. */
export interface Parts {
  web: WebServer;
  /** Logs one browser in; in the printed link. */
  code: OneTimeCode;
  engine: Engine;
}

/** What every service is started with: the settings, the log, the end, and what the services above it offer. */
export class House {
  readonly settings: Settings;
  readonly log: Log;
  /** Aborted when LOOP ends. */
  readonly signal: AbortSignal;
  readonly #parts = new Map<keyof Parts, Parts[keyof Parts]>();

  constructor(settings: Settings, log: Log, signal: AbortSignal) {
    this.settings = settings;
    this.log = log;
    this.signal = signal;
  }

  offer<Name extends keyof Parts>(name: Name, part: Parts[Name]): void {
    this.#parts.set(name, part);
  }

  /** @throws when the service that offers the part stands further down in the table. */
  part<Name extends keyof Parts>(name: Name): Parts[Name] {
    const part = this.#parts.get(name);
    if (part === undefined) throw new Error(`No service above offers "${name}".`);
    return part as Parts[Name]; // offer() stores under a name only that name's part
  }
}

/** One row of the table in main.ts. What `start` returns is disposed, last started first, when LOOP ends. */
export interface Service {
  readonly name: string;
  start(house: House): Promise<AsyncDisposable>;
}

/** Longest time an orderly end may take before the process is ended anyway. */
const END_MS = 4500;

/** Runs the table until SIGTERM or SIGINT. Ends the process: 0 after a signal, 1 after a fault, 2 for bad options. */
export async function runServices(services: readonly Service[]): Promise<never> {
  const settings = settingsOrExit();
  const text = process.stderr.isTTY === true;
  const log = lineLog({ level: settings.options.log_level, text, write: (line) => process.stderr.write(line) });
  const end = new AbortController();
  const stop = (code: number) => {
    if (end.signal.aborted) return;
    setTimeout(() => process.exit(code), END_MS).unref();
    end.abort(new LoopError('ABORTED', 'LOOP is ending. Start it again.'));
  };
  let code = 0;
  const fail = (event: string, error: unknown) => {
    log.error(event, error instanceof Error ? error.message : String(error), { stack: (error as Error)?.stack });
    code = 1;
    stop(1);
  };
  for (const name of ['SIGTERM', 'SIGINT', 'SIGHUP'] as const) process.on(name, () => stop(0));
  // Whoever read our output is gone; that is no reason to go too.
  for (const stream of [process.stdout, process.stderr]) stream.on('error', () => {});
  process.on('uncaughtException', (error) => fail('fault', error));

  const running = new AsyncDisposableStack();
  try {
    await startAll(services, new House(settings, log, end.signal), running);
    await aborted(end.signal);
  } catch (error) {
    if (!end.signal.aborted) fail('start_failed', error);
  }
  await running.disposeAsync().catch((error) => fail('end_failed', error));
  log.info('ended', 'LOOP has ended');
  process.exit(code);
}

async function startAll(services: readonly Service[], house: House, running: AsyncDisposableStack): Promise<void> {
  for (const { name, start } of services) {
    house.signal.throwIfAborted();
    const slow = setTimeout(() => house.log.info('starting', `Starting ${name} takes a moment`), 1000);
    try {
      running.use(await start(house));
    } finally {
      clearTimeout(slow);
    }
  }
}

function settingsOrExit(): Settings {
  try {
    return readSettings(process.env);
  } catch (error) {
    process.stderr.write(isLoopError(error) ? `${error.message}\n` : `${(error as Error).stack}\n`);
    process.exit(2);
  }
}

function aborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve();
    else signal.addEventListener('abort', () => resolve(), { once: true });
  });
}
