import { Worker } from 'node:worker_threads';
import { LoopError } from '../../format/errors.ts';
import type { Geometry } from '../../format/frame.ts';
import type { BusGrant } from '../bus/bus-grant.ts';
import { Glass } from '../panel/glass.ts';
import {
  type FromWorker,
  type PlayerBirth,
  type PlayerCall,
  type PlayerNews,
  receiveError,
  type ToWorker,
} from './player-protocol.ts';
import { StatusBlock } from './status-block.ts';

const workerUrl = new URL(
  import.meta.url.endsWith('.ts') ? './player.worker.ts' : './player.worker.js',
  import.meta.url,
);

/** A worker that has not ended so long after it was asked to is ended. */
const STOP_MS = 3000;

/** Whoever starts a player's worker hears of it by these. */
export interface ThreadListener {
  heard(news: PlayerNews): void;
  /** The bus is gone: one try to open it again. */
  grantWanted(): Promise<BusGrant>;
  /** The worker is gone, asked or not; `reason` is for people. */
  ended(reason: LoopError): void;
}

/** One worker of a display, from its start to its end, and the memory it shares. */
export class PlayerThread {
  readonly glass: Glass;
  readonly status = new StatusBlock();
  /** Resolves when the panel shows black, or its fault is known. */
  readonly ready: Promise<void>;
  readonly ended: Promise<void>;
  readonly #worker: Worker;
  readonly #calls = new Map<number, PromiseWithResolvers<void>>();
  #lastCall = 0;
  #ending: LoopError | undefined;

  constructor(birth: Omit<PlayerBirth, 'glass' | 'status'>, geometry: Geometry, listener: ThreadListener) {
    const glass = new SharedArrayBuffer(Glass.sizeBytes(geometry));
    this.glass = new Glass(glass, geometry);
    const workerData: PlayerBirth = { ...birth, glass, status: this.status.buffer };
    this.#worker = new Worker(workerUrl, { workerData, name: `player ${birth.display.id}` });
    const ready = Promise.withResolvers<void>();
    const ended = Promise.withResolvers<void>();
    this.ready = ready.promise;
    this.ended = ended.promise;
    this.ready.catch(() => {});
    this.#listen(birth.display.id, listener, { ready, ended });
  }

  /** Why it has ended; undefined while it runs. */
  get ending(): LoopError | undefined {
    return this.#ending;
  }

  /** Resolves when what is asked for is true. Rejects with the worker's LoopError, or INTERNAL when it ends before. */
  call(call: PlayerCall): Promise<void> {
    if (this.#ending) return Promise.reject(this.#ending);
    const id = ++this.#lastCall;
    const pending = Promise.withResolvers<void>();
    this.#calls.set(id, pending);
    this.#post({ kind: 'call', id, call });
    return pending.promise;
  }

  /** Asks the worker to leave the panel as the options say and to end; resolves when it has. */
  async stop(): Promise<void> {
    this.#post({ kind: 'stop' });
    const timer = setTimeout(() => void this.#worker.terminate(), STOP_MS);
    await this.ended;
    clearTimeout(timer);
  }

  #listen(
    display: string,
    listener: ThreadListener,
    { ready, ended }: { ready: PromiseWithResolvers<void>; ended: PromiseWithResolvers<void> },
  ): void {
    let why = 'it ended';
    this.#worker.on('message', (message: FromWorker) => {
      if (message.kind === 'ready') ready.resolve();
      else this.#hear(message, listener);
    });
    this.#worker.on('error', (error) => {
      why = error instanceof Error ? error.message : String(error);
    });
    this.#worker.on('exit', () => {
      const message = `The player of ${display} ended: ${why}. It has to run always. It is started again by itself; report it with the log.`;
      const reason = new LoopError('INTERNAL', message);
      this.#ending = reason;
      ready.reject(reason);
      for (const { reject } of this.#calls.values()) reject(reason);
      this.#calls.clear();
      ended.resolve();
      listener.ended(reason);
    });
  }

  #hear(message: Exclude<FromWorker, { kind: 'ready' }>, listener: ThreadListener): void {
    switch (message.kind) {
      case 'done':
        this.#settle(message.id)?.resolve();
        return;
      case 'failed':
        this.#settle(message.id)?.reject(receiveError(message.error));
        return;
      case 'grant_wanted':
        listener.grantWanted().then(
          (grant) => this.#post({ kind: 'grant', id: message.id, grant }),
          () => {}, // closed meanwhile: the worker is told to stop
        );
        return;
      default:
        listener.heard(message);
    }
  }

  #settle(id: number): PromiseWithResolvers<void> | undefined {
    const pending = this.#calls.get(id);
    this.#calls.delete(id);
    return pending;
  }

  #post(message: ToWorker): void {
    this.#worker.postMessage(message, memoryOf(message));
  }
}

/** Pictures cross by handing over their memory, where it is theirs alone. */
function memoryOf(message: ToWorker): ArrayBuffer[] {
  if (message.kind !== 'call' || message.call.kind !== 'show_pictures') return [];
  const whole = message.call.pictures.filter(({ pixels }) => pixels.byteLength === pixels.buffer.byteLength);
  const buffers = new Set(whole.map(({ pixels }) => pixels.buffer));
  return [...buffers].filter((buffer) => buffer instanceof ArrayBuffer);
}
