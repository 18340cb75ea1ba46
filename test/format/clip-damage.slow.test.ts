import assert from 'node:assert/strict';
import { once } from 'node:events';
import { test } from 'node:test';
import { Worker } from 'node:worker_threads';
import { type ByteSource, MemoryByteSource } from '../../format/byte-source.ts';
import { checkClip } from '../../format/clip-check.ts';
import { CHUNK_HEADER_BYTES, LIMITS } from '../../format/clip-layout.ts';
import { openClip } from '../../format/clip-reader.ts';
import { isLoopError } from '../../format/errors.ts';
import { describe, fillBox, flipBit, inflate, playClip, randomNumbers, type Shot, signal, writeClip } from './clips.ts';
import { assertRefused, NAMED, playDamaged } from './damaged-clip.ts';

/** A small clip with everything in it: key, delta, hold, raw, two chunks, wrap, times, poster, statistics, index. */
async function smallClip(): Promise<Uint8Array> {
  const random = randomNumbers(3);
  const shots: Shot[] = [];
  let picture = Uint16Array.from({ length: 16 * 8 }, (_, i) => (i >> 3) * 0x0821);
  for (let i = 0; i < 28; i++) {
    picture = picture.slice();
    fillBox(picture, 16, { x: random(12), y: random(6), width: 3, height: 2 }, random(8) * 0x1111);
    if (i === 20) picture = Uint16Array.from(picture, () => random(65_536));
    shots.push(i % 5 === 4 ? [undefined, 2] : [picture, 1 + (i % 2)]);
  }
  return (await writeClip(describe(16, 8), shots)).bytes;
}

test('every single-bit flip of a clip is found by the check, and what plays of it is right', async () => {
  const clean = await smallClip();
  const middle = clean.length * 4;
  const halves = await Promise.all([flipInWorker(clean, 0, middle), flipInWorker(clean, middle, clean.length * 8)]);
  const outcomes = new Set(halves.flat());
  for (const kind of ['held', 'unharmed', 'walked', 'NOT_A_CLIP', 'CLIP_VERSION_UNSUPPORTED', 'CLIP_DAMAGED']) {
    assert.ok(outcomes.has(kind), `no flip ended as ${kind}: ${[...outcomes].join()}`);
  }
});

/** Flips each bit of a range in a worker, where the test runner does not watch every promise: twice as fast. Gives the outcomes there were. */
async function flipInWorker(clean: Uint8Array, from: number, to: number): Promise<string[]> {
  const worker = new Worker(new URL('./flip.worker.ts', import.meta.url), { workerData: { clean, from, to } });
  const [outcomes] = await once(worker, 'message');
  return outcomes;
}

/** Thirty frames of 40 x 30 in which a third of the picture changes, over two chunks. */
async function largeClip(): Promise<Uint8Array> {
  const random = randomNumbers(23);
  let picture = Uint16Array.from({ length: 40 * 30 }, () => random(65_536));
  const shots = Array.from({ length: 30 }, (_, i): Shot => {
    picture = picture.map((pixel) => (random(3) === 0 ? (pixel + random(9)) & 0xffff : pixel));
    return [picture, 1 + (i % 4)];
  });
  return (await writeClip(describe(40, 30), shots)).bytes;
}

test('two thousand random flips of a large clip are found, and none shows a wrong picture', async () => {
  const bytes = await largeClip();
  const framesEnd = Buffer.from(bytes).indexOf('wRAP');
  const whole = (await playClip(bytes)).shown;
  const random = randomNumbers(17);
  for (let round = 0; round < 2000; round++) {
    const bit = random(bytes.length * 8);
    flipBit(bytes, bit);
    const outcome = await playDamaged(bytes, whole, `bit ${bit}`);
    assert.ok(outcome !== 'unharmed' || bit >> 3 >= framesEnd, `bit ${bit} went unseen`);
    if (round % 10 === 0) await assertRefused(bytes, `bit ${bit}`);
    flipBit(bytes, bit);
  }
});

test('a clip cut anywhere plays the frames that are left, or says what it is', async () => {
  const clean = await smallClip();
  const whole = (await playClip(clean)).shown;
  let most = 0;
  for (let length = 0; length < clean.length; length++) {
    const bytes = clean.subarray(0, length);
    const outcome = await playDamaged(bytes, whole, `cut at ${length}`);
    assert.notEqual(outcome, 'unharmed');
    if (outcome === 'walked') most = Math.max(most, (await playClip(bytes)).shown.length);
    await assertRefused(bytes, `cut at ${length}`);
  }
  assert.equal(most, whole.length, 'a clip that lacks its index alone plays whole');
});

test('a flip in the poster, the times or the statistics leaves the clip as it is', async () => {
  const clean = await smallClip();
  const whole = (await playClip(clean)).shown;
  for (const type of ['tICK', 'tHMB', 'sTAT']) {
    const bytes = clean.slice();
    const at = Buffer.from(clean).indexOf(type) + CHUNK_HEADER_BYTES;
    flipBit(bytes, at * 8);
    const { shown, isWhole, faults } = await playClip(bytes);
    assert.deepEqual([shown.length, isWhole, faults], [whole.length, true, 0], type);
    const reader = await openClip(new MemoryByteSource(bytes), { inflate, signal });
    assert.equal(reader.durationUs, whole.reduce((sum, frame) => sum + frame.ticks, 0) * 40_000);
    assert.equal((await reader.poster({ signal })) === undefined, type === 'tHMB');
    assert.equal((await reader.statistics({ signal })) === undefined, type === 'sTAT');
  }
});

test('after a damaged chunk playing goes on at the next key frame', async () => {
  const shots = Array.from({ length: 600 }, (_, i): Shot => [Uint16Array.of(i, 1, 2, 3), 1]);
  const { bytes } = await writeClip(describe(2, 2), shots);
  const reader = await openClip(new MemoryByteSource(bytes), { inflate, signal });
  const broken = reader.chunks[3];
  const nextKey = reader.chunks.find((chunk) => chunk.startsWithKey && chunk.firstFrame > 75);
  assert.ok(broken && nextKey);
  flipBit(bytes, (broken.offset + 30) * 8);
  const { shown, faults } = await playClip(bytes);
  assert.equal(faults, 1);
  assert.deepEqual(
    shown.map(({ frame }) => frame),
    [
      ...Array.from({ length: 75 }, (_, i) => i),
      ...Array.from({ length: 600 - nextKey.firstFrame }, (_, i) => nextKey.firstFrame + i),
    ],
  );
});

/** A source that remembers the largest read and how many there were. */
class WatchedSource implements ByteSource {
  largest = 0;
  reads = 0;
  readonly #source: MemoryByteSource;
  readonly size: number;

  constructor(bytes: Uint8Array, size: number) {
    this.#source = new MemoryByteSource(bytes);
    this.size = size;
  }

  async read(offset: number, length: number, options: { signal: AbortSignal }): Promise<Uint8Array> {
    this.largest = Math.max(this.largest, length);
    this.reads++;
    const bytes = new Uint8Array(length);
    const there = Math.max(0, Math.min(length, this.#source.size - offset));
    bytes.set(await this.#source.read(Math.min(offset, this.#source.size), there, options));
    return bytes;
  }
}

test('a length field that lies is neither read nor allocated', async () => {
  const clean = await smallClip();
  const fields = [12, ...['FRMS', 'wRAP', 'tHMB', 'INDX', 'END '].map((type) => Buffer.from(clean).indexOf(type) + 4)];
  for (const at of fields) {
    for (const length of [0xffff_ffff, 0x7fff_ffff, 0x0100_0000, clean.length]) {
      const bytes = clean.slice();
      new DataView(bytes.buffer).setUint32(at, length, true);
      for (const size of [bytes.length, 2 ** 40]) {
        const source = new WatchedSource(bytes, size);
        await checkClip(source, { inflate, signal }).then(
          () => assert.fail('passed the check'),
          (error: unknown) => assert.ok(isLoopError(error, ...NAMED), String(error)),
        );
        assert.ok(source.largest <= LIMITS.payload + CHUNK_HEADER_BYTES, `read ${source.largest} bytes at once`);
        assert.ok(source.reads < 200, `${source.reads} reads`);
      }
    }
  }
});
