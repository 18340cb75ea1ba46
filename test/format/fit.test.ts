import assert from 'node:assert/strict';
import { test } from 'node:test';
import { place, rotate, scale } from '../../format/fit.ts';
import { randomNumbers } from './clips.ts';

const panel = { width: 320, height: 240 };

test('contain shows the whole source in the middle, odd pixels right and below', () => {
  const whole = (width: number, height: number) => ({ x: 0, y: 0, width, height });
  const cases = [
    [
      { width: 1920, height: 1080 },
      { x: 0, y: 30, width: 320, height: 180 },
    ],
    [
      { width: 1080, height: 1920 },
      { x: 92, y: 0, width: 135, height: 240 },
    ],
    [
      { width: 320, height: 239 },
      { x: 0, y: 0, width: 320, height: 239 },
    ],
    [
      { width: 319, height: 240 },
      { x: 0, y: 0, width: 319, height: 240 },
    ],
    [
      { width: 1, height: 1 },
      { x: 40, y: 0, width: 240, height: 240 },
    ],
    [
      { width: 4000, height: 1 },
      { x: 0, y: 119, width: 320, height: 1 },
    ],
  ] as const;
  for (const [source, target] of cases) {
    assert.deepEqual(place(source, panel, 'contain'), { source: whole(source.width, source.height), target });
  }
});

test('cover fills the target from the middle of the source', () => {
  assert.deepEqual(place({ width: 1920, height: 1080 }, panel, 'cover'), {
    source: { x: 240, y: 0, width: 1440, height: 1080 },
    target: { x: 0, y: 0, width: 320, height: 240 },
  });
  const odd = place({ width: 101, height: 55 }, panel, 'cover').source;
  assert.ok(Math.abs(odd.width / odd.height - 4 / 3) < 1e-9);
  assert.ok(Math.abs(odd.x * 2 + odd.width - 101) < 1e-9 && odd.y === 0);
});

test('stretch takes all to all', () => {
  const { source, target } = place({ width: 7, height: 9 }, panel, 'stretch');
  assert.deepEqual(
    [source, target],
    [
      { x: 0, y: 0, width: 7, height: 9 },
      { x: 0, y: 0, width: 320, height: 240 },
    ],
  );
});

function grey(values: readonly number[]): Uint8Array {
  return Uint8Array.from(values.flatMap((value) => [value, value, value, 77]));
}

function scaledGrey(
  values: readonly number[],
  width: number,
  target: { width: number; height: number },
  fit: 'contain' | 'cover' | 'stretch',
) {
  const out = new Uint8Array(target.width * target.height * 4);
  scale(grey(values), { width, height: values.length / width }, target, fit, out);
  for (let i = 0; i < out.length; i += 4) assert.deepEqual([out[i + 1], out[i + 2], out[i + 3]], [out[i], out[i], 255]);
  return [...out].filter((_, i) => i % 4 === 0);
}

test('down is the average of the area under each pixel, parts of pixels by their part', () => {
  assert.deepEqual(scaledGrey([0, 100, 200, 100], 4, { width: 2, height: 1 }, 'stretch'), [50, 150]);
  assert.deepEqual(scaledGrey([0, 30, 60], 3, { width: 2, height: 1 }, 'stretch'), [10, 50]);
  assert.deepEqual(scaledGrey([10, 20, 30, 41], 2, { width: 1, height: 1 }, 'stretch'), [25]);
});

test('up is bilinear between the centres of pixels, flat beyond the outer ones', () => {
  assert.deepEqual(scaledGrey([0, 100], 2, { width: 4, height: 1 }, 'stretch'), [0, 25, 75, 100]);
  assert.deepEqual(scaledGrey([50], 1, { width: 3, height: 3 }, 'stretch'), new Array(9).fill(50));
});

test('each axis goes its own way: down across, up along', () => {
  assert.deepEqual(scaledGrey([0, 40, 100, 140], 2, { width: 1, height: 4 }, 'stretch'), [20, 45, 95, 120]);
});

test('bars are black and flat areas stay what they are at every size', () => {
  const random = randomNumbers(2);
  for (let round = 0; round < 60; round++) {
    const source = { width: 1 + random(60), height: 1 + random(60) };
    const target = { width: 1 + random(60), height: 1 + random(60) };
    const values = new Array(source.width * source.height).fill(200);
    const box = place(source, target, 'contain').target;
    const out = scaledGrey(values, source.width, target, 'contain');
    out.forEach((value, i) => {
      const [x, y] = [i % target.width, Math.floor(i / target.width)];
      const isInside = x >= box.x && x < box.x + box.width && y >= box.y && y < box.y + box.height;
      assert.equal(value, isInside ? 200 : 0);
    });
    assert.ok(scaledGrey(values, source.width, target, 'cover').every((value) => value === 200));
  }
});

test('the mean of a picture survives scaling down', () => {
  const random = randomNumbers(21);
  const values = Array.from({ length: 97 * 61 }, () => random(256));
  const mean = (list: readonly number[]): number => list.reduce((sum, value) => sum + value, 0) / list.length;
  assert.ok(Math.abs(mean(scaledGrey(values, 97, { width: 20, height: 9 }, 'stretch')) - mean(values)) < 0.5);
});

test('a clamped array gives the same bytes as a plain one', () => {
  const random = randomNumbers(22);
  const values = Array.from({ length: 20 * 20 }, () => random(256));
  const out = new Uint8ClampedArray(7 * 7 * 4);
  scale(Uint8ClampedArray.from(grey(values)), { width: 20, height: 20 }, { width: 7, height: 7 }, 'stretch', out);
  assert.deepEqual(
    [...out].filter((_, i) => i % 4 === 0),
    scaledGrey(values, 20, { width: 7, height: 7 }, 'stretch'),
  );
});

test('turning is clockwise', () => {
  const picture = { width: 3, height: 2, pixels: Uint16Array.of(1, 2, 3, 4, 5, 6) };
  assert.equal(rotate(picture, 0), picture);
  assert.deepEqual(rotate(picture, 90), { width: 2, height: 3, pixels: Uint16Array.of(4, 1, 5, 2, 6, 3) });
  assert.deepEqual(rotate(picture, 180), { width: 3, height: 2, pixels: Uint16Array.of(6, 5, 4, 3, 2, 1) });
  assert.deepEqual(rotate(picture, 270), { width: 2, height: 3, pixels: Uint16Array.of(3, 6, 2, 5, 1, 4) });
});
