import assert from 'node:assert/strict';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { test } from 'node:test';
import { setImmediate as turn } from 'node:timers/promises';
import { AnswerCache } from '../../addon/http/answer-cache.ts';

test('fifty who ask at once share one making', async () => {
  let made = 0;
  const make = async () => {
    made++;
    await turn();
    return { made };
  };
  const cache = new AnswerCache({ make, keepMs: 60_000 });
  const answers = await Promise.all(Array.from({ length: 50 }, () => cache.get()));
  assert.equal(made, 1);
  assert.equal(new Set(answers).size, 1);
  assert.deepEqual(cache.figures, { made: 1, shared: 49, invalidated: 0 });
});

test('who asks after a change never gets the answer of before, even while that one is still being made', async () => {
  let state = 'old';
  const gates: (() => void)[] = [];
  const make = async () => {
    const seen = state;
    await new Promise<void>((resolve) => gates.push(resolve));
    return seen;
  };
  const cache = new AnswerCache({ make, keepMs: 60_000 });
  const before = cache.get();
  state = 'new';
  cache.invalidate();
  const after = cache.get();
  for (const open of gates.reverse()) open();
  assert.equal((await before).text, '"old"');
  assert.equal((await after).text, '"new"');
  assert.equal((await cache.get()).text, '"new"');
  assert.equal(await cache.isCurrent(await before), false);
  assert.equal(await cache.isCurrent(await after), true);
});

test('an answer that could not be made is not kept', async () => {
  let works = false;
  const make = async () => {
    if (!works) throw new Error('not yet');
    return 1;
  };
  const cache = new AnswerCache({ make, keepMs: 60_000 });
  await assert.rejects(cache.get(), /not yet/);
  works = true;
  assert.equal((await cache.get()).text, '1');
});

test('an answer a little too old is given out while the next is made; one much too old is not', async (t) => {
  let now = 0;
  t.mock.method(performance, 'now', () => now);
  let made = 0;
  const cache = new AnswerCache({ make: () => ++made, keepMs: 1000 });
  assert.equal((await cache.get()).text, '1');
  now = 1000;
  assert.equal((await cache.get()).text, '1');
  assert.equal(made, 1);
  now = 1500;
  assert.deepEqual(
    (await Promise.all([cache.get(), cache.get()])).map(({ text }) => text),
    ['1', '1'],
  );
  await turn();
  assert.equal(made, 2, 'made once in between');
  assert.equal((await cache.get()).text, '2');
  now = 4000;
  assert.equal((await cache.get()).text, '3');
});

test('a change while the next answer is being made throws both away', async (t) => {
  let now = 0;
  t.mock.method(performance, 'now', () => now);
  const gates: (() => void)[] = [];
  let state = 'a';
  const make = async () => {
    const seen = state;
    if (seen === 'b') await new Promise<void>((resolve) => gates.push(resolve));
    return seen;
  };
  const cache = new AnswerCache({ make, keepMs: 1000 });
  await cache.get();
  now = 1500;
  state = 'b';
  await cache.get();
  state = 'c';
  cache.invalidate();
  assert.equal((await cache.get()).text, '"c"');
  for (const open of gates) open();
  await turn();
  assert.equal((await cache.get()).text, '"c"');
});

test('over HTTP: plain and gzip say the same, the tag answers 304, HEAD has no body, and it is compressed once', async (t) => {
  const value = { media: Array.from({ length: 200 }, (_, i) => ({ slug: `clip-${i}`, title: 'A clip' })) };
  const cache = new AnswerCache({ make: () => value, keepMs: 60_000 });
  const server = createServer((req, res) => void cache.send(req, res)).listen(0, '127.0.0.1');
  t.after(() => server.close());
  await new Promise((resolve) => server.once('listening', resolve));
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;

  const plain = await fetch(url, { headers: { 'Accept-Encoding': 'identity' } });
  assert.equal(plain.headers.get('content-encoding'), null);
  assert.deepEqual(await plain.json(), value);
  const zipped = await fetch(url, { headers: { 'Accept-Encoding': 'gzip' } });
  assert.equal(zipped.headers.get('content-encoding'), 'gzip');
  assert.deepEqual(await zipped.json(), value);
  const answer = await cache.get();
  assert.equal(answer.zipped(), answer.zipped());
  const etag = plain.headers.get('etag') ?? '';
  const again = await fetch(url, { headers: { 'If-None-Match': etag } });
  assert.equal(again.status, 304);
  const head = await fetch(url, { method: 'HEAD' });
  assert.equal(await head.text(), '');
  cache.invalidate();
  assert.equal((await fetch(url, { headers: { 'If-None-Match': etag } })).status, 304, 'the same words, the same tag');
});
