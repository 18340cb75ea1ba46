import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import {
  activate,
  at,
  next,
  pause,
  place,
  previous,
  replaceItems,
  resume,
  type Slot,
  setMode,
  type TimelineItem,
  type TimelineState,
} from '../../../engine/player/timeline.ts';
import { TimelineModel } from './timeline-model.ts';

const fresh: TimelineState = {
  seed: 1,
  mode: 'loop_all',
  autoAdvance: true,
  epochUs: 0,
  pausedAtUs: null,
  itemId: null,
};

const someItems = fc.uniqueArray(
  fc.record({
    id: fc.constantFrom(...'abcdefghij').map((letter) => `item_${letter}`),
    durationUs: fc.integer({ min: 1, max: 5000 }),
    plays: fc.integer({ min: 1, max: 4 }),
  }),
  { minLength: 1, maxLength: 8, selector: (item) => item.id },
);
const someTime = fc.integer({ min: 0, max: 20_000 });

const someMove = fc.oneof(
  fc.record({ kind: fc.constant('pass' as const), us: someTime }),
  fc.record({ kind: fc.constantFrom('next' as const, 'previous' as const, 'pause' as const, 'resume' as const) }),
  fc.record({ kind: fc.constant('activate' as const), index: fc.nat(7) }),
  fc.record({
    kind: fc.constant('set_mode' as const),
    mode: fc.constantFrom('loop_all' as const, 'loop_one' as const),
  }),
  fc.record({ kind: fc.constant('replace' as const), items: someItems }),
);
type Move = typeof someMove extends fc.Arbitrary<infer Value> ? Value : never;

/** A timeline and its model, told the same. */
class Pair {
  readonly model: TimelineModel;
  items: readonly TimelineItem[];
  state: TimelineState;
  nowUs: number;

  constructor(items: readonly TimelineItem[], autoAdvance: boolean, nowUs: number) {
    this.model = new TimelineModel(items, !autoAdvance);
    this.items = items;
    this.nowUs = nowUs;
    this.state = { ...fresh, autoAdvance, epochUs: nowUs };
  }

  make(move: Move): void {
    const { model, items, nowUs } = this;
    switch (move.kind) {
      case 'pass':
        this.nowUs += move.us;
        model.pass(move.us);
        return;
      case 'next':
        this.state = next(this.state, items, nowUs);
        model.begin(model.index + 1);
        return;
      case 'previous':
        this.state = previous(this.state, items, nowUs);
        model.begin(model.index - 1);
        return;
      case 'pause':
        this.state = pause(this.state, nowUs);
        model.isPaused = true;
        return;
      case 'resume':
        this.state = resume(this.state, nowUs);
        model.isPaused = false;
        return;
      case 'activate':
        this.state = activate(this.state, items, nowUs, items[move.index % items.length]?.id ?? '');
        model.begin(move.index);
        return;
      case 'set_mode':
        this.state = setMode(this.state, items, nowUs, move.mode);
        model.stays = move.mode === 'loop_one' || !this.state.autoAdvance;
        return;
      case 'replace':
        this.state = replaceItems(this.state, items, move.items, nowUs);
        this.items = move.items;
        model.replace(move.items);
    }
  }

  check(): void {
    const { model, nowUs } = this;
    const slot = at(this.state, this.items, nowUs);
    const { itemId, index, play, playsLeft, positionUs, startUs, untilUs } = slot as Slot;
    assert.deepEqual(
      { itemId, index, play, playsLeft, positionUs },
      {
        itemId: model.item.id,
        index: model.index,
        play: model.play,
        playsLeft: model.item.plays - model.play,
        positionUs: model.positionUs,
      },
    );
    assert.equal(untilUs - startUs, model.item.durationUs);
    if (!model.isPaused) assert.equal(startUs, nowUs - positionUs);
  }
}

test('at every instant and after every move the timeline says what walking play by play says', () => {
  fc.assert(
    fc.property(
      someItems,
      fc.boolean(),
      someTime,
      fc.array(someMove, { maxLength: 30 }),
      (items, advance, now, moves) => {
        const pair = new Pair(items, advance, now);
        pair.check();
        for (const move of moves) {
          pair.make(move);
          pair.check();
        }
      },
    ),
    { numRuns: 500 },
  );
});

/** Item ids one turn after the other, walked play by play from `nowUs`. */
function turns(state: TimelineState, items: readonly TimelineItem[], nowUs: number, count: number): string[] {
  const ids: string[] = [];
  for (let us = nowUs; ids.length < count; ) {
    const slot = at(state, items, us) as Slot;
    assert.equal(at(state, items, slot.untilUs - 1)?.itemId, slot.itemId);
    if (slot.play === 0) ids.push(slot.itemId);
    us = slot.untilUs;
  }
  return ids;
}

const someSeed = fc.integer({ min: 0, max: 0xffff_ffff });

test('shuffled, every item is on once a round, and never twice in a row where there are two or more', () => {
  fc.assert(
    fc.property(someItems, someSeed, someTime, (items, seed, nowUs) => {
      const state = { ...fresh, mode: 'shuffle' as const, seed, epochUs: nowUs };
      const ids = turns(state, items, nowUs, items.length * 6);
      for (let round = 0; round < 6; round++) {
        const once = ids.slice(round * items.length, (round + 1) * items.length);
        assert.equal(new Set(once).size, items.length);
      }
      if (items.length > 1) assert.ok(ids.every((id, i) => id !== ids[i - 1]));
    }),
  );
});

test('rounds of a shuffled list differ, and so do seeds', () => {
  const items = [...'abcdefgh'].map((id) => ({ id, durationUs: 10, plays: 1 }));
  const order = (seed: number) => turns({ ...fresh, mode: 'shuffle', seed }, items, 0, 8).join('');
  const rounds = turns({ ...fresh, mode: 'shuffle' }, items, 0, 80)
    .join('')
    .match(/.{8}/g);
  assert.ok(new Set(rounds).size > 8);
  assert.ok(new Set([1, 2, 3, 4, 5].map(order)).size > 3);
  assert.equal(order(1), order(1));
});

test('turning shuffle on keeps item and position; all others follow before the item comes again', () => {
  fc.assert(
    fc.property(someItems, someSeed, someTime, (items, seed, nowUs) => {
      const before = at({ ...fresh, seed }, items, nowUs) as Slot;
      const state = setMode({ ...fresh, seed }, items, nowUs, 'shuffle');
      const after = at(state, items, nowUs) as Slot;
      assert.deepEqual([after.itemId, after.play, after.positionUs], [before.itemId, before.play, before.positionUs]);
      const turnEndUs = after.startUs + (after.untilUs - after.startUs) * after.playsLeft;
      if (items.length > 2) assert.ok(!turns(state, items, turnEndUs, items.length - 1).includes(before.itemId));
    }),
  );
});

test('shuffled, previous leads back along the way that next went, over the ends of rounds too', () => {
  fc.assert(
    fc.property(someItems, someSeed, fc.integer({ min: 1, max: 25 }), (items, seed, steps) => {
      let state: TimelineState = { ...fresh, mode: 'shuffle', seed };
      const way: (string | undefined)[] = [at(state, items, 0)?.itemId];
      for (let i = 1; i <= steps; i++) {
        state = next(state, items, 0);
        way.push(at(state, items, 0)?.itemId);
      }
      for (let i = steps - 1; i >= 0; i--) {
        state = previous(state, items, 0);
        assert.equal(at(state, items, 0)?.itemId, way[i]);
      }
    }),
  );
});

test('shuffled, an item that comes or goes keeps the one that is on where it is', () => {
  fc.assert(
    fc.property(someItems, someItems, someSeed, someTime, (before, after, seed, nowUs) => {
      const state = { ...fresh, mode: 'shuffle' as const, seed };
      const was = at(state, before, nowUs) as Slot;
      const item = before[was.index] as TimelineItem;
      const kept = [...after.filter(({ id }) => id !== item.id), item];
      const is = at(replaceItems(state, before, kept, nowUs), kept, nowUs) as Slot;
      assert.deepEqual([is.itemId, is.play, is.positionUs], [was.itemId, was.play, was.positionUs]);
    }),
  );
});

test('a place given by item and time is where it begins, in every mode', () => {
  fc.assert(
    fc.property(
      someItems,
      fc.constantFrom('loop_all' as const, 'loop_one' as const, 'shuffle' as const),
      fc.boolean(),
      fc.nat(7),
      (items, mode, autoAdvance, pick) => {
        const item = items[pick % items.length] as TimelineItem;
        const withinUs = Math.floor((item.durationUs * item.plays) / 2);
        const slot = at(place({ ...fresh, mode, autoAdvance }, items, 77, item.id, withinUs), items, 77) as Slot;
        assert.equal(slot.itemId, item.id);
        assert.equal(slot.play * item.durationUs + slot.positionUs, withinUs);
      },
    ),
  );
});

test('an empty list has nothing on, and moves leave it so', () => {
  const moved = [next, previous].map((move) => move(fresh, [], 5));
  for (const state of [fresh, ...moved, activate(fresh, [], 5, 'item_a'), setMode(fresh, [], 5, 'shuffle')]) {
    assert.equal(at(state, [], 10), undefined);
  }
});

test('a list that was empty begins with its first item when something comes', () => {
  const items = [{ id: 'item_a', durationUs: 10, plays: 2 }];
  const slot = at(replaceItems(fresh, [], items, 1234), items, 1234);
  assert.deepEqual([slot?.itemId, slot?.play, slot?.positionUs], ['item_a', 0, 0]);
});
