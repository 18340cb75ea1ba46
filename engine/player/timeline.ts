import type { PlaybackMode } from '../../contract/domain.ts';
import { roundBeginningWith, shuffled } from './shuffle.ts';

/** One entry of a playlist as time sees it. */
export interface TimelineItem {
  /** Unique in its list. */
  readonly id: string;
  /** One play, at least 1. */
  readonly durationUs: number;
  /** Plays before the next item's turn, at least 1. */
  readonly plays: number;
}

/**
 * All that playback depends on beside the items and the clock, so that everybody who holds the same state shows the same picture.
 * The moves below return a new one and leave this as it is.
 */
export interface TimelineState {
  /** Chooses the order of `shuffle`, 0 to 2^32 - 1. */
  readonly seed: number;
  readonly mode: PlaybackMode;
  /** Whether the next item follows by itself; otherwise an item repeats until another is asked for. */
  readonly autoAdvance: boolean;
  /** When round 0 began; where one item stays on, when its plays began. */
  readonly epochUs: number;
  /** When the clock was stopped, null while it runs. */
  readonly pausedAtUs: number | null;
  /** The item that stays on (`loop_one`, or no auto-advance); null: the first one. */
  readonly itemId: string | null;
}

/** What is on at an instant. */
export interface Slot {
  readonly itemId: string;
  /** Place of the item in the list. */
  readonly index: number;
  /** 0 for the first play of the item's turn. */
  readonly play: number;
  /** Plays of this turn still to come, this one counted. */
  readonly playsLeft: number;
  /** Time within this play. */
  readonly positionUs: number;
  /** When this play began and when it ends, on a clock that is not stopped. */
  readonly startUs: number;
  readonly untilUs: number;
}

/** What is on at `nowUs`; undefined when there are no items. */
export function at(state: TimelineState, items: readonly TimelineItem[], nowUs: number): Slot | undefined {
  const place = locate(state, items, nowUs);
  if (place === undefined) return undefined;
  const { item, withinUs } = place;
  const play = Math.floor(withinUs / item.durationUs);
  const positionUs = withinUs - play * item.durationUs;
  const startUs = clock(state, nowUs) - positionUs;
  return {
    itemId: item.id,
    index: items.indexOf(item),
    play,
    playsLeft: item.plays - play,
    positionUs,
    startUs,
    untilUs: startUs + item.durationUs,
  };
}

/** Puts an item on, `withinUs` into its turn (taken from the start where that is too long). Stopped stays stopped. */
export function place(
  state: TimelineState,
  items: readonly TimelineItem[],
  nowUs: number,
  itemId: string,
  withinUs = 0,
): TimelineState {
  const round = roundOf(state, items, nowUs);
  const fresh = state.mode === 'shuffle' ? roundBeginningWith(items, itemId, state.seed, round + 1) : 0;
  return placeInRound(state, items, nowUs, { itemId, withinUs, round: fresh });
}

/** Puts an item on at its beginning and lets the clock run. Shuffled, a new round begins with it. */
export function activate(
  state: TimelineState,
  items: readonly TimelineItem[],
  nowUs: number,
  itemId: string,
): TimelineState {
  return place(resume(state, nowUs), items, nowUs, itemId);
}

/** The beginning of the item after the one that is on; after the last comes the first. Lets the clock run. */
export function next(state: TimelineState, items: readonly TimelineItem[], nowUs: number): TimelineState {
  return step(state, items, nowUs, 1);
}

/** The beginning of the item before the one that is on, shuffled or not; before the first comes the last. Lets the clock run. */
export function previous(state: TimelineState, items: readonly TimelineItem[], nowUs: number): TimelineState {
  return step(state, items, nowUs, -1);
}

/** Stops the clock. */
export function pause(state: TimelineState, nowUs: number): TimelineState {
  return state.pausedAtUs === null ? { ...state, pausedAtUs: nowUs } : state;
}

/** Lets the clock run on from where it was stopped. */
export function resume(state: TimelineState, nowUs: number): TimelineState {
  if (state.pausedAtUs === null) return state;
  return { ...state, epochUs: state.epochUs + nowUs - state.pausedAtUs, pausedAtUs: null };
}

/** Everything so much later, as if the clock had stood still meanwhile. */
export function delayed(state: TimelineState, byUs: number): TimelineState {
  return { ...state, epochUs: state.epochUs + byUs };
}

/** Another mode; the item that is on goes on where it is. */
export function setMode(
  state: TimelineState,
  items: readonly TimelineItem[],
  nowUs: number,
  mode: PlaybackMode,
): TimelineState {
  const here = locate(state, items, nowUs);
  if (here === undefined || mode === state.mode) return { ...state, mode };
  return place({ ...state, mode }, items, nowUs, here.item.id, here.withinUs);
}

/**
 * Another list. The item that is on goes on where it is, in its last play where it has fewer now;
 * if it is gone, the nearest that came after it begins.
 */
export function replaceItems(
  state: TimelineState,
  before: readonly TimelineItem[],
  after: readonly TimelineItem[],
  nowUs: number,
): TimelineState {
  const here = locate(state, before, nowUs);
  if (here === undefined || after.length === 0) return { ...state, epochUs: clock(state, nowUs) };
  const following = [...here.order.slice(here.place), ...here.order.slice(0, here.place)];
  const kept = following.map(({ id }) => after.find((item) => item.id === id)).find((item) => item !== undefined);
  const item = kept ?? (after[0] as TimelineItem);
  const withinUs = item.id === here.item.id ? samePosition(here, item) : 0;
  return placeInRound(state, after, nowUs, { itemId: item.id, withinUs, round: here.round });
}

interface Place {
  readonly item: TimelineItem;
  /** Time since the first play of this turn began. */
  readonly withinUs: number;
  readonly round: number;
  readonly order: readonly TimelineItem[];
  /** Place of the item in `order`. */
  readonly place: number;
}

function locate(state: TimelineState, items: readonly TimelineItem[], nowUs: number): Place | undefined {
  const [first] = items;
  if (first === undefined) return undefined;
  const elapsedUs = clock(state, nowUs) - state.epochUs;
  if (stays(state)) {
    const order = orderOf(state, items, 0);
    const item = items.find(({ id }) => id === state.itemId) ?? first;
    const turn = turnUs(item);
    const withinUs = elapsedUs - Math.floor(elapsedUs / turn) * turn;
    return { item, withinUs, round: 0, order, place: order.indexOf(item) };
  }
  const totalUs = sum(items);
  const round = Math.floor(elapsedUs / totalUs);
  const order = orderOf(state, items, round);
  let withinUs = elapsedUs - round * totalUs;
  let place = 0;
  for (; withinUs >= turnUs(order[place] as TimelineItem); place++) withinUs -= turnUs(order[place] as TimelineItem);
  return { item: order[place] as TimelineItem, withinUs, round, order, place };
}

function placeInRound(
  state: TimelineState,
  items: readonly TimelineItem[],
  nowUs: number,
  target: { itemId: string; withinUs: number; round: number },
): TimelineState {
  const order = orderOf(state, items, target.round);
  const place = order.findIndex(({ id }) => id === target.itemId);
  const item = order[place];
  if (item === undefined) return state;
  const withinUs = target.withinUs < turnUs(item) ? target.withinUs : 0;
  const beforeUs = stays(state) ? 0 : target.round * sum(items) + sum(order.slice(0, place));
  return { ...state, epochUs: clock(state, nowUs) - beforeUs - withinUs, itemId: item.id };
}

function step(state: TimelineState, items: readonly TimelineItem[], nowUs: number, by: 1 | -1): TimelineState {
  const running = resume(state, nowUs);
  const here = locate(running, items, nowUs);
  if (here === undefined) return running;
  const place = here.place + by;
  const wraps = place < 0 || place === here.order.length;
  const round = wraps && !stays(running) ? here.round + by : here.round;
  const order = orderOf(running, items, round);
  const target = order[(place + order.length) % order.length] as TimelineItem;
  return placeInRound(running, items, nowUs, { itemId: target.id, withinUs: 0, round });
}

/** Time into the turn of `item` that keeps play and position of a place in the list before. */
function samePosition({ item: before, withinUs }: Place, item: TimelineItem): number {
  const play = Math.min(Math.floor(withinUs / before.durationUs), item.plays - 1);
  const positionUs = withinUs % before.durationUs;
  return play * item.durationUs + (positionUs < item.durationUs ? positionUs : 0);
}

const stays = (state: TimelineState) => state.mode === 'loop_one' || !state.autoAdvance;
const clock = (state: TimelineState, nowUs: number) => state.pausedAtUs ?? nowUs;
const turnUs = (item: TimelineItem) => item.durationUs * item.plays;
const sum = (items: readonly TimelineItem[]) => items.reduce((totalUs, item) => totalUs + turnUs(item), 0);

function orderOf(state: TimelineState, items: readonly TimelineItem[], round: number): readonly TimelineItem[] {
  return state.mode === 'shuffle' ? shuffled(items, state.seed, round) : items;
}

function roundOf(state: TimelineState, items: readonly TimelineItem[], nowUs: number): number {
  return locate(state, items, nowUs)?.round ?? 0;
}
