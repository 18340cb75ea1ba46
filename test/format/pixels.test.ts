import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { BlockKeeper } from '../../format/keep-blocks.ts';
import { distance, keepClose, quantise, readBigEndian, toRgba, writeBigEndian } from '../../format/pixels.ts';
import { randomNumbers } from './clips.ts';

/** Every value of every channel as grey pixels. */
const greys = Uint8Array.from({ length: 256 * 4 }, (_, i) => (i % 4 === 3 ? 255 : i >> 2));

function rgbaOf(pixels: Uint16Array): Uint8Array {
  const rgba = new Uint8Array(pixels.length * 4);
  toRgba(pixels, rgba);
  return rgba;
}

test('rounding keeps black, white and all 65,536 colours of RGB565 as they are', () => {
  const all = Uint16Array.from({ length: 65_536 }, (_, i) => i);
  const back = new Uint16Array(65_536);
  quantise(rgbaOf(all), back, { dither: 'none', width: 256 });
  assert.deepEqual(back, all);
});

test('rounding is off by at most 5 of 255 in red and blue, 3 in green', () => {
  const pixels = new Uint16Array(256);
  quantise(greys, pixels, { dither: 'none', width: 256 });
  const rgba = rgbaOf(pixels);
  for (let i = 0; i < 256; i++) {
    for (const [channel, most] of [
      [0, 5],
      [1, 3],
      [2, 5],
    ] as const) {
      const away = Math.abs((rgba[i * 4 + channel] as number) - i);
      assert.ok(away <= most, `${i} becomes ${rgba[i * 4 + channel]}`);
    }
  }
});

test('Bayer keeps the mean of a flat area, its black and its white', () => {
  for (let value = 0; value < 256; value++) {
    const flat = new Uint8Array(64 * 4).fill(value);
    const pixels = new Uint16Array(64);
    quantise(flat, pixels, { dither: 'bayer', width: 8 });
    const rgba = rgbaOf(pixels);
    for (const channel of [0, 1, 2]) {
      const mean = rgba.filter((_, i) => i % 4 === channel).reduce((sum, v) => sum + v, 0) / 64;
      assert.ok(Math.abs(mean - value) < (channel === 1 ? 1.6 : 2.6), `${value} becomes ${mean} on average`);
    }
    if (value === 0 || value === 255) assert.equal(new Set(pixels).size, 1);
  }
});

test('Bayer is fixed to the picture: its pattern comes again every 8 pixels of a row and 8 rows', () => {
  const width = 19;
  const pixels = new Uint16Array(width * 17);
  quantise(new Uint8Array(width * 17 * 4).fill(100), pixels, { dither: 'bayer', width });
  for (let y = 0; y < 9; y++)
    for (let x = 0; x < 11; x++) assert.equal(pixels[y * width + x], pixels[(y + 8) * width + x + 8]);
  assert.ok(new Set(pixels).size > 1);
});

test('keepClose keeps a shown pixel exactly while every channel is within the threshold', () => {
  const sources = fc.uint8Array({ minLength: 64, maxLength: 64 });
  const changes = fc.array(fc.integer({ min: -12, max: 12 }), { minLength: 64, maxLength: 64 });
  fc.assert(
    fc.property(sources, changes, fc.integer({ min: 0, max: 16 }), (rgba, change, threshold) => {
      const shown = new Uint16Array(16);
      const next = new Uint16Array(16);
      quantise(
        Uint8ClampedArray.from(rgba, (value, i) => value + (change[i] as number)),
        shown,
        { dither: 'none', width: 4 },
      );
      quantise(rgba, next, { dither: 'none', width: 4 });
      const kept = next.slice();
      keepClose(rgba, shown, kept, threshold);
      const shownRgba = rgbaOf(shown);
      for (let i = 0; i < 16; i++) {
        const away = [0, 1, 2].map((channel) =>
          Math.abs((shownRgba[i * 4 + channel] as number) - (rgba[i * 4 + channel] as number)),
        );
        assert.equal(kept[i], Math.max(...away) <= threshold ? shown[i] : next[i]);
      }
    }),
    { numRuns: 300, seed: 3 },
  );
});

test('a block with a few far pixels is kept for twelve frames, one with a very far pixel never', () => {
  const shown = new Uint16Array(64).fill(0x8410);
  const rgba = rgbaOf(shown);
  for (let i = 0; i < 8; i++) rgba[i * 4] = (rgba[i * 4] as number) + 12;
  const next = new Uint16Array(64);
  const keeper = new BlockKeeper(8, 8);
  const keeps = (): boolean => {
    quantise(rgba, next, { dither: 'none', width: 8 });
    keeper.keep(rgba, shown, next, 8);
    return next.every((pixel, i) => pixel === shown[i]);
  };
  assert.deepEqual(Array.from({ length: 14 }, keeps), [...new Array(12).fill(true), false, true]);
  rgba[0] = (rgba[0] as number) + 5;
  assert.equal(keeps(), false);
  assert.equal(
    next.filter((pixel, i) => pixel === shown[i]).length,
    56,
    'pixels within the threshold stay all the same',
  );
});

test('blocks at the right and lower edge of any picture are kept too', () => {
  const random = randomNumbers(4);
  for (const [width, height] of [
    [1, 1],
    [9, 7],
    [17, 10],
  ] as const) {
    const shown = Uint16Array.from({ length: width * height }, () => random(65_536));
    const rgba = rgbaOf(shown);
    const next = new Uint16Array(width * height);
    new BlockKeeper(width, height).keep(rgba, shown, next, 8);
    assert.deepEqual(next, shown);
  }
});

test('distance is that of the worst channel', () => {
  assert.equal(distance(0xf800, Uint8Array.of(255, 9, 3, 0), 0), 9);
  assert.equal(distance(0x001f, Uint8Array.of(0, 0, 200, 0), 0), 55);
});

test('pixels go out high byte first and come back', () => {
  const pixels = Uint16Array.of(0x1234, 0xf800, 0x00ff);
  const bytes = new Uint8Array(6);
  writeBigEndian(pixels, bytes);
  assert.deepEqual([...bytes], [0x12, 0x34, 0xf8, 0x00, 0x00, 0xff]);
  const back = new Uint16Array(3);
  readBigEndian(bytes, back);
  assert.deepEqual(back, pixels);
});
