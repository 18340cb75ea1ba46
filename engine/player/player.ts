import { setTimeout as sleep } from 'node:timers/promises';
import type { DisplayOptions, Options } from '../../contract/config.ts';
import type { Display, DisplayStats } from '../../contract/domain.ts';
import { LoopError } from '../../format/errors.ts';
import type { Geometry, Picture } from '../../format/frame.ts';
import { type BusHost, openBusHost } from '../bus/bus-host.ts';
import { Emitter } from '../emitter.ts';
import type { Log } from '../log.ts';
import { panelGeometry } from '../panel/panels.ts';
import {
  type PlayerCommand,
  type PlayerItem,
  type PlayerNews,
  type PlayerReport,
  type PlayerStart,
  receiveError,
} from './player-protocol.ts';
import { PlayerThread } from './player-thread.ts';
import type { PresentationErrors } from './status-block.ts';

export type { PlayerCommand, PlayerItem, PlayerReport, PlayerStart } from './player-protocol.ts';

/** Waits between the death of a worker and the next one: doubled each time, begun anew when one lived a minute. */
const FIRST_BACKOFF_MS = 250;
const LONGEST_BACKOFF_MS = 5000;
const HEALTHY_MS = 60_000;

export interface PlayerEvents {
  /** Item, mode, playing or overlay changed. */
  report: PlayerReport;
  /** The hardware's status changed, or the player itself had to start again. */
  status: Display['status'];
  /** Switched on or off, or dimmed. */
  light: { readonly on: boolean; readonly brightness: number };
  /** A clip was shown to its end once. */
  played: { readonly slug: string };
  /** A clip cannot be read and is left out of the loop until the loop changes or is reloaded. */
  problem: { readonly slug: string; readonly error: LoopError };
}

export interface PlayerOptions {
  readonly display: DisplayOptions;
  readonly settings: Options['display'];
  readonly media: Options['media'];
  readonly log: Log;
  /** Ends opening; whoever opened the player disposes of it. */
  readonly signal: AbortSignal;
}

/**
 * The main thread's handle of one display: tells its worker what to show, and knows what it shows from shared memory.
 * A worker that dies is replaced and goes on where it was; calls that waited are rejected with INTERNAL.
 */
export class Player implements AsyncDisposable {
  readonly geometry: Geometry;
  readonly #options: PlayerOptions;
  readonly #host: BusHost;
  readonly #life = new AbortController();
  readonly #events = new Emitter<PlayerEvents>();
  #thread: PlayerThread;
  /** What a new worker has to be told. */
  #items: readonly PlayerItem[] | undefined;
  #start: PlayerStart = { itemId: null, positionUs: 0, mode: 'loop_all', playing: false, seed: 0 };
  #light: { readonly on: boolean; readonly brightness: number };
  #backoffMs = FIRST_BACKOFF_MS;
  #bornMs = 0;
  /** Changes of the glasses of earlier workers. */
  #glassBase = 0;
  #fault: Display['status'] | undefined;
  #restarting: Promise<void> | undefined;
  #closed: Promise<void> | undefined;

  /** Use openPlayer. */
  constructor(options: PlayerOptions, host: BusHost) {
    this.geometry = panelGeometry(options.display);
    this.#options = options;
    this.#host = host;
    this.#light = { on: true, brightness: options.settings.brightness };
    this.#thread = this.#begin();
  }

  /** Resolves when the panel shows black, or its fault is known. */
  get ready(): Promise<void> {
    return this.#thread.ready;
  }

  /** The first list. Resolves when its first picture is on the glass. */
  load(items: readonly PlayerItem[], start: PlayerStart): Promise<void> {
    this.#items = items;
    this.#start = start;
    return this.#thread.call({ kind: 'load', items, start });
  }

  /** Another list: what is on goes on where it is, while it is still there. */
  replaceItems(items: readonly PlayerItem[]): Promise<void> {
    this.#items = items;
    return this.#thread.call({ kind: 'replace_items', items });
  }

  /**
   * Carries out a command; resolves when it is true: a picture is changed when its first frame was written.
   * @throws LoopError ITEM_NOT_FOUND, NOTHING_TO_PLAY, CLIP_*, INVALID_REQUEST, PAYLOAD_TOO_LARGE, TOO_BUSY, INTERNAL; the reason of `signal`
   */
  async command(command: PlayerCommand, { signal }: { signal: AbortSignal }): Promise<PlayerReport> {
    signal.throwIfAborted();
    const done = this.#thread.call(command);
    const aborted = Promise.withResolvers<never>();
    const onAbort = () => aborted.reject(signal.reason);
    signal.addEventListener('abort', onAbort, { once: true });
    try {
      await Promise.race([done, aborted.promise]);
    } finally {
      done.catch(() => {});
      signal.removeEventListener('abort', onAbort);
    }
    if (command.kind === 'set_light') {
      this.#light = { on: command.on, brightness: command.brightness };
      this.#events.emit('light', this.#light);
    }
    return this.report;
  }

  /** What is true now. */
  get report(): PlayerReport {
    const now = this.#thread.status.read();
    if (now === undefined) {
      const { mode, playing } = this.#start;
      return { ...nothing, mode, playing };
    }
    const { status, dimmable, advice, ...words } = now.words;
    const { positionUs, playsLeft, playlistPositionUs } = now.figures;
    return { ...words, positionUs, playsLeft, playlistPositionUs };
  }

  /** Listens until the returned function is called. */
  on<Name extends keyof PlayerEvents>(event: Name, listener: (value: PlayerEvents[Name]) => void): () => void {
    return this.#events.on(event, listener);
  }

  /** True figures since the worker started. */
  stats(): DisplayStats {
    const now = this.#thread.status.read();
    const figures = now?.figures;
    return {
      frames_shown: figures?.shown ?? 0,
      frames_late: figures?.late ?? 0,
      frames_dropped: figures?.dropped ?? 0,
      fps: (figures?.framesPerSecondMilli ?? 0) / 1000,
      bus_bytes: figures?.busBytes ?? 0,
      bus_hz_asked: figures?.hertzAsked ?? this.#options.display.speed_hz,
      bus_hz_real: figures?.hertzReal || null,
      bus_load: (figures?.busLoadMilli ?? 0) / 1000,
      bad_chunks: figures?.badChunks ?? 0,
      recoveries: figures?.recoveries ?? 0,
      advice: now?.words.advice ?? null,
    };
  }

  status(): Display['status'] {
    return this.#fault ?? this.#thread.status.read()?.words.status ?? { state: 'starting', code: null, message: null };
  }

  /** How far from their times frames were presented, since the worker started. */
  presentationErrors(): PresentationErrors {
    return this.#thread.status.errors();
  }

  get seed(): number {
    return this.#start.seed;
  }

  get isLit(): boolean {
    return this.#light.on;
  }

  get brightness(): number {
    return this.#light.brightness;
  }

  /** Whether brightness between 0 and 100 percent is possible. */
  get dimmable(): boolean {
    return this.#thread.status.read()?.words.dimmable ?? false;
  }

  /** A copy of the picture on the glass, as a person sees it; never torn. */
  glass(): Picture {
    return this.#thread.glass.read();
  }

  /** Rises with every change of the glass. */
  glassVersion(): number {
    return this.#glassBase + this.#thread.glass.version;
  }

  [Symbol.asyncDispose](): Promise<void> {
    this.#closed ??= this.#close();
    return this.#closed;
  }

  async #close(): Promise<void> {
    this.#life.abort(new LoopError('ABORTED', 'The display was closed.'));
    await this.#restarting;
    if (this.#thread.ending === undefined) await this.#thread.stop();
    await this.#host[Symbol.asyncDispose]();
  }

  #begin(): PlayerThread {
    const { display, settings, media } = this.#options;
    this.#bornMs = performance.now();
    return new PlayerThread({ display, settings, media, grant: this.#host.grant, light: this.#light }, this.geometry, {
      heard: (news) => this.#hear(news),
      grantWanted: () => this.#host.reopen({ signal: this.#life.signal }),
      ended: (reason) => this.#mourn(reason),
    });
  }

  #hear(news: PlayerNews): void {
    switch (news.kind) {
      case 'report':
        this.#events.emit('report', this.report);
        return;
      case 'status':
        this.#events.emit('status', this.status());
        return;
      case 'played':
        this.#events.emit('played', { slug: news.slug });
        return;
      case 'problem':
        this.#events.emit('problem', { slug: news.slug, error: receiveError(news.error) });
    }
  }

  /** The worker is gone: unless it was told to go, another one takes its place. */
  #mourn(reason: LoopError): void {
    if (this.#life.signal.aborted) return;
    const { display, log } = this.#options;
    log.error('player_ended', reason.message, { display: display.id });
    this.#setFault({ state: 'fault', code: reason.code, message: reason.message });
    this.#restarting ??= this.#restart().finally(() => {
      this.#restarting = undefined;
    });
  }

  /** Starts workers, with growing pauses, until one plays again where the last one was. */
  async #restart(): Promise<void> {
    const { signal } = this.#life;
    if (performance.now() - this.#bornMs > HEALTHY_MS) this.#backoffMs = FIRST_BACKOFF_MS;
    const { mode, playing, playlistItemId, playlistPositionUs } = this.report;
    const start = { mode, playing, seed: this.seed, itemId: playlistItemId, positionUs: playlistPositionUs };
    do {
      await sleep(this.#backoffMs, undefined, { signal }).catch(() => {});
      if (signal.aborted) return;
      this.#backoffMs = Math.min(2 * this.#backoffMs, LONGEST_BACKOFF_MS);
      this.#glassBase += this.#thread.glass.version;
      this.#thread = this.#begin();
      await this.#resume(start).catch(() => {}); // told by #mourn; the loop goes on
    } while (this.#thread.ending);
    this.#setFault(undefined);
  }

  async #resume(start: PlayerStart): Promise<void> {
    await this.#thread.ready;
    if (this.#items) await this.#thread.call({ kind: 'load', items: this.#items, start });
  }

  #setFault(fault: Display['status'] | undefined): void {
    this.#fault = fault;
    this.#events.emit('status', this.status());
  }
}

/** A report before anything was loaded. */
const nothing = {
  itemId: null,
  slug: null,
  positionUs: 0,
  playsLeft: 0,
  overlay: null,
  playlistItemId: null,
  playlistPositionUs: 0,
};

/** Opens a display: its bus, its worker, its panel, black. Missing hardware does not keep it from opening; the status tells. */
export async function openPlayer(options: PlayerOptions): Promise<Player> {
  const host = await openBusHost(options.display, { signal: options.signal });
  const player = new Player(options, host);
  const onAbort = () => void player[Symbol.asyncDispose]();
  options.signal.addEventListener('abort', onAbort, { once: true });
  try {
    await player.ready;
    options.signal.throwIfAborted();
    return player;
  } catch (error) {
    await player[Symbol.asyncDispose]();
    options.signal.throwIfAborted();
    throw error;
  } finally {
    options.signal.removeEventListener('abort', onAbort);
  }
}
