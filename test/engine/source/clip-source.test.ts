import assert from 'node:assert/strict';
import { mkdtemp, readFile, rm, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { deflateRawSync } from 'node:zlib';
import fc from 'fast-check';
import { openFile } from '../../../engine/file-byte-source.ts';
import { nodeInflate } from '../../../engine/node-inflate.ts';
import { openClip } from '../../../engine/source/clip-source.ts';
import type { SourceFrame } from '../../../engine/source/frame-source.ts';
import { openPictures } from '../../../engine/source/pictures-source.ts';
import { MemoryByteSource } from '../../../format/byte-source.ts';
import { openClip as openReader } from '../../../format/clip-reader.ts';
import type { Rectangle } from '../../../format/frame.ts';
import { type TestFrame, writeClip } from '../player/test-clips.ts';

const geometry = { width: 48, height: 32 };
const signal = new AbortController().signal;
let folder = '';

before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'loop-source-'));
});
after(() => rm(folder, { recursive: true }));

/** Frames with a stripe that wanders over noise, so that deltas, keys and rectangles are of every kind; ticks are uneven. */
function stripes(count: number, { cuts = true } = {}): (TestFrame & { picture: Uint16Array })[] {
  const noise = Uint16Array.from({ length: geometry.width * geometry.height }, (_, i) => Math.imul(i, 40_503) & 0xffff);
  return Array.from({ length: count }, (_, i) => {
    const picture = i % 40 < 20 || !cuts ? noise.slice() : noise.map((pixel) => ~pixel);
    picture.fill(i, (i % 30) * 48, (i % 30) * 48 + (i % 7) * 8 + 1);
    return { picture, ticks: (i % 3) + 1 };
  });
}

/** Brings the rectangles of a picture onto a glass, as a panel does. */
function send(glass: Uint16Array, pixels: Uint16Array, rectangles: readonly Rectangle[]): void {
  for (const { x, y, width, height } of rectangles) {
    for (let row = y; row < y + height; row++) {
      const at = row * geometry.width + x;
      glass.set(pixels.subarray(at, at + width), at);
    }
  }
}

test('frames come in order with exact times, and their rectangles alone keep a glass right over many loops', async () => {
  const frames = stripes(300);
  const path = join(folder, 'order.loop');
  await writeClip(path, geometry, frames, [1, 30]);
  await using source = await openClip(path, { signal });
  const glass = new Uint16Array(source.pixels.length);
  for (let play = 0; play < 3; play++) {
    let ticks = 0;
    for (const [i, { picture, ticks: length }] of frames.entries()) {
      const frame = await source.next({ again: true });
      send(glass, source.pixels, frame.rectangles);
      assert.deepEqual(glass, picture, `play ${play}, frame ${i}`);
      assert.deepEqual([frame.index, frame.isLast], [i, i === frames.length - 1]);
      assert.equal(frame.startUs, Math.floor((ticks * 1_000_000) / 30));
      ticks += length;
      assert.equal(frame.untilUs, Math.floor((ticks * 1_000_000) / 30));
    }
    assert.equal(source.durationUs, Math.floor((ticks * 1_000_000) / 30));
  }
});

test('a seek finds the frame of any time, whole, and playing goes on from there', async () => {
  const frames = stripes(300);
  const path = join(folder, 'seek.loop');
  await writeClip(path, geometry, frames);
  const starts = frames.map((_, i) => frames.slice(0, i).reduce((sum, { ticks }) => sum + ticks * 1000, 0));
  await using source = await openClip(path, { signal });
  const check = async (frame: SourceFrame, index: number) => {
    assert.deepEqual([frame.index, frame.startUs], [index, starts[index]]);
    assert.deepEqual(source.pixels, frames[index]?.picture);
  };
  await fc.assert(
    fc.asyncProperty(fc.nat(source.durationUs + 5000), async (positionUs) => {
      const index = starts.findLastIndex((startUs) => startUs <= positionUs);
      const frame = await source.seek(positionUs);
      await check(frame, index);
      assert.deepEqual(frame.rectangles, [{ x: 0, y: 0, ...geometry }]);
      await check(await source.next({ again: true }), (index + 1) % frames.length);
    }),
    { numRuns: 40 },
  );
});

test('after a chunk that cannot be read the next key frame is sent whole', async () => {
  const frames = stripes(300, { cuts: false });
  const path = join(folder, 'gap.loop');
  await writeClip(path, geometry, frames);
  const bytes = await readFile(path);
  const reader = await openReader(new MemoryByteSource(bytes), { inflate: nodeInflate, signal });
  const at = (reader.chunks[3]?.offset ?? 0) + 40;
  bytes[at] = (bytes[at] ?? 0) ^ 1;
  await writeFile(path, bytes);
  await using source = await openClip(path, { signal });
  const glass = new Uint16Array(source.pixels.length);
  for (let play = 0; play < 2; play++) {
    for (let isLast = false; !isLast; ) {
      const frame = await source.next({ again: true });
      send(glass, source.pixels, frame.rectangles);
      if (frame.rectangles.length > 0) assert.deepEqual(glass, frames[frame.index]?.picture, `frame ${frame.index}`);
      isLast = frame.isLast;
    }
  }
  assert.equal(source.badChunks, 1);
});

test('a clip of one frame is a still: it never has to be sent again', async () => {
  const path = join(folder, 'still.loop');
  await writeClip(path, geometry, stripes(1));
  await using source = await openClip(path, { signal });
  assert.equal(source.frameCount, 1);
  assert.equal((await source.next({ again: true })).rectangles.length, 1);
  assert.deepEqual((await source.next({ again: true })).rectangles, []);
});

test('a file that does not open says so, and leaves nothing open', async () => {
  await assert.rejects(openClip(join(folder, 'none.loop'), { signal }), { code: 'CLIP_NOT_FOUND' });
  await writeFile(join(folder, 'junk.loop'), 'junk');
  await assert.rejects(openClip(join(folder, 'junk.loop'), { signal }), { code: 'NOT_A_CLIP' });
});

test('a file source reads any range, and refuses one beyond its end before it takes memory', async () => {
  const path = join(folder, 'bytes');
  await writeFile(
    path,
    Uint8Array.from({ length: 1000 }, (_, i) => i),
  );
  await using file = await openFile(path);
  assert.equal(file.size, 1000);
  assert.deepEqual([...(await file.read(254, 4, { signal }))], [254, 255, 0, 1]);
  await assert.rejects(file.read(999, 2, { signal }), { code: 'CLIP_TRUNCATED' });
  await assert.rejects(file.read(0, 2 ** 40, { signal }), { code: 'CLIP_TRUNCATED' });
  await truncate(path, 10);
  await assert.rejects(file.read(5, 10, { signal }), { code: 'CLIP_TRUNCATED' });
});

test('inflating gives what was promised, and never makes more', async () => {
  const bytes = new Uint8Array(500_000).fill(7);
  const packed = deflateRawSync(bytes);
  assert.ok(Buffer.from(bytes).equals(await nodeInflate(packed, bytes.length)));
  await assert.rejects(nodeInflate(packed, bytes.length - 1));
  await assert.rejects(nodeInflate(packed.subarray(0, 100), bytes.length));
});

test('pictures follow one another by their times, and a seek finds them', async () => {
  const picture = (colour: number, durationUs: number) => ({
    pixels: new Uint16Array(geometry.width * geometry.height).fill(colour),
    durationUs,
  });
  const source = openPictures([picture(1, 100), picture(2, 50), picture(3, 1)], geometry);
  assert.equal(source.durationUs, 151);
  const seen = [];
  for (let i = 0; i < 4; i++) {
    const { startUs, untilUs, isLast } = await source.next();
    seen.push([source.pixels[0], startUs, untilUs, isLast]);
  }
  assert.deepEqual(seen, [
    [1, 0, 100, false],
    [2, 100, 150, false],
    [3, 150, 151, true],
    [1, 0, 100, false],
  ]);
  assert.equal((await source.seek(149)).index, 1);
  assert.equal((await source.seek(9999)).index, 2);
});

test('more pictures than memory is set aside for are refused', () => {
  const pixels = new Uint16Array(geometry.width * geometry.height);
  const pictures = Array.from({ length: 11_000 }, () => ({ pixels, durationUs: 1 }));
  assert.throws(() => openPictures(pictures, geometry), { code: 'PAYLOAD_TOO_LARGE' });
});
