import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import fc from 'fast-check';
import { crc32OfPixels } from '../../format/crc32.ts';
import { isLoopError } from '../../format/errors.ts';
import { decodeFrame, encodeFrame } from '../../format/frame-codec.ts';
import { randomNumbers } from './clips.ts';
import { slowDecode } from './slow-q565.ts';

interface Vector {
  what: string;
  width: number;
  previous_pixel: string | null;
  bytes: string;
  pixels: number;
  crc32_of_pixels: string;
}
const vectors: Vector[] = JSON.parse(readFileSync(new URL('../vectors/q565.json', import.meta.url), 'utf8'));

for (const vector of vectors) {
  test(`decodes the vector: ${vector.what}`, () => {
    const shadow = new Uint16Array(vector.pixels).fill(Number.parseInt(vector.previous_pixel ?? '0', 16));
    decodeFrame(
      Buffer.from(vector.bytes, 'hex'),
      shadow,
      vector.width,
      vector.previous_pixel === null ? 'key' : 'delta',
    );
    assert.equal(crc32OfPixels(shadow).toString(16).padStart(8, '0'), vector.crc32_of_pixels);
  });
}

/** Two pictures that have much, little or nothing in common, so that every operation is needed. */
const pictures = fc
  .record({
    width: fc.integer({ min: 1, max: 40 }),
    height: fc.integer({ min: 1, max: 60 }),
    seed: fc.integer({ min: 1, max: 2 ** 31 }),
    change: fc.constantFrom(2, 10, 400, 5000),
    flat: fc.constantFrom(2, 30, 900),
  })
  .map(({ width, height, seed, change, flat }) => {
    const random = randomNumbers(seed);
    const before = new Uint16Array(width * height);
    const after = new Uint16Array(width * height);
    for (let i = 0; i < before.length; i++) {
      const left = i > 0 ? (before[i - 1] as number) : 0;
      before[i] = random(flat) === 0 ? random(65_536) : random(flat) === 0 ? near(left, random) : left;
    }
    for (let i = 0; i < after.length; i++) {
      const same = before[i] as number;
      const left = i > 0 ? (after[i - 1] as number) : 0;
      const kinds = [random(65_536), near(same, random), near(left, random), left, far(left, random)];
      after[i] = random(change) === 0 ? (kinds[random(kinds.length)] as number) : same;
    }
    return { width, before, after };
  });

function near(pixel: number, random: (below: number) => number): number {
  const green = (((pixel >> 5) & 63) + random(4) + 62) & 63;
  return ((((pixel >> 11) + random(4) + 30) & 31) << 11) | (green << 5) | (((pixel & 31) + random(4) + 30) & 31);
}
function far(pixel: number, random: (below: number) => number): number {
  const dg = random(32) - 16;
  const side = (channel: number): number => (channel + random(16) - 8 + Math.floor(dg / 2) + 64) & 31;
  return (side(pixel >> 11) << 11) | (((((pixel >> 5) & 63) + dg + 64) & 63) << 5) | side(pixel & 31);
}

test('what the encoder writes, both decoders read back to the pixel, as delta and as key', () => {
  const seen = new Set<string>();
  fc.assert(
    fc.property(pictures, ({ width, before, after }) => {
      const out = new Uint8Array(after.length * 3);
      for (const kind of ['delta', 'key'] as const) {
        const data = out.subarray(0, encodeFrame(after, kind === 'delta' ? before : undefined, width, out));
        const shadow = before.slice();
        decodeFrame(data, shadow, width, kind);
        assert.deepEqual(shadow, after);
        assert.deepEqual(slowDecode([...data], [...before], width), [...after]);
        noteOperations(data, seen);
      }
    }),
    { numRuns: 150, seed: 1 },
  );
  assert.equal(seen.size, 9, `operations seen: ${[...seen].join()}`);
});

function noteOperations(data: Uint8Array, seen: Set<string>): void {
  for (let at = 0; at < data.length; ) {
    const op = data[at] as number;
    const [name, bytes] =
      op < 0xc0
        ? [['above', 'left', 'previous'][op >> 6] as string, 1]
        : op < 0xe0
          ? ['luma', 2]
          : op < 0xea
            ? ['run', 1]
            : op < 0xfa
              ? ['skip', 1]
              : op < 0xfe
                ? ['long skip', 2]
                : op === 0xfe
                  ? ['literal', 3]
                  : ['long run', 2];
    seen.add(name);
    at += bytes;
  }
}

test('any bytes either decode as the table says or are refused as damaged', () => {
  const random = randomNumbers(7);
  const count = 24;
  let decoded = 0;
  for (let round = 0; round < 6000; round++) {
    const data = Array.from({ length: 1 + random(12) }, () => (random(3) === 0 ? 0xe0 + random(32) : random(256)));
    const before = Uint16Array.from({ length: count }, () => random(65_536));
    const expected = slowOrUndefined(data, before, count);
    const shadow = before.slice();
    try {
      decodeFrame(Uint8Array.from(data), shadow, 8, 'delta');
      assert.deepEqual([...shadow], expected);
      decoded++;
    } catch (error) {
      assert.ok(isLoopError(error, 'CLIP_DAMAGED'), String(error));
      assert.equal(expected, undefined, `refused, but the table reads it: ${Buffer.from(data).toString('hex')}`);
    }
  }
  assert.ok(decoded > 50, `only ${decoded} of the random frames were whole`);
});

function slowOrUndefined(data: number[], before: Uint16Array, count: number): number[] | undefined {
  try {
    const pixels = slowDecode(data, [...before, ...new Array<number>(2000).fill(0)], 8);
    return pixels.length === count ? pixels : undefined;
  } catch {
    return undefined;
  }
}

test('a key frame with a skip or a step from the previous frame is refused', () => {
  for (const bytes of [[0xea], [0xaa], [0xfa, 0]]) {
    const shadow = new Uint16Array(bytes.length === 2 ? 17 : 1);
    decodeFrame(Uint8Array.from(bytes), shadow.slice(), 1, 'delta');
    assert.throws(() => decodeFrame(Uint8Array.from(bytes), shadow, 1, 'key'), { code: 'CLIP_DAMAGED' });
  }
});

test('data that covers too little or too much, or goes on after the last pixel, is refused', () => {
  const four = new Uint16Array(4);
  for (const bytes of [
    [],
    [0xe2],
    [0xe4],
    [0xe3, 0xe0],
    [0xfe, 1],
    [0xc0],
    [0xff],
    [0xfa],
    [0xed, 0xea],
    [0xfd, 0xff],
  ]) {
    assert.throws(() => decodeFrame(Uint8Array.from(bytes), four, 2, 'delta'), { code: 'CLIP_DAMAGED' }, String(bytes));
  }
  decodeFrame(Uint8Array.of(0xe3), four, 2, 'delta');
});
