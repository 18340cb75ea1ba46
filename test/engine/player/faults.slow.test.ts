import assert from 'node:assert/strict';
import { readdirSync } from 'node:fs';
import { readFile, rm, writeFile } from 'node:fs/promises';
import { test } from 'node:test';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { nodeInflate } from '../../../engine/node-inflate.ts';
import type { PlayerItem } from '../../../engine/player/player-protocol.ts';
import { MemoryByteSource } from '../../../format/byte-source.ts';
import { openClip } from '../../../format/clip-reader.ts';
import { openStage } from './stage.ts';
import { counted } from './test-clips.ts';

const SECOND = 1_000_000;
const signal = new AbortController().signal;

/** Damages one byte in each of these chunks of a clip. */
async function damage({ path }: PlayerItem, chunks: readonly number[]): Promise<void> {
  const bytes = await readFile(path);
  const reader = await openClip(new MemoryByteSource(bytes), { inflate: nodeInflate, signal });
  for (const index of chunks) {
    const at = (reader.chunks[index]?.offset ?? 0) + 30;
    bytes[at] = (bytes[at] ?? 0) ^ 0xff;
  }
  await writeFile(path, bytes);
}

test('a file that is no clip, or is gone, is told once and skipped; the others go on in turn', async () => {
  await using stage = await openStage();
  const a = await stage.item('a', counted(0x1000, 3));
  const junk = { ...(await stage.item('junk', counted(0x2000, 2))), durationUs: 80_000 };
  const gone = { ...(await stage.item('gone', counted(0x3000, 2))), durationUs: 80_000 };
  const b = await stage.item('b', counted(0x4000, 3));
  await writeFile(junk.path, 'this is no clip at all, but a sentence');
  await rm(gone.path);
  await stage.load([a, junk, gone, b]);
  await stage.clock.advance(2 * SECOND);
  assert.deepEqual([...new Set(stage.colours.map((colour) => colour >> 8))], [0x10, 0x40]);
  assert.deepEqual(stage.problems, ['junk NOT_A_CLIP', 'gone CLIP_NOT_FOUND']);
  const gaps = stage.bus.trace.slice(1).map(({ atUs }, i) => atUs - (stage.bus.trace[i]?.atUs ?? 0));
  assert.ok(gaps.every((gap) => gap === 40_000));
});

test('next and previous go round past broken clips', async () => {
  await using stage = await openStage();
  const items = [];
  for (const name of ['a', 'b', 'c', 'd'])
    items.push(await stage.item(name, counted(0x1000, 3), { durationUs: 120_000 }));
  for (const broken of [items[1], items[3]]) await writeFile(broken?.path ?? '', '');
  await stage.load(items);
  await stage.call({ kind: 'next' });
  assert.equal(stage.report.itemId, 'item_c');
  await stage.call({ kind: 'previous' });
  assert.equal(stage.report.itemId, 'item_a');
  await stage.call({ kind: 'previous' });
  assert.equal(stage.report.itemId, 'item_c');
});

test('activating a broken clip fails with its reason, and what was on stays on', async () => {
  await using stage = await openStage();
  const a = await stage.item('a', counted(0x1000, 3));
  const broken = { ...(await stage.item('broken', counted(0x2000, 3))), durationUs: 120_000 };
  await writeFile(broken.path, Buffer.alloc(100));
  await stage.load([a, broken], { mode: 'loop_one' });
  await assert.rejects(stage.call({ kind: 'activate', itemId: 'item_broken' }), { code: 'NOT_A_CLIP' });
  await assert.rejects(stage.call({ kind: 'show_clip', path: broken.path, slug: 'broken', seconds: 1 }), {
    code: 'NOT_A_CLIP',
  });
  await stage.clock.advance(50_000);
  assert.deepEqual([stage.report.itemId, stage.colour, stage.report.overlay], ['item_a', 0x1001, null]);
});

test('when every clip is broken the panel is black, and a reload finds the ones that were mended', async () => {
  await using stage = await openStage();
  const a = { ...(await stage.item('a', counted(0x1000, 3))), durationUs: 120_000 };
  const b = { ...(await stage.item('b', counted(0x2000, 3))), durationUs: 120_000 };
  const whole = await readFile(b.path);
  for (const { path } of [a, b]) await writeFile(path, 'broken');
  await stage.load([a, b]);
  await stage.clock.advance(SECOND);
  assert.deepEqual([stage.colour, stage.report.itemId], [0, null]);
  assert.deepEqual(stage.problems.sort(), ['a NOT_A_CLIP', 'b NOT_A_CLIP']);
  await assert.rejects(stage.call({ kind: 'next' }), { code: 'NOTHING_TO_PLAY' });
  await writeFile(b.path, whole);
  await stage.call({ kind: 'reload' });
  assert.deepEqual([stage.colour, stage.report.itemId], [0x2000, 'item_b']);
});

test('a chunk that is damaged holds the picture until the next chunk that begins with a key frame, and is counted once', async () => {
  await using stage = await openStage();
  const item = await stage.item('a', counted(0x1000, 300), { plays: 3 });
  await damage(item, [3]);
  await stage.load([item]);
  await stage.clock.advance(299 * 40_000 + 1_000);
  const shown = [...Array(75).keys(), ...Array.from({ length: 50 }, (_, i) => 250 + i)].map((i) => 0x1000 + i);
  assert.deepEqual(stage.colours, shown);
  assert.equal(stage.bus.trace[75]?.atUs, (stage.bus.trace[0]?.atUs ?? 0) + 250 * 40_000);
  await stage.clock.advance(600 * 40_000);
  assert.deepEqual([stage.report.badChunks, stage.problems], [1, []]);
});

test('a clip whose first chunk is damaged begins with its next key frame', async () => {
  await using stage = await openStage();
  const item = await stage.item('a', counted(0x1000, 300));
  await damage(item, [0]);
  await stage.load([item]);
  await stage.clock.advance(260 * 40_000);
  assert.deepEqual([stage.colours[0], stage.report.badChunks], [0x1000 + 250, 1]);
});

test('a clip of which nothing can be read is skipped as a whole', async () => {
  await using stage = await openStage();
  const a = await stage.item('a', counted(0x1000, 3));
  const broken = await stage.item('broken', counted(0x2000, 3));
  await damage(broken, [0]);
  await stage.load([a, broken]);
  await stage.clock.advance(SECOND);
  assert.deepEqual([stage.report.itemId, stage.problems], ['item_a', ['broken CLIP_DAMAGED']]);
});

test('a clip that is cut plays up to the cut', async () => {
  await using stage = await openStage();
  const item = await stage.item('a', counted(0x1000, 60));
  const bytes = await readFile(item.path);
  const reader = await openClip(new MemoryByteSource(bytes), { inflate: nodeInflate, signal });
  await writeFile(item.path, bytes.subarray(0, (reader.chunks[2]?.offset ?? 0) + 10));
  await stage.load([item]);
  await stage.clock.advance(100 * 40_000);
  assert.deepEqual(stage.colours.slice(48, 52), [0x1000 + 48, 0x1000 + 49, 0x1000, 0x1001]);
});

test('a clip that was opened ahead is closed again when another one is asked for', async () => {
  await using stage = await openStage();
  const items = [
    await stage.item('a', counted(0x1000, 1)),
    await stage.item('b', counted(0x2000, 1)),
    await stage.item('c', counted(0x3000, 100)),
  ];
  const open = () => readdirSync('/proc/self/fd').length;
  const before = open();
  await stage.load(items);
  await stage.clock.advance(SECOND);
  assert.equal(open(), before + 2);
  await stage.call({ kind: 'activate', itemId: 'item_c' });
  await stage.clock.advance(SECOND);
  assert.equal(open(), before + 1);
});

const collect = () => {
  setFlagsFromString('--expose-gc');
  const gc: () => void = runInNewContext('gc');
  gc();
  const { heapUsed, arrayBuffers } = process.memoryUsage();
  return { bytes: heapUsed + arrayBuffers, files: readdirSync('/proc/self/fd').length };
};

test('a thousand loops and a thousand switches leave memory and files as they were', async () => {
  await using stage = await openStage();
  const items = [await stage.item('a', counted(0x1000, 3, 10)), await stage.item('b', counted(0x2000, 30, 10))];
  const work = async (times: number) => {
    await stage.call({ kind: 'activate', itemId: 'item_a' });
    await stage.call({ kind: 'set_mode', mode: 'loop_one' });
    await stage.clock.advance(times * 30_000);
    await stage.call({ kind: 'set_mode', mode: 'loop_all' });
    for (let i = 0; i < times; i++) await stage.call({ kind: 'next' });
    stage.bus.trace.length = 0;
    stage.news.length = 0;
  };
  await stage.load(items);
  await work(200);
  const before = collect();
  await work(1000);
  const after = collect();
  // A kilobyte a loop or a switch would be one million each.
  assert.ok(after.bytes - before.bytes < 2_000_000, `${after.bytes - before.bytes} bytes more`);
  assert.equal(after.files, before.files);
  assert.deepEqual(stage.bus.emulator.view().pixels, stage.output.glass.read().pixels);
});
