import type { Options } from '../../contract/config.ts';
import type { PlaybackMode } from '../../contract/domain.ts';
import { LoopError } from '../../format/errors.ts';
import type { Output } from '../panel/output.ts';
import type { FrameSource } from '../source/frame-source.ts';
import { openPictures } from '../source/pictures-source.ts';
import { CallQueue } from './call-queue.ts';
import { ClipShelf, playUs } from './clip-shelf.ts';
import { PanelCare } from './panel-care.ts';
import {
  type PlayerCall,
  type PlayerItem,
  type PlayerNews,
  type PlayerReport,
  type PlayerStart,
  sendError,
} from './player-protocol.ts';
import { Presenter } from './presenter.ts';
import { type Ready, Reel, type ReelItem } from './reel.ts';
import { type Clock, judge, Scheduler } from './scheduler.ts';
import type { StatusBlock } from './status-block.ts';
import { Telemetry, type Told } from './telemetry.ts';
import {
  activate,
  next,
  pause,
  place,
  previous,
  replaceItems,
  resume,
  setMode,
  type TimelineState,
} from './timeline.ts';

/** What stands over the playlist. */
interface Overlay {
  readonly kind: 'clip' | 'picture';
  readonly reel: Reel;
  readonly untilUs: number;
  /** The same on the wall clock, null = until it is cleared. */
  readonly untilMs: number | null;
  /** The playlist's picture, to come back to at once; undefined when none was on. */
  readonly covered: Uint16Array | undefined;
}

/**
 * A display's player without its thread: runs the timeline, decodes ahead, presents each frame at its time, and carries out calls between frames.
 * Lives in player.worker.ts; benches run it on the main thread to compare.
 */
export class Playout {
  readonly #output: Output;
  readonly #presenter: Presenter;
  readonly #scheduler: Scheduler;
  readonly #telemetry: Telemetry;
  readonly #shelf: ClipShelf;
  readonly #media: Options['media'];
  readonly #tell: (news: PlayerNews) => void;
  readonly #life = new AbortController();
  readonly #calls = new CallQueue();
  readonly #care: PanelCare;
  #given: readonly PlayerItem[] = [];
  #playlist: Reel;
  #overlay: Overlay | undefined;
  #isPlaying = false;
  #isBlack = true;
  #shownAtUs = Number.NEGATIVE_INFINITY;
  /** Calls that may have brought it where time alone does not: each is worth a report. */
  #moves = 0;

  constructor(options: {
    output: Output;
    status: StatusBlock;
    media: Options['media'];
    clock: Clock;
    tell: (news: PlayerNews) => void;
  }) {
    this.#output = options.output;
    this.#presenter = new Presenter(options.output);
    this.#scheduler = new Scheduler(options.clock);
    this.#telemetry = new Telemetry(options.output, options.status, options.tell);
    this.#shelf = new ClipShelf({
      geometry: options.output.geometry,
      media: options.media,
      signal: this.#life.signal,
      onBroken: (slug, error) => this.#tellProblem(slug, error),
    });
    this.#media = options.media;
    this.#tell = options.tell;
    this.#care = new PanelCare(options.output, options.clock.nowUs());
    this.#playlist = this.#reelOf([], this.#stateOf({ mode: 'loop_all', playing: false, seed: 0 }));
    this.#publish();
  }

  /** Carries out a call as soon as the frame in work is out; resolves when what it asks for is true. */
  call(call: PlayerCall): Promise<void> {
    const done = this.#calls.add(call);
    this.#scheduler.wake();
    return done;
  }

  /** Plays until `signal` is aborted; then everything is closed but the output, which stays the caller's. */
  async run({ signal }: { signal: AbortSignal }): Promise<void> {
    signal.addEventListener('abort', () => this.#scheduler.wake(), { once: true });
    const stopStatus = this.#output.onStatus(() => this.#publish());
    const timer = setInterval(() => this.#sample(), 1000);
    try {
      while (!signal.aborted) {
        await this.#calls.answerNext((call) => this.#carryOut(call));
        // Each call is followed by the frame that is due, so that many calls do not stop the picture.
        if (!this.#calls.isEmpty) this.#scheduler.wake();
        await this.#step({ signal });
      }
    } finally {
      clearInterval(timer);
      stopStatus();
      this.#life.abort(new LoopError('ABORTED', 'The player was closed.'));
      await this.#overlay?.reel[Symbol.asyncDispose]();
      await this.#playlist[Symbol.asyncDispose]();
    }
  }

  /** One frame: decode it, wait for its time, present it. Ends early when a call comes. */
  async #step({ signal }: { signal: AbortSignal }): Promise<void> {
    if (this.#overlay && this.#scheduler.nowUs() >= this.#overlay.untilUs) return this.#endOverlay();
    const reel = this.#overlay?.reel ?? this.#playlist;
    if (reel.on === undefined && (await this.#begin(reel))) return;
    const ready = await this.#scheduler.unlessWoken(reel.prepare());
    const alarmUs = Math.min(this.#overlay?.untilUs ?? Infinity, this.#care.latestUs);
    const dueUs = ready?.dueUs ?? Infinity;
    if ((await this.#scheduler.wait(Math.min(dueUs, alarmUs))) === 'woken') return;
    if (ready && dueUs <= alarmUs) await this.#due(reel, ready);
    this.#care.attend(this.#scheduler.nowUs(), { isPlayStart: ready?.frame.index === 0, signal });
  }

  /** Shows what should be on but is not: at the start, and after the item that was on has gone. False when there is nothing to show. */
  async #begin(reel: Reel): Promise<boolean> {
    const ready = reel.items.length > 0 ? await reel.cue((state) => state, { hold: true, skip: true }) : undefined;
    if (ready) this.#show(reel, ready);
    else if (reel === this.#overlay?.reel) await this.#endOverlay();
    else {
      this.#blacken();
      return false;
    }
    return true;
  }

  #blacken(): void {
    if (this.#isBlack) return;
    this.#presenter.black();
    this.#isBlack = true;
    this.#publish();
  }

  async #due(reel: Reel, ready: Ready): Promise<void> {
    const verdict = judge({
      nowUs: this.#scheduler.nowUs(),
      dueUs: ready.dueUs,
      periodUs: ready.frame.untilUs - ready.frame.startUs,
      shownAtUs: this.#shownAtUs,
    });
    if (verdict === 'jump') return this.#jump(reel);
    this.#countPlay(reel, ready);
    if (verdict === 'show') return this.#show(reel, ready);
    reel.take(ready, { send: false });
    this.#telemetry.countDropped(1);
  }

  /** Goes to the frame that is due, by the index. Frames left out are counted where it is known how many: in the same play. */
  async #jump(reel: Reel): Promise<void> {
    const before = reel.on;
    const ready = await reel.cue((state) => state, { hold: false, skip: true });
    if (ready === undefined) return;
    const isSamePlay = ready.slot.startUs === before?.slot.startUs;
    if (isSamePlay) this.#telemetry.countDropped(Math.max(0, ready.frame.index - before.frame.index - 1));
    this.#show(reel, ready);
  }

  #show(reel: Reel, ready: Ready): void {
    const before = reel.presented;
    const rectangles = reel.take(ready, { send: true });
    const nowUs = this.#scheduler.nowUs();
    this.#presenter.present(ready.source.pixels, rectangles);
    this.#isBlack = false;
    this.#shownAtUs = nowUs;
    this.#telemetry.countShown(ready.source, nowUs - ready.dueUs, ready.frame.untilUs - ready.frame.startUs);
    this.#publish({ isSameItem: before?.item.id === ready.item.id });
  }

  async #carryOut(call: PlayerCall): Promise<void> {
    if (call.kind !== 'progress' && call.kind !== 'set_light') this.#moves++;
    await this.#obey(call);
    this.#publish();
  }

  async #obey(call: PlayerCall): Promise<void> {
    const reel = this.#playlist;
    const nowUs = this.#scheduler.nowUs();
    switch (call.kind) {
      case 'load':
        return this.#load(call.items, call.start);
      case 'replace_items':
        return this.#replaceItems(call.items);
      case 'activate':
        this.#checkItem(call.itemId);
        return this.#go((state, atUs) => activate(state, reel.items, atUs, call.itemId), { skip: false });
      case 'next':
        return this.#go((state, atUs) => next(state, reel.items, atUs), { skip: true });
      case 'previous':
        return this.#go((state, atUs) => previous(state, reel.items, atUs), { skip: true });
      case 'play':
        if (reel.items.length === 0) throw nothingToPlay();
        this.#isPlaying = true;
        if (!this.#overlay) reel.setClock((state) => resume(state, nowUs));
        return;
      case 'pause':
        this.#isPlaying = false;
        return reel.setClock((state) => pause(state, nowUs));
      case 'set_mode':
        return reel.rearrange((state, atUs) => setMode(state, reel.items, atUs, call.mode), reel.items);
      case 'show_clip':
        return this.#cover('clip', call.slug, await this.#shelf.open(call.path), call.seconds);
      case 'show_pictures':
        return this.#cover('picture', '', openPictures(call.pictures, this.#output.geometry), call.seconds);
      case 'clear_overlay':
        if (this.#overlay) await this.#endOverlay();
        return;
      case 'set_light':
        return this.#output.setLight(call.on, call.brightness);
      case 'progress':
        return this.#presenter.setProgress(call.fraction);
      case 'reload':
        return this.#reload();
    }
  }

  async #load(given: readonly PlayerItem[], start: PlayerStart): Promise<void> {
    const items = await this.#shelf.resolve(given, this.#playlist.items);
    const nowUs = this.#scheduler.nowUs();
    const state = this.#stateOf(start);
    const isThere = items.some(({ id }) => id === start.itemId);
    const placed = isThere ? place(state, items, nowUs, start.itemId as string, start.positionUs) : state;
    const before = this.#playlist;
    this.#given = given;
    this.#isPlaying = start.playing;
    this.#playlist = this.#reelOf(items, placed);
    await before[Symbol.asyncDispose]();
    if (!this.#overlay) await this.#begin(this.#playlist);
  }

  async #replaceItems(given: readonly PlayerItem[]): Promise<void> {
    const items = await this.#shelf.resolve(given, this.#playlist.items);
    const reel = this.#playlist;
    this.#given = given;
    reel.rearrange((state, nowUs) => replaceItems(state, reel.items, items, nowUs), items);
    if (!this.#overlay && reel.on === undefined) await this.#begin(reel);
  }

  /** Everything anew: the clips, also those that were left out, and the panel's settings. */
  async #reload(): Promise<void> {
    await this.#replaceItems(this.#given);
    this.#care.hurry();
    this.#playlist.close();
    if (!this.#overlay) await this.#begin(this.#playlist);
  }

  /** Another item of the playlist, now. What stood over it is gone, and it plays. */
  async #go(move: (state: TimelineState, nowUs: number) => TimelineState, { skip }: { skip: boolean }): Promise<void> {
    const ready = await this.#playlist.cue(move, { hold: true, skip });
    if (ready === undefined) throw nothingToPlay();
    this.#isPlaying = true;
    await this.#dropOverlay();
    this.#show(this.#playlist, ready);
  }

  /** Shows a source over the playlist, whose clock stands still meanwhile. */
  async #cover(kind: Overlay['kind'], slug: string, source: FrameSource, seconds: number | null): Promise<void> {
    const beganUs = this.#scheduler.nowUs();
    const item = { id: 'overlay', slug, path: '', version: undefined, durationUs: playUs(source.durationUs), plays: 1 };
    const reel = this.#reelOf([item], this.#stateOf({ mode: 'loop_one', playing: true, seed: 0 }), async () => source);
    const ready = await reel.cue((state) => state, { hold: true, skip: false });
    const isOnTop = this.#overlay === undefined && this.#playlist.on !== undefined;
    const covered = isOnTop ? this.#presenter.snapshot() : this.#overlay?.covered;
    this.#playlist.setClock((state) => pause(state, beganUs));
    await this.#overlay?.reel[Symbol.asyncDispose]();
    const lengthUs = seconds === null ? Infinity : seconds * 1_000_000;
    const untilMs = seconds === null ? null : Date.now() + Math.round(seconds * 1000);
    this.#overlay = { kind, reel, untilUs: this.#scheduler.nowUs() + lengthUs, untilMs, covered };
    this.#show(reel, ready as Ready);
  }

  /** Back to the playlist, where it was; its picture is on the glass at once. */
  async #endOverlay(): Promise<void> {
    const covered = this.#overlay?.covered;
    await this.#dropOverlay();
    if (this.#isPlaying) this.#playlist.setClock((state) => resume(state, this.#scheduler.nowUs()));
    if (covered && this.#playlist.on) this.#presenter.present(covered, [{ x: 0, y: 0, ...this.#output.geometry }]);
    else await this.#begin(this.#playlist);
    this.#publish();
  }

  async #dropOverlay(): Promise<void> {
    const overlay = this.#overlay;
    this.#overlay = undefined;
    await overlay?.reel[Symbol.asyncDispose]();
  }

  #reelOf(items: readonly ReelItem[], state: TimelineState, open?: () => Promise<FrameSource>): Reel {
    return new Reel({
      items,
      state,
      open: open ?? ((item) => this.#shelf.open(item.path)),
      nowUs: () => this.#scheduler.nowUs(),
      onBroken: ({ slug }, error) => this.#tellProblem(slug, error),
    });
  }

  #stateOf({ mode, playing, seed }: { mode: PlaybackMode; playing: boolean; seed: number }): TimelineState {
    const epochUs = this.#scheduler.nowUs();
    const autoAdvance = this.#media.auto_advance_enabled;
    return { seed, mode, autoAdvance, epochUs, pausedAtUs: playing ? null : epochUs, itemId: null };
  }

  #checkItem(itemId: string): void {
    if (this.#playlist.items.some(({ id }) => id === itemId)) return;
    const message = `The loop has no item ${itemId} that can be played. Ask GET /api/loop for the items there are.`;
    throw new LoopError('ITEM_NOT_FOUND', message);
  }

  /** A play that ends by itself is told. */
  #countPlay(reel: Reel, { slot }: Ready): void {
    const before = reel.on;
    if (before && before.item.slug !== '' && slot.startUs !== before.slot.startUs) {
      this.#tell({ kind: 'played', slug: before.item.slug });
    }
  }

  #tellProblem(slug: string, error: unknown): void {
    this.#tell({ kind: 'problem', slug, error: sendError(error) });
  }

  #sample(): void {
    this.#telemetry.sample(this.#scheduler.nowUs());
    this.#publish();
  }

  #publish({ isSameItem = false }: { isSameItem?: boolean } = {}): void {
    const below = this.#playlist.presented;
    const presented = this.#overlay ? this.#overlay.reel.presented : below;
    const position = {
      positionUs: presented?.frame.startUs ?? 0,
      playsLeft: presented?.slot.playsLeft ?? 0,
      playlistPositionUs: below?.frame.startUs ?? 0,
    };
    const words: Told['words'] = {
      playing: this.#isPlaying,
      mode: this.#playlist.state.mode,
      itemId: this.#overlay ? null : (presented?.item.id ?? null),
      slug: presented?.item.slug || null,
      overlay: this.#overlayReport(),
      playlistItemId: below?.item.id ?? null,
    };
    this.#telemetry.publish(isSameItem ? position : { ...position, words, moves: this.#moves });
  }

  #overlayReport(): PlayerReport['overlay'] {
    if (this.#overlay) return { kind: this.#overlay.kind, untilMs: this.#overlay.untilMs };
    return this.#presenter.fraction === null ? null : { kind: 'progress', untilMs: null };
  }
}

function nothingToPlay(): LoopError {
  return new LoopError(
    'NOTHING_TO_PLAY',
    'The loop has no clip that can be played; there must be one. Upload something, or add a clip to the loop.',
  );
}
