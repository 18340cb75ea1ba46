import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { inflateSync } from 'node:zlib';
import fc from 'fast-check';
import { MemoryByteSource } from '../../format/byte-source.ts';
import { checkClip } from '../../format/clip-check.ts';
import { LIMITS } from '../../format/clip-layout.ts';
import { type ClipReader, openClip } from '../../format/clip-reader.ts';
import { ClipWriter } from '../../format/clip-writer.ts';
import { crc32OfPixels } from '../../format/crc32.ts';
import { applyRecord, type FrameRecord } from '../../format/frame-record.ts';
import {
  deflate,
  describe,
  fillBox,
  inflate,
  playClip,
  randomNumbers,
  type Shot,
  signal,
  storedDeflate,
  writeClip,
} from './clips.ts';

async function open(bytes: Uint8Array): Promise<ClipReader> {
  return openClip(new MemoryByteSource(bytes), { inflate, signal });
}

async function recordsOf(bytes: Uint8Array): Promise<FrameRecord[]> {
  const reader = await open(bytes);
  const chunks = await Promise.all(reader.chunks.map((_, i) => reader.readChunk(i, { signal })));
  return chunks.flatMap((chunk) => [...chunk.records]);
}

function noise(count: number, seed: number): Uint16Array {
  const random = randomNumbers(seed);
  return Uint16Array.from({ length: count }, () => random(65_536));
}

test('random clips of any shape play back every pixel and tick, and pass the check', async () => {
  const shot = fc.record({
    kind: fc.constantFrom('noise', 'box', 'same', 'hold'),
    ticks: fc.integer({ min: 1, max: 70_000 }),
  });
  const clips = fc.record({
    width: fc.integer({ min: 1, max: 50 }),
    height: fc.integer({ min: 1, max: 50 }),
    seed: fc.integer({ min: 1, max: 2 ** 31 }),
    shots: fc.array(shot, { minLength: 1, maxLength: 60 }),
  });
  await fc.assert(
    fc.asyncProperty(clips, async ({ width, height, seed, shots }) => {
      const random = randomNumbers(seed);
      let picture: Uint16Array = new Uint16Array(width * height);
      const told = shots.map(({ kind, ticks }, i): Shot => {
        picture = picture.slice();
        if (kind === 'noise') picture = noise(width * height, 1 + random(1000));
        const box = { x: random(width), y: random(height), width: 1, height: 1 };
        if (kind === 'box') fillBox(picture, width, box, random(65_536));
        return [kind === 'hold' && i > 0 ? undefined : picture, ticks];
      });
      const { bytes, summary } = await writeClip(describe(width, height), told);
      assert.deepEqual(await checkClip(new MemoryByteSource(bytes), { inflate, signal }), summary);
      assert.deepEqual(
        timeline((await playClip(bytes)).shown.map(({ pixels, ticks }): Shot => [pixels, ticks])),
        timeline(told),
      );
    }),
    { numRuns: 60, seed: 2 },
  );
});

/** What is seen and for how long, whatever records it was written as. */
function timeline(shots: readonly Shot[]): [crc32: number, ticks: number][] {
  const seen: [number, number][] = [];
  for (const [pixels, ticks] of shots) {
    const last = seen.at(-1);
    const crc32 = pixels === undefined ? (last?.[0] ?? 0) : crc32OfPixels(pixels);
    if (last?.[0] === crc32) last[1] += ticks;
    else seen.push([crc32, ticks]);
  }
  return seen;
}

test('a chunk leaves as soon as it has 25 frames, and nothing written is touched again', async () => {
  const sizes: number[] = [];
  const write = async (bytes: Uint8Array): Promise<void> => void sizes.push(bytes.length);
  const writer = new ClipWriter(describe(16, 16), { deflate, write });
  for (let i = 0; i < 60; i++) await writer.add(noise(256, i + 1), 1);
  assert.equal(sizes.length, 3, 'header and two chunks');
  await writer.finish();
  assert.equal(sizes.length, 9, 'the rest, wRAP left out, tICK, tHMB, sTAT, INDX, END');
});

test('a chunk closes before it grows beyond 256 KiB', async () => {
  const shots = Array.from({ length: 10 }, (_, i): Shot => [noise(200 * 200, i + 1), 1]);
  const reader = await open((await writeClip(describe(200, 200), shots)).bytes);
  assert.deepEqual(
    reader.chunks.map((chunk) => chunk.frames),
    [3, 3, 3, 1],
  );
});

test('playing can start every 250 frames or sooner, also where most frames hold', async () => {
  const still = new Uint16Array(64);
  const shots = Array.from({ length: 1100 }, (_, i): Shot => {
    if (i % 7 !== 3) return i === 0 ? [still, 1] : [undefined, 1];
    const moved = still.slice();
    moved[i % 64] = i;
    return [moved, 1];
  });
  const reader = await open((await writeClip(describe(8, 8), shots)).bytes);
  const starts = reader.chunks.filter((chunk) => chunk.startsWithKey).map((chunk) => chunk.firstFrame);
  const gaps = starts.map((start, i) => (starts[i + 1] ?? reader.frameCount) - start);
  assert.ok(Math.max(...gaps) <= 257, `a changed frame comes every 7; starts at ${starts.join()}`);
  assert.ok(starts.length <= 6, `keys only where they are needed: ${starts.join()}`);
});

test('a cut to another picture becomes a key frame', async () => {
  const random = randomNumbers(5);
  const calm = (): Uint16Array => {
    let pixel = random(65_536);
    return Uint16Array.from({ length: 64 * 64 }, () => {
      if (random(4) === 0) pixel = (pixel + 0x0821) & 0xffff;
      return pixel;
    });
  };
  const [a, b] = [calm(), calm()];
  const records = await recordsOf(
    (
      await writeClip(describe(64, 64), [
        [a, 1],
        [b, 1],
      ])
    ).bytes,
  );
  assert.deepEqual(
    records.map((record) => record.type),
    ['key', 'key'],
  );
});

test('noise is stored raw and a clip of it has no wrap', async () => {
  const { bytes } = await writeClip(describe(40, 40), [
    [noise(1600, 1), 1],
    [noise(1600, 2), 1],
  ]);
  assert.deepEqual(
    (await recordsOf(bytes)).map((record) => record.type),
    ['raw', 'raw'],
  );
  assert.equal(await (await open(bytes)).wrap({ signal }), undefined);
});

test('the wrap leads from the last frame to the first and sends only what differs', async () => {
  const first = new Uint16Array(40 * 30);
  const last = first.slice();
  fillBox(last, 40, { x: 10, y: 5, width: 7, height: 3 }, 0xf800);
  const wrap = await (
    await open(
      (
        await writeClip(describe(40, 30), [
          [first, 3],
          [last, 1],
        ])
      ).bytes,
    )
  ).wrap({ signal });
  assert.ok(wrap);
  assert.deepEqual(wrap.rectangles, [{ x: 10, y: 5, width: 7, height: 3 }]);
  assert.equal(wrap.ticks, 3);
  applyRecord(wrap, last, 40);
  assert.deepEqual(last, first);
});

test('a clip of one frame wraps with a hold: nothing is sent again', async () => {
  const reader = await open((await writeClip(describe(1, 1), [[Uint16Array.of(0x07e0), 5]])).bytes);
  assert.equal(reader.durationUs, 200_000);
  assert.equal((await reader.wrap({ signal }))?.type, 'hold');
});

test('the largest pictures are written, larger ones are refused with the limit', async () => {
  for (const [width, height] of [
    [4096, 63],
    [512, 511],
    [480, 320],
  ] as const) {
    const { bytes } = await writeClip(describe(width, height), [[noise(width * height, 3), 1]]);
    assert.equal((await playClip(bytes)).shown.length, 1);
  }
  for (const [width, height] of [
    [512, 512],
    [4097, 1],
    [0, 10],
    [1.5, 10],
  ] as const) {
    await assert.rejects(writeClip(describe(width, height), [[new Uint16Array(width * height), 1]]), {
      code: 'MEDIA_UNSUPPORTED',
      message: new RegExp(String(LIMITS.pixels)),
    });
  }
});

test('a source without frames is refused', async () => {
  await assert.rejects(writeClip(describe(8, 8), []), { code: 'MEDIA_DAMAGED' });
});

test('frames of another size, no time, or a hold before any frame are refused as a mistake of the caller', async () => {
  const frame = new Uint16Array(64);
  const wrong: Shot[][] = [[[new Uint16Array(63), 1]], [[frame, 0]], [[frame, 1.5]], [[undefined, 1]]];
  for (const shots of wrong) await assert.rejects(writeClip(describe(8, 8), shots), { code: 'INTERNAL' });
});

test('the poster is a PNG of the frame with most contrast in the first seconds', async () => {
  const black = new Uint16Array(32 * 16);
  const lively = noise(32 * 16, 9);
  const shots = [black, ...Array.from({ length: 30 }, () => lively), black].map((pixels): Shot => [pixels, 1]);
  const poster = await (await open((await writeClip(describe(32, 16), shots)).bytes)).poster({ signal });
  assert.equal(poster?.type, 'image/png');
  const png = Buffer.from(poster.bytes);
  assert.deepEqual([png.readUInt32BE(16), png.readUInt32BE(20)], [32, 16]);
  const rows = inflateSync(png.subarray(png.indexOf('IDAT') + 4, png.indexOf('IEND') - 8));
  assert.ok(
    rows.some((byte, i) => i % 97 !== 0 && byte > 0),
    'not the black frame',
  );
});

test('the poster of a large picture has 320 pixels on its long side', async () => {
  const poster = await (await open((await writeClip(describe(200, 640), [[noise(200 * 640, 4), 1]])).bytes)).poster({
    signal,
  });
  const png = Buffer.from(poster?.bytes ?? []);
  assert.deepEqual([png.readUInt32BE(16), png.readUInt32BE(20)], [100, 320]);
});

test('the statistics say what the bus has to carry', async () => {
  const reader = await open(
    (
      await writeClip(describe(320, 240), [
        [noise(320 * 240, 1), 1],
        [undefined, 1],
      ])
    ).bytes,
  );
  assert.deepEqual(await reader.statistics({ signal }), {
    frames: 2,
    busBytes: { average: 76_805.5, most: 153_611 },
    // 153,611 bytes of 8 bits at 50 MHz, 5 transfers of 12 us, 38 of 4096 bytes with 23 us, 6 line changes of 3 us
    busMs50: { average: 12.76, most: 25.53 },
    busMs62: { average: 10.31, most: 20.61 },
    secondsOverBudget: 0,
  });
});

test('seconds of full frames at 50 a second are over the budget', async () => {
  const shots = Array.from({ length: 150 }, (_, i): Shot => [new Uint16Array(320 * 240).fill(i + 1), 1]);
  const reader = await open((await writeClip(describe(320, 240, { timebase: [1, 50] }), shots)).bytes);
  assert.equal((await reader.statistics({ signal }))?.secondsOverBudget, 3);
});

test('the times of chunks are exact and do not drift', async () => {
  const shots = Array.from({ length: 3000 }, (_, i): Shot => [Uint16Array.of(i), 1]);
  const reader = await open((await writeClip(describe(1, 1, { timebase: [1001, 30_000] }), shots)).bytes);
  assert.equal(reader.durationUs, 100_100_000);
  for (const chunk of reader.chunks)
    assert.equal(chunk.startUs, Math.floor((chunk.firstFrame * 1_001_000_000) / 30_000));
});

/** Every kind of record and chunk in 30 frames of 24 x 16. */
function goldenShots(): Shot[] {
  const random = randomNumbers(11);
  const shots: Shot[] = [];
  let picture: Uint16Array = Uint16Array.from({ length: 24 * 16 }, (_, i) => (i >> 2) * 0x0841);
  for (let i = 0; i < 30; i++) {
    picture = picture.slice();
    fillBox(picture, 24, { x: random(20), y: random(12), width: 4, height: 4 }, random(65_536));
    if (i === 12) picture = noise(24 * 16, 3);
    shots.push(i % 9 === 8 ? [undefined, 40] : [picture, 1 + (i % 3)]);
  }
  return shots;
}

test('the writer makes the bytes of the golden clip', async () => {
  const golden = readFileSync(new URL('../golden/every-record.loop', import.meta.url));
  const { bytes } = await writeClip(describe(24, 16), goldenShots(), storedDeflate);
  assert.equal(Buffer.from(bytes).toString('hex'), golden.toString('hex'));
});

test('the golden clip, once deflated, plays the same pictures', async () => {
  const deflated = readFileSync(new URL('../golden/deflated.loop', import.meta.url));
  assert.deepEqual(
    timeline((await playClip(deflated)).shown.map(({ pixels, ticks }): Shot => [pixels, ticks])),
    timeline(goldenShots()),
  );
  const types = new Set((await recordsOf(deflated)).map((record) => record.type));
  assert.deepEqual([...types].sort(), ['delta', 'hold', 'key', 'raw']);
});
