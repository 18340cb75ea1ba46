import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { type LoopList, ordered } from '../../../engine/store/loop-list.ts';
import { isLoopError } from '../../../format/errors.ts';
import { newClip, signal, storeIn, temporaryFolder } from './made-clips.ts';

const failsWith = (code: string) => (error: unknown) => isLoopError(error) && error.code === code;

async function storeWith(folder: string, titles: readonly string[]) {
  const store = await storeIn(folder);
  for (const title of titles) await store.add(await newClip(folder, title), { signal });
  return store;
}

test('a clip enters the loop once, unless it is asked for again, and where it is asked for', async () => {
  await using folder = await temporaryFolder();
  await using store = await storeWith(folder.path, ['one', 'two']);
  await assert.rejects(store.addToLoop('one'), failsWith('ALREADY_IN_LOOP'));
  await assert.rejects(store.addToLoop('nobody'), failsWith('CLIP_NOT_FOUND'));
  const { items } = await store.addToLoop('one', { again: true, position: 1, loopCount: 9 });
  assert.deepEqual(
    items.map(({ slug, loop_count }) => [slug, loop_count]),
    [
      ['one', 2],
      ['one', 9],
      ['two', 2],
    ],
  );
  assert.ok(items.every(({ id }) => id.startsWith('item_')));
});

test('the loop is ordered by ids or slugs, and keeps its order', async () => {
  await using folder = await temporaryFolder();
  let ids: string[] = [];
  {
    await using store = await storeWith(folder.path, ['one', 'two', 'three']);
    ids = store.loop().items.map(({ id }) => id);
    const { version } = store.loop();
    const { items } = await store.orderLoop(['three', ids[0] as string, 'two'], version);
    assert.deepEqual(
      items.map(({ slug }) => slug),
      ['three', 'one', 'two'],
    );
    await assert.rejects(
      store.orderLoop(['one', 'two', 'three'], version),
      (error) => isLoopError(error, 'LOOP_CHANGED') && error.details?.loop === store.loop(),
    );
    for (const order of [
      ['one', 'two'],
      ['one', 'two', 'two'],
      ['one', 'two', 'three', 'three'],
      ['one', 'two', 'nobody'],
    ]) {
      await assert.rejects(store.orderLoop(order, version + 1), failsWith('LOOP_MISMATCH'));
    }
    await store.setLoopCount(ids[1] as string, 5);
    await assert.rejects(store.setLoopCount('item_0', 5), failsWith('ITEM_NOT_FOUND'));
  }
  await using store = await storeIn(folder.path);
  assert.deepEqual(
    store.loop().items.map(({ slug, loop_count }) => [slug, loop_count]),
    [
      ['three', 2],
      ['one', 2],
      ['two', 5],
    ],
  );
  assert.deepEqual(new Set(store.loop().items.map(({ id }) => id)), new Set(ids));
});

test('items leave the loop by id, or all of a clip by its slug; the clip stays', async () => {
  await using folder = await temporaryFolder();
  await using store = await storeWith(folder.path, ['one', 'two']);
  await store.addToLoop('one', { again: true });
  const [first] = store.loop().items;
  assert.deepEqual(
    (await store.removeFromLoop(first?.id as string)).items.map(({ slug }) => slug),
    ['two', 'one'],
  );
  assert.deepEqual(
    (await store.removeFromLoop('one')).items.map(({ slug }) => slug),
    ['two'],
  );
  await assert.rejects(store.removeFromLoop('one'), failsWith('ITEM_NOT_FOUND'));
  assert.equal(store.clips().length, 2);
});

test('changes that are asked for at once happen one after the other', async () => {
  await using folder = await temporaryFolder();
  await using store = await storeWith(folder.path, ['one']);
  const { version } = store.loop();
  await Promise.all(Array.from({ length: 20 }, () => store.addToLoop('one', { again: true })));
  assert.equal(store.loop().items.length, 21);
  assert.equal(store.loop().version, version + 20);
});

test('any order of any loop names every item exactly once, or is refused', () => {
  const lists = fc.array(fc.constantFrom('a', 'b', 'c'), { maxLength: 8 });
  fc.assert(
    fc.property(lists, fc.array(fc.nat({ max: 9 }), { maxLength: 9 }), fc.boolean(), (hashes, picks, byHash) => {
      const entries = hashes.map((hash, i) => ({ id: `item_${i}`, hash, loopCount: 1 }));
      const list: LoopList = { entries, version: 1 };
      const names = picks.map((i) => (byHash ? (hashes[i] ?? 'x') : `item_${i}`));
      const counts = (of: readonly string[]) => [...of].sort().join();
      const isComplete = counts(names) === counts(byHash ? hashes : entries.map(({ id }) => id));
      if (!isComplete) return assert.throws(() => ordered(list, names), failsWith('LOOP_MISMATCH'));
      const { entries: after } = ordered(list, names);
      assert.deepEqual(
        after.map((entry) => (byHash ? entry.hash : entry.id)),
        names,
      );
      assert.equal(new Set(after).size, entries.length);
    }),
  );
});
