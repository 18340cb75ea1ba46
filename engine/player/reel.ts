import { mergeRectangles } from '../../format/damage.ts';
import type { LoopError } from '../../format/errors.ts';
import type { Rectangle } from '../../format/frame.ts';
import type { FrameSource, SourceFrame } from '../source/frame-source.ts';
import { at, delayed, replaceItems, type Slot, type TimelineItem, type TimelineState } from './timeline.ts';

/** An item with what is needed to open it. */
export interface ReelItem extends TimelineItem {
  readonly slug: string;
  /** The `.loop` file and its version; others are another picture. */
  readonly path: string;
  readonly version: number | undefined;
}

/** A frame that is decoded and waits for its time. */
export interface Ready extends Presented {
  readonly dueUs: number;
  readonly source: FrameSource;
}

/** A frame and its place in the timeline. */
interface Presented {
  readonly item: ReelItem;
  readonly slot: Slot;
  readonly frame: SourceFrame;
}

/** What is on: the item, its source, the play, and the frame taken last. */
interface Track {
  readonly source: FrameSource;
  item: ReelItem;
  slot: Slot;
  frame: SourceFrame;
  /** The frame after it, when it is in `source.pixels` already. */
  ahead: SourceFrame | undefined;
  /** The last of the source's calls, which are made one after the other. */
  work: Promise<unknown>;
}

/** The next item, opened before its time, with its first frame. */
interface Upcoming {
  readonly item: ReelItem;
  readonly opened: Promise<{ source: FrameSource; frame: SourceFrame }>;
}

/** Least rectangles are merged to while frames are dropped; as format/damage.ts has it for one frame. */
const MERGING = { cost: 200, most: 16 };

/**
 * A timeline with open sources: says which frame follows and when, and has it decoded before. It holds at most two sources,
 * and two chunks in all: the next item is opened when nothing more of the present one has to be read.
 * An item that cannot be opened or read leaves the list.
 */
export class Reel implements AsyncDisposable {
  readonly #open: (item: ReelItem) => Promise<FrameSource>;
  readonly #nowUs: () => number;
  readonly #onBroken: (item: ReelItem, error: LoopError) => void;
  readonly #closing = new Set<Promise<void>>();
  #items: readonly ReelItem[];
  #state: TimelineState;
  #track: Track | undefined;
  #upcoming: Upcoming | undefined;
  /** Where the glass differs from the source's picture, because frames were dropped, and what it shows since. */
  #dirty: readonly Rectangle[] = [];
  #behind: Presented | undefined;
  /** Rises with every `cue` and `prepare`: only the latest goes on. */
  #turn = 0;

  constructor(options: {
    items: readonly ReelItem[];
    state: TimelineState;
    open: (item: ReelItem) => Promise<FrameSource>;
    nowUs: () => number;
    onBroken: (item: ReelItem, error: LoopError) => void;
  }) {
    this.#items = options.items;
    this.#state = options.state;
    this.#open = options.open;
    this.#nowUs = options.nowUs;
    this.#onBroken = options.onBroken;
  }

  get items(): readonly ReelItem[] {
    return this.#items;
  }

  get state(): TimelineState {
    return this.#state;
  }

  /** What is on; undefined before the first frame, and after the item that was on has gone. */
  get on(): Presented | undefined {
    return this.#track;
  }

  /** What is on the glass: what is on, or an older frame where frames were dropped since. */
  get presented(): Presented | undefined {
    return this.#behind ?? this.#track;
  }

  /** Stops or starts the clock. */
  setClock(change: (state: TimelineState) => TimelineState): void {
    const before = this.#state;
    this.#state = change(before);
    if (this.#track) this.#track.slot = shifted(this.#track.slot, this.#state.epochUs - before.epochUs);
  }

  /** Changes order or list; the item that is on goes on where it is, while it is in the list with the same path. */
  rearrange(change: (state: TimelineState, nowUs: number) => TimelineState, items: readonly ReelItem[]): void {
    const nowUs = this.#nowUs();
    const before = at(this.#state, this.#items, nowUs);
    this.#state = change(this.#state, nowUs);
    this.#items = items;
    const track = this.#track;
    const slot = at(this.#state, items, nowUs);
    if (track === undefined) return;
    const item = items.find(({ id }) => id === track.item.id);
    if (slot?.itemId !== track.item.id || !item || !isSameFile(item, track.item)) {
      this.#leave(track);
      return;
    }
    track.item = item;
    // Between two plays the clock may be in the next one while the last frame of this one is on the glass.
    const isBehind = before !== undefined && before.startUs >= track.slot.untilUs;
    track.slot = isBehind ? shifted(slot, -item.durationUs) : slot;
  }

  /**
   * Opens what is on after `move`, where it is then, to be taken at once. `hold` keeps the clock until it is there.
   * An item that is broken leaves the list; `skip`: what follows is tried, else that is thrown.
   * Undefined when nothing is left.
   */
  async cue(
    move: (state: TimelineState, nowUs: number) => TimelineState,
    { hold, skip }: { hold: boolean; skip: boolean },
  ): Promise<Ready | undefined> {
    this.#turn++;
    for (;;) {
      const beganUs = this.#nowUs();
      const state = move(this.#state, beganUs);
      const slot = at(state, this.#items, beganUs);
      const item = slot && this.#items[slot.index];
      if (!item) return undefined;
      try {
        const { source, frame } = await this.#find(item, slot.positionUs);
        const heldUs = hold && state.pausedAtUs === null ? this.#nowUs() - beganUs : 0;
        this.#state = delayed(state, heldUs);
        return { dueUs: this.#nowUs(), item, source, slot: shifted(slot, heldUs), frame };
      } catch (error) {
        this.#drop(item, error);
        if (!skip) throw error;
      }
    }
  }

  /**
   * Decodes what follows the frame that is on; undefined while the clock is stopped, or when nothing is on.
   * Nobody has to wait for it: the next call takes over what was decoded.
   */
  async prepare(): Promise<Ready | undefined> {
    const turn = ++this.#turn;
    while (turn === this.#turn) {
      const track = this.#track;
      const plan = track && this.#plan(track);
      if (!plan) return undefined;
      const { slot, startUs } = plan;
      const dueUs = slot.startUs + startUs;
      const item = this.#items[slot.index] as ReelItem;
      try {
        if (item.id !== track.item.id) {
          const { source, frame } = await this.#upcomingOf(item).opened;
          return { dueUs, item, source, slot, frame };
        }
        const frame = await this.#decodeAhead(track, startUs, turn);
        this.#lookAhead(track);
        return frame && { dueUs, item, source: track.source, slot, frame };
      } catch (error) {
        if (turn === this.#turn) this.#drop(item, error);
      }
    }
    return undefined;
  }

  /**
   * Makes a frame the one that is on, and says which rectangles bring the glass there. `send: false` keeps them for the
   * next one: the frame is dropped.
   */
  take({ item, source, slot, frame }: Ready, { send }: { send: boolean }): readonly Rectangle[] {
    const before = this.#track;
    this.#behind = send ? undefined : (this.#behind ?? (before && { ...before }));
    if (before?.source === source) Object.assign(before, { item, slot, frame, ahead: undefined });
    else {
      this.#upcoming = undefined;
      this.#track = { item, source, slot, frame, ahead: undefined, work: Promise.resolve() };
      if (before) this.#close(before.source);
    }
    const rectangles =
      this.#dirty.length === 0 ? frame.rectangles : mergeRectangles([...this.#dirty, ...frame.rectangles], MERGING);
    this.#dirty = send ? [] : rectangles;
    return rectangles;
  }

  /** Closes what is on; it begins anew where it is by `cue`. */
  close(): void {
    if (this.#track) this.#leave(this.#track);
    this.#forgetUpcoming();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.close();
    await Promise.all(this.#closing);
  }

  /** The time within a play and the play of the frame that follows. */
  #plan({ slot, frame }: Track): { slot: Slot; startUs: number } | undefined {
    if (this.#state.pausedAtUs !== null) return undefined;
    const isOver = frame.isLast || slot.startUs + frame.untilUs >= slot.untilUs;
    if (!isOver) return { slot, startUs: frame.untilUs };
    const following = at(this.#state, this.#items, slot.untilUs);
    return following && { slot: following, startUs: 0 };
  }

  #decodeAhead(track: Track, startUs: number, turn: number): Promise<SourceFrame | undefined> {
    return inTurn(track, async () => {
      if (turn !== this.#turn || track.ahead?.startUs === startUs) return track.ahead;
      const { source, frame } = track;
      const isNext = track.ahead === undefined && (frame.isLast || startUs > 0);
      track.ahead = await (isNext ? source.next({ again: this.#repeats(track) }) : source.seek(startUs));
      return track.ahead;
    });
  }

  /** Whether another play of the same item follows this one. */
  #repeats(track: Track): boolean {
    return at(this.#state, this.#items, track.slot.untilUs)?.itemId === track.item.id;
  }

  #lookAhead(track: Track): void {
    if (!track.source.isReadToEnd) return;
    const following = at(this.#state, this.#items, track.slot.untilUs);
    const item = following && this.#items[following.index];
    if (item && item.id !== track.item.id) this.#upcomingOf(item);
  }

  #upcomingOf(item: ReelItem): Upcoming {
    if (this.#upcoming?.item.id === item.id && isSameFile(this.#upcoming.item, item)) return this.#upcoming;
    this.#forgetUpcoming();
    const upcoming = { item, opened: this.#begin(item, 0) };
    upcoming.opened.catch((error: unknown) => {
      if (this.#upcoming === upcoming) this.#drop(item, error);
    });
    this.#upcoming = upcoming;
    return upcoming;
  }

  /** The frame of an item at a time: from the source that is on, the one that is opened already, or a new one. */
  async #find(item: ReelItem, positionUs: number): Promise<{ source: FrameSource; frame: SourceFrame }> {
    const track = this.#track;
    if (track?.item.id === item.id) {
      const { source } = track;
      const seek = () => {
        track.ahead = undefined;
        return source.seek(positionUs);
      };
      return { source, frame: await inTurn(track, seek) };
    }
    if (positionUs === 0) return this.#upcomingOf(item).opened;
    this.#forgetUpcoming();
    return this.#begin(item, positionUs);
  }

  async #begin(item: ReelItem, positionUs: number): Promise<{ source: FrameSource; frame: SourceFrame }> {
    const source = await this.#open(item);
    try {
      return { source, frame: await source.seek(positionUs) };
    } catch (error) {
      await source[Symbol.asyncDispose]();
      throw error;
    }
  }

  #drop(item: ReelItem, error: unknown): void {
    if (!this.#items.some(({ id }) => id === item.id)) return;
    if (this.#upcoming?.item.id === item.id) this.#forgetUpcoming();
    const rest = this.#items.filter(({ id }) => id !== item.id);
    this.rearrange((state, nowUs) => replaceItems(state, this.#items, rest, nowUs), rest);
    // Sources throw LoopErrors; anything else is a fault of LOOP, told in its own words.
    this.#onBroken(item, error as LoopError);
  }

  #leave(track: Track): void {
    this.#track = undefined;
    this.#behind = undefined;
    this.#dirty = [];
    this.#close(track.source);
  }

  #forgetUpcoming(): void {
    const upcoming = this.#upcoming;
    this.#upcoming = undefined;
    if (upcoming) this.#closeLater(upcoming.opened.then(({ source }) => source[Symbol.asyncDispose]()));
  }

  #close(source: FrameSource): void {
    this.#closeLater(source[Symbol.asyncDispose]());
  }

  /** Closing goes on beside the picture; whoever disposes of the reel waits for it. */
  #closeLater(closing: PromiseLike<void>): void {
    const closed: Promise<void> = Promise.resolve(closing).then(
      () => void this.#closing.delete(closed),
      () => void this.#closing.delete(closed),
    );
    this.#closing.add(closed);
  }
}

/** Makes a call of a track's source after those before it have ended, well or not. */
function inTurn<Value>(track: Track, call: () => Promise<Value>): Promise<Value> {
  const work = track.work.then(call);
  track.work = work.catch(() => {});
  return work;
}

function isSameFile(one: ReelItem, other: ReelItem): boolean {
  return one.path === other.path && one.version === other.version;
}

function shifted(slot: Slot, byUs: number): Slot {
  return { ...slot, startUs: slot.startUs + byUs, untilUs: slot.untilUs + byUs };
}
