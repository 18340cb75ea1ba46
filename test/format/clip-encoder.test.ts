import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { MemoryByteSource } from '../../format/byte-source.ts';
import { checkClip } from '../../format/clip-check.ts';
import { ClipEncoder, THRESHOLDS } from '../../format/clip-encoder.ts';
import { scale } from '../../format/fit.ts';
import type { Fit, Quality } from '../../format/frame.ts';
import { distance, quantise } from '../../format/pixels.ts';
import { deflate, describe, inflate, playClip, randomNumbers, signal } from './clips.ts';

async function encode(
  frames: readonly Uint8Array[],
  geometry: { width: number; height: number },
  mode: Quality,
  dither: 'none' | 'bayer' = 'none',
): Promise<Uint8Array> {
  const parts: Uint8Array[] = [];
  const conversion = { mode, threshold: THRESHOLDS[mode], dither, fit: 'contain' as const };
  const description = describe(geometry.width, geometry.height, { conversion });
  const write = async (bytes: Uint8Array): Promise<void> => void parts.push(bytes);
  const encoder = new ClipEncoder(description, { deflate, write });
  for (const rgba of frames) await encoder.addRgba(rgba, 1);
  await encoder.hold(3);
  const summary = await encoder.finish();
  const bytes = new Uint8Array(Buffer.concat(parts));
  assert.deepEqual(await checkClip(new MemoryByteSource(bytes), { inflate, signal }), summary);
  return bytes;
}

/** A short film in noise: every frame the one before, each channel moved by up to `noise`. */
const films = fc
  .record({
    width: fc.integer({ min: 1, max: 40 }),
    height: fc.integer({ min: 1, max: 30 }),
    seed: fc.integer({ min: 1, max: 2 ** 31 }),
    noise: fc.constantFrom(1, 4, 9, 40),
    frames: fc.integer({ min: 2, max: 12 }),
    fit: fc.constantFrom<Fit>('contain', 'cover', 'stretch'),
  })
  .map(({ width, height, seed, noise, frames, fit }) => {
    const random = randomNumbers(seed);
    const first = Uint8ClampedArray.from({ length: width * height * 4 }, () => random(256));
    const film = [first];
    for (let i = 1; i < frames; i++) {
      film.push(
        Uint8ClampedArray.from(film[i - 1] as Uint8ClampedArray, (value) => value + random(noise * 2 + 1) - noise),
      );
    }
    const target = { width: 24, height: 18 };
    const scaled = film.map((rgba) => {
      const out = new Uint8Array(target.width * target.height * 4);
      scale(rgba, { width, height }, target, fit, out);
      return out;
    });
    return { scaled, target };
  });

test('exact: every frame is the scaled source, rounded', async () => {
  await fc.assert(
    fc.asyncProperty(films, async ({ scaled, target }) => {
      const { shown } = await playClip(await encode(scaled, target, 'exact'));
      scaled.forEach((rgba, i) => {
        const rounded = new Uint16Array(target.width * target.height);
        quantise(rgba, rounded, { dither: 'none', width: target.width });
        assert.deepEqual(shown[i]?.pixels, rounded);
      });
    }),
    { numRuns: 30, seed: 4 },
  );
});

test('t6: every channel of every frame is within 6 of 255 of the scaled source', async () => {
  await fc.assert(
    fc.asyncProperty(films, async ({ scaled, target }) => {
      const { shown } = await playClip(await encode(scaled, target, 't6'));
      assert.ok(farthest(scaled, shown) <= 6);
    }),
    { numRuns: 40, seed: 5 },
  );
});

test('t8b: no channel is more than 16 of 255 away from the scaled source', async () => {
  await fc.assert(
    fc.asyncProperty(films, async ({ scaled, target }) => {
      const { shown } = await playClip(await encode(scaled, target, 't8b'));
      assert.ok(farthest(scaled, shown) <= 16);
    }),
    { numRuns: 30, seed: 6 },
  );
});

function farthest(scaled: readonly Uint8Array[], shown: readonly { pixels: Uint16Array }[]): number {
  let most = 0;
  scaled.forEach((rgba, frame) => {
    shown[frame]?.pixels.forEach((pixel, i) => {
      most = Math.max(most, distance(pixel, rgba, i * 4));
    });
  });
  return most;
}

test('the smaller the quality, the smaller the file of a noisy film', async () => {
  const random = randomNumbers(8);
  const target = { width: 64, height: 48 };
  const film = Array.from({ length: 20 }, () =>
    Uint8Array.from({ length: 64 * 48 * 4 }, (_, i) => 60 + (i >> 8) + random(13)),
  );
  const sizes = [];
  for (const mode of ['exact', 't6', 't8b'] as const) sizes.push((await encode(film, target, mode)).length);
  const [exact = 0, t6 = 0, t8b = 0] = sizes;
  assert.ok(t6 < exact * 0.9 && t8b < t6 * 0.9, `exact ${exact}, t6 ${t6}, t8b ${t8b} bytes`);
});

test('Bayer and t6 together: a picture that stands still is sent once', async () => {
  const target = { width: 64, height: 48 };
  const gradient = Uint8Array.from({ length: 64 * 48 * 4 }, (_, i) => (i >> 2) % 64);
  const { shown } = await playClip(await encode([gradient, gradient, gradient], target, 't6', 'bayer'));
  assert.deepEqual(shown[2]?.pixels, shown[0]?.pixels);
  assert.ok(new Set(shown[0]?.pixels).size > 8, 'it is dithered');
});
