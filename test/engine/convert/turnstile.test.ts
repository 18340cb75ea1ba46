import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Turnstile } from '../../../engine/convert/turnstile.ts';
import { isLoopError } from '../../../format/errors.ts';

const { signal } = new AbortController();

test('so many are inside at once, the others enter in the order they came, and too many are refused', async () => {
  const turnstile = new Turnstile('tests', 2, 2);
  const first = await turnstile.enter({ signal });
  const second = await turnstile.enter({ signal });
  const entered: string[] = [];
  const third = turnstile.enter({ signal }).then(() => entered.push('third'));
  const fourth = turnstile.enter({ signal }).then(() => entered.push('fourth'));
  await assert.rejects(turnstile.enter({ signal }), (error) => isLoopError(error, 'TOO_BUSY'));
  first[Symbol.dispose]();
  first[Symbol.dispose]();
  await third;
  assert.deepEqual(entered, ['third']);
  second[Symbol.dispose]();
  await fourth;
  assert.deepEqual(entered, ['third', 'fourth']);
});

test('who stops waiting frees the place in the queue', async () => {
  const turnstile = new Turnstile('tests', 1, 1);
  const place = await turnstile.enter({ signal });
  const controller = new AbortController();
  const waiting = turnstile.enter({ signal: controller.signal });
  controller.abort(new Error('left'));
  await assert.rejects(waiting, /left/);
  const next = turnstile.enter({ signal });
  place[Symbol.dispose]();
  using _entered = await next;
});
