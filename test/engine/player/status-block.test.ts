import assert from 'node:assert/strict';
import { once } from 'node:events';
import { test } from 'node:test';
import { Worker } from 'node:worker_threads';
import { type Figures, figureNames, StatusBlock, type Words } from '../../../engine/player/status-block.ts';

const words: Words = {
  playing: true,
  mode: 'loop_all',
  itemId: 'item_a',
  slug: 'a',
  playlistItemId: 'item_a',
  overlay: null,
  status: { state: 'ok', code: null, message: null },
  dimmable: false,
  advice: null,
};

/** Figures that all say the same. */
const all = (value: number) => Object.fromEntries(figureNames.map((name) => [name, value])) as Figures;

test('a block that was never written says nothing; then it says what was written last', () => {
  const writer = new StatusBlock();
  const reader = new StatusBlock(writer.buffer);
  assert.equal(reader.read(), undefined);
  writer.write(all(12), words);
  assert.deepEqual(reader.read(), { figures: all(12), words });
  writer.write(all(13));
  assert.deepEqual(reader.read(), { figures: all(13), words });
});

test('sentences of any length are kept readable', () => {
  const block = new StatusBlock();
  block.write(all(0), { ...words, slug: 'ü'.repeat(20_000), advice: 'x'.repeat(100_000) });
  const read = block.read()?.words;
  assert.equal(read?.itemId, 'item_a');
  assert.equal(read?.slug, 'ü'.repeat(500));
});

test('a reading is never a mixture of two writings, with the writer on another thread', async () => {
  const block = new StatusBlock();
  const file = new URL('../../../engine/player/status-block.ts', import.meta.url).href;
  const code = `
    const { workerData } = require('node:worker_threads');
    import(${JSON.stringify(file)}).then(({ StatusBlock, figureNames }) => {
      const block = new StatusBlock(workerData.buffer);
      for (let i = 1; i <= 20000; i++) {
        const figures = Object.fromEntries(figureNames.map((name) => [name, i]));
        block.write(figures, i % 7 === 1 ? { ...workerData.words, slug: String(i) } : undefined);
      }
    });`;
  const worker = new Worker(code, { eval: true, workerData: { buffer: block.buffer, words } });
  const ended = once(worker, 'exit');
  let readings = 0;
  let isOver = false;
  void ended.then(() => {
    isOver = true;
  });
  for (; !isOver; readings++) {
    const now = block.read();
    if (now) {
      const { shown } = now.figures;
      assert.deepEqual(now.figures, all(shown));
      assert.equal(now.words.slug, String(shown - ((shown - 1) % 7)));
    }
    if (readings % 100 === 0) await new Promise((resolve) => setImmediate(resolve));
  }
  assert.equal(block.read()?.figures.shown, 20_000);
});

test('presentation errors are counted in tenths of a millisecond', () => {
  const block = new StatusBlock();
  for (let i = 0; i < 98; i++) block.countError(150);
  block.countError(-300);
  block.countError(55_000);
  assert.deepEqual(block.errors(), { count: 100, p50Us: 100, p99Us: 100, over40Ms: 1 });
});
