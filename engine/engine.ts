import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { Action } from '../contract/actions.ts';
import type { Options } from '../contract/config.ts';
import type { Clip, Display, Loop, Playback, State } from '../contract/domain.ts';
import type { UploadProgress } from '../contract/messages.ts';
import { LoopError } from '../format/errors.ts';
import type { Picture } from '../format/frame.ts';
import { runAction } from './action-runner.ts';
import { ffmpegVersion } from './convert/ffmpeg-job.ts';
import { DisplaySession } from './display-session.ts';
import { Emitter } from './emitter.ts';
import type { Log } from './log.ts';
import { PanelProgress } from './panel-progress.ts';
import { openPlayer } from './player/player.ts';
import { openStore, type Store } from './store/store.ts';
import { openUploads, type UploadCoordinator } from './upload/upload-coordinator.ts';

/** What the engine tells, each once, after it is true. */
export interface EngineEvents {
  clip_added: Clip;
  clip_changed: Clip;
  clip_removed: { readonly slug: string };
  loop_changed: Loop;
  playback_changed: Playback;
  display_changed: Display;
  upload_progress: UploadProgress;
  notice: { readonly code: string; readonly message: string };
}

/** A picture shown at once, fitted to the display already. */
export interface ShownPicture {
  readonly pixels: Uint16Array;
  readonly durationUs: number;
}

/** LOOP without a network: clips, loop, uploads and displays, and the one way to tell it what to do. */
export class Engine implements AsyncDisposable {
  readonly store: Store;
  readonly uploads: UploadCoordinator;
  /** Null where ffmpeg is missing: then only clips and bundles come in. */
  readonly ffmpegVersion: string | null;
  /** Whether LOOP had no library before this start. */
  readonly isFirstStart: boolean;
  readonly #sessions: ReadonlyMap<string, DisplaySession>;
  readonly #emitter = new Emitter<EngineEvents>();
  readonly #resources: AsyncDisposableStack;

  constructor(
    store: Store,
    uploads: UploadCoordinator,
    sessions: ReadonlyMap<string, DisplaySession>,
    facts: { readonly ffmpegVersion: string | null; readonly isFirstStart: boolean },
    resources: AsyncDisposableStack,
  ) {
    this.ffmpegVersion = facts.ffmpegVersion;
    this.isFirstStart = facts.isFirstStart;
    this.store = store;
    this.uploads = uploads;
    this.#sessions = sessions;
    this.#resources = resources;
  }

  /** Listens until the returned function is called. */
  on<Name extends keyof EngineEvents>(event: Name, listener: (value: EngineEvents[Name]) => void): () => void {
    return this.#emitter.on(event, listener);
  }

  /** Tells every listener; for the parts that `openEngine` joins. */
  emit<Name extends keyof EngineEvents>(event: Name, value: EngineEvents[Name]): void {
    this.#emitter.emit(event, value);
  }

  /** Carries out one action; resolves with the state after it. @throws LoopError */
  async run(action: Action, { signal }: { signal: AbortSignal }): Promise<State> {
    return runAction(action, this.#session(action.display), this.store, { signal });
  }

  /** @throws LoopError DISPLAY_NOT_FOUND. Without an id: the first display. */
  state(display?: string): State {
    return this.#session(display).state();
  }

  playback(display?: string): Playback {
    return this.#session(display).playback();
  }

  display(display?: string): Display {
    return this.#session(display).display();
  }

  displays(): Display[] {
    return [...this.#sessions.values()].map((session) => session.display());
  }

  async setDisplay(
    id: string,
    change: { readonly on?: boolean; readonly brightness?: number },
    { signal }: { signal: AbortSignal },
  ): Promise<Display> {
    const session = this.#session(id);
    const { player } = session;
    await session.command(
      { kind: 'set_light', on: change.on ?? player.isLit, brightness: change.brightness ?? player.brightness },
      { signal },
    );
    return session.display();
  }

  /** Deletes a clip; when this resolves no display plays it any more. @throws LoopError CLIP_NOT_FOUND, STORAGE_FULL, STORAGE_READ_ONLY */
  async removeClip(slug: string): Promise<void> {
    await this.store.removeClip(slug);
    await Promise.all([...this.#sessions.values()].map((session) => session.followLoop()));
  }

  /** Shows pictures over the playlist, one after the other, for `seconds`, or until something else is asked for. */
  showPictures(
    display: string | undefined,
    pictures: readonly ShownPicture[],
    seconds: number | null,
    { signal }: { signal: AbortSignal },
  ): Promise<State> {
    return this.#session(display).command({ kind: 'show_pictures', pictures, seconds }, { signal });
  }

  /** A copy of what the display holds, as a person sees it. */
  glass(display?: string): Picture {
    return this.#session(display).player.glass();
  }

  /** Rises with every frame presented. */
  glassVersion(display?: string): number {
    return this.#session(display).player.glassVersion();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const session of this.#sessions.values()) await session.save();
    await this.#resources.disposeAsync();
  }

  #session(id: string | undefined): DisplaySession {
    const session = id === undefined ? this.#sessions.values().next().value : this.#sessions.get(id);
    if (session === undefined) {
      const known = [...this.#sessions.keys()].join(', ');
      throw new LoopError('DISPLAY_NOT_FOUND', `There is no display "${id}"; there are: ${known}. Name one of those.`);
    }
    return session;
  }
}

/**
 * Opens everything and joins it: the store's changes reach the players, what the players say reaches the listeners.
 * Hardware that is missing does not keep it from opening; the display says so in its status.
 * @throws LoopError STORAGE_READ_ONLY, STORAGE_FULL
 */
export async function openEngine({
  options,
  folder,
  log,
  signal,
}: {
  options: Options;
  folder: string;
  log: Log;
  signal: AbortSignal;
}): Promise<Engine> {
  await using resources = new AsyncDisposableStack();
  const isFirstStart = !existsSync(join(folder, 'loop.sqlite')) && !existsSync(join(folder, 'media'));
  const [version, ...players] = await Promise.all([
    ffmpegVersion({ signal }),
    ...options.displays.map(async (display) =>
      resources.use(await openPlayer({ display, settings: options.display, media: options.media, log, signal })),
    ),
  ]);
  const geometries = players.map((player) => player.geometry);
  const first = geometries[0];
  if (first === undefined)
    throw new LoopError('OPTIONS_INVALID', 'No display is configured; LOOP needs one. Add one to displays.');
  const store = resources.use(await openStore({ folder, media: options.media, geometry: first, log, signal }));
  const uploads = resources.use(await openUploads({ store, folder, options, geometries, log, signal }));
  const sessions = new Map(
    options.displays.map((display, i) => [
      display.id,
      new DisplaySession(display, players[i] as (typeof players)[number], store, options.media),
    ]),
  );
  const engine = new Engine(store, uploads, sessions, { ffmpegVersion: version, isFirstStart }, resources.move());
  joinStore(engine, sessions, log);
  joinUploads(engine, sessions, options.display.show_progress);
  for (const session of sessions.values()) {
    joinPlayer(engine, session, log);
    await session.start({ signal });
  }
  return engine;
}

function joinStore(engine: Engine, sessions: ReadonlyMap<string, DisplaySession>, log: Log): void {
  const { store } = engine;
  store.on('clip_added', (clip) => {
    log.info('clip_added', `${clip.title} was added`, { slug: clip.slug, type: clip.type });
    engine.emit('clip_added', clip);
  });
  store.on('clip_changed', (clip) => {
    engine.emit('clip_changed', clip);
    for (const session of sessions.values()) void session.followLoop();
  });
  store.on('clip_removed', (removed) => {
    log.info('clip_removed', `${removed.slug} was deleted`, { slug: removed.slug });
    engine.emit('clip_removed', removed);
  });
  store.on('loop_changed', (loop) => {
    engine.emit('loop_changed', loop);
    for (const session of sessions.values()) void session.followLoop();
  });
}

function joinPlayer(engine: Engine, session: DisplaySession, log: Log): void {
  const { player } = session;
  player.on('report', () => engine.emit('playback_changed', session.playback()));
  const tellStatus = () => {
    const { state, code, message } = player.status();
    if (state === 'fault')
      log.warn('display_fault', message ?? 'The display has a fault.', { display: session.id, code });
    else log.info('display_ok', `The display ${session.id} shows its picture`, { display: session.id });
  };
  if (player.status().state === 'fault') tellStatus();
  player.on('status', () => {
    tellStatus();
    engine.emit('display_changed', session.display());
  });
  player.on('light', () => engine.emit('display_changed', session.display()));
  player.on('played', ({ slug }) => engine.store.countPlay(slug));
  player.on('problem', ({ slug, error }) => {
    log.warn('clip_skipped', `${slug} cannot be played and is skipped: ${error.message}`, { slug, code: error.code });
    engine.emit('notice', { code: error.code, message: `${slug}: ${error.message}` });
  });
}

/** Tells how uploads go on, to listeners and, where that is wanted, on every panel. */
function joinUploads(engine: Engine, sessions: ReadonlyMap<string, DisplaySession>, onPanel: boolean): void {
  const bar = new PanelProgress((fraction) => {
    for (const { player } of sessions.values()) {
      void player.command({ kind: 'progress', fraction }, { signal: AbortSignal.timeout(5000) }).catch(() => {});
    }
  });
  engine.uploads.on('progress', (progress) => {
    engine.emit('upload_progress', progress);
    if (onPanel) bar.take(progress);
  });
}
