import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { damage, mergeRectangles } from '../../format/damage.ts';
import type { Rectangle } from '../../format/frame.ts';
import { fillBox, randomNumbers } from './clips.ts';

const boxes = fc.array(
  fc.record({
    x: fc.integer({ min: 0, max: 99 }),
    y: fc.integer({ min: 0, max: 69 }),
    width: fc.integer({ min: 1, max: 30 }),
    height: fc.integer({ min: 1, max: 30 }),
  }),
  { maxLength: 40 },
);
const geometry = { width: 100, height: 70 };

function draw(rectangles: readonly Rectangle[]): Uint16Array {
  const pixels = new Uint16Array(geometry.width * geometry.height);
  for (const { x, y, width, height } of rectangles) {
    const box = { x, y, width: Math.min(width, geometry.width - x), height: Math.min(height, geometry.height - y) };
    fillBox(pixels, geometry.width, box, 1);
  }
  return pixels;
}

function area(rectangles: readonly Rectangle[]): number {
  return rectangles.reduce((sum, { width, height }) => sum + width * height, 0);
}

test('the rectangles cover every changed pixel, lie in the picture and are at most 16', () => {
  fc.assert(
    fc.property(boxes, boxes, fc.integer({ min: 0, max: 300 }), (one, two, cost) => {
      const [before, after] = [draw(one), draw(two)];
      const rectangles = damage(before, after, geometry, { cost });
      assert.ok(rectangles.length <= 16);
      const glass = before.slice();
      for (const { x, y, width, height } of rectangles) {
        assert.ok(x >= 0 && y >= 0 && width > 0 && height > 0 && x + width <= 100 && y + height <= 70);
        for (let row = y; row < y + height; row++) {
          glass.set(after.subarray(row * 100 + x, row * 100 + x + width), row * 100 + x);
        }
      }
      assert.deepEqual(glass, after);
    }),
    { numRuns: 200, seed: 7 },
  );
});

test('equal pictures have no damage', () => {
  const picture = draw([{ x: 3, y: 4, width: 5, height: 6 }]);
  assert.deepEqual(damage(picture, picture.slice(), geometry), []);
});

test('one changed pixel is one rectangle of one pixel', () => {
  const after = draw([{ x: 99, y: 69, width: 1, height: 1 }]);
  assert.deepEqual(damage(draw([]), after, geometry), [{ x: 99, y: 69, width: 1, height: 1 }]);
});

test('two far places are two rectangles, two close ones are one', () => {
  const far = draw([
    { x: 0, y: 0, width: 10, height: 10 },
    { x: 80, y: 50, width: 10, height: 10 },
  ]);
  assert.equal(damage(draw([]), far, geometry).length, 2);
  const close = draw([
    { x: 0, y: 0, width: 10, height: 10 },
    { x: 12, y: 0, width: 10, height: 10 },
  ]);
  assert.deepEqual(damage(draw([]), close, geometry), [{ x: 0, y: 0, width: 22, height: 10 }]);
});

test('what is sent, each rectangle counted 200 pixels more, is never more than the box around it all', () => {
  const random = randomNumbers(12);
  for (let round = 0; round < 200; round++) {
    const change = Array.from({ length: 1 + random(6) }, () => ({
      x: random(90),
      y: random(60),
      width: 1 + random(10),
      height: 1 + random(10),
    }));
    const rectangles = damage(draw([]), draw(change), geometry);
    const box = mergeRectangles(rectangles, { cost: 0, most: 1 });
    assert.ok(area(rectangles) + rectangles.length * 200 <= area(box) + 200);
  }
});

test('confetti all over the largest picture is found in few rectangles', () => {
  const random = randomNumbers(6);
  const wide = { width: 512, height: 511 };
  const before = new Uint16Array(wide.width * wide.height);
  const after = before.slice();
  for (let i = 0; i < 500; i++) after[random(after.length)] = 1;
  assert.ok(damage(before, after, wide).length <= 16);
});

test('merging stops where sending apart is cheaper, but not above the most', () => {
  const row = Array.from({ length: 20 }, (_, i) => ({ x: i * 50, y: 0, width: 10, height: 10 }));
  assert.equal(mergeRectangles(row, { cost: 100, most: 32 }).length, 20);
  assert.equal(mergeRectangles(row, { cost: 100, most: 4 }).length, 4);
  assert.deepEqual(mergeRectangles(row, { cost: 1000, most: 32 }), [{ x: 0, y: 0, width: 960, height: 10 }]);
  assert.equal(row.length, 20);
});
