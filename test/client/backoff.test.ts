import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { Backoff, pause } from '../../client/backoff.ts';

test('waits double from 0.25 s to 5 s and begin anew after a success', () => {
  const backoff = new Backoff(() => 1);
  const waits = Array.from({ length: 8 }, () => backoff.next());
  assert.deepEqual(waits, [250, 500, 1000, 2000, 4000, 5000, 5000, 5000]);
  backoff.reset();
  assert.equal(backoff.next(), 250);
});

test('each wait is half to all of its turn by chance', () => {
  fc.assert(
    fc.property(fc.double({ min: 0, max: 1, noNaN: true }), fc.nat(10), (chance, tries) => {
      const backoff = new Backoff(() => chance);
      for (let i = 0; i < tries; i++) backoff.next();
      const turn = Math.min(250 * 2 ** tries, 5000);
      const wait = backoff.next();
      assert.ok(wait >= turn / 2 && wait <= turn);
    }),
  );
});

test('a pause ends with the reason of its signal', async () => {
  const controller = new AbortController();
  const waiting = pause(60_000, { signal: controller.signal });
  controller.abort(new Error('enough'));
  await assert.rejects(waiting, /enough/);
  await assert.rejects(pause(1, { signal: controller.signal }), /enough/);
});
