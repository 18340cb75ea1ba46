import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { isFresh, rangeHolds, wantedBytes } from '../../addon/http/range.ts';

const whole = { kind: 'whole' };
const none = { kind: 'none' };
const part = (start: number, end: number) => ({ kind: 'part', start, end });

const cases: readonly (readonly [header: string | undefined, wanted: object])[] = [
  [undefined, whole],
  ['bytes=0-', part(0, 99)],
  ['bytes=0-0', part(0, 0)],
  ['bytes=10-19', part(10, 19)],
  ['bytes=10-1000', part(10, 99)],
  ['bytes=-10', part(90, 99)],
  ['bytes=-1000', part(0, 99)],
  ['bytes=-0', none],
  ['bytes=99-', part(99, 99)],
  ['bytes=100-', none],
  ['bytes=100-200', none],
  ['bytes=20-10', whole],
  ['bytes=0-1,5-6', whole],
  ['bytes=-', whole],
  ['items=0-1', whole],
  ['bytes=a-b', whole],
  ['Bytes = 1-2', part(1, 2)],
];

for (const [header, wanted] of cases) {
  test(`the range ${header} of 100 bytes is ${JSON.stringify(wanted)}`, () => {
    assert.deepEqual(wantedBytes(header, 100), wanted);
  });
}

test('an empty file has no range', () => {
  assert.deepEqual(wantedBytes('bytes=0-', 0), none);
  assert.deepEqual(wantedBytes('bytes=-5', 0), none);
});

test('whatever the header says, a part lies inside the file', () => {
  fc.assert(
    fc.property(fc.oneof(fc.string(), fc.stringMatching(/^bytes=\d{0,20}-\d{0,20}$/)), fc.nat(), (header, size) => {
      const wanted = wantedBytes(header, size);
      if (wanted.kind !== 'part') return;
      assert.ok(wanted.start >= 0 && wanted.start <= wanted.end && wanted.end < size);
    }),
  );
});

test('a kept copy is fresh when one of its tags is the tag of the file, weak or strong', () => {
  assert.equal(isFresh('"a"', '"a"'), true);
  assert.equal(isFresh('"b", W/"a"', '"a"'), true);
  assert.equal(isFresh('*', '"a"'), true);
  assert.equal(isFresh('"b"', '"a"'), false);
  assert.equal(isFresh(undefined, '"a"'), false);
});

test('If-Range holds for the very same strong tag alone', () => {
  assert.equal(rangeHolds(undefined, '"a"'), true);
  assert.equal(rangeHolds('"a"', '"a"'), true);
  assert.equal(rangeHolds('"b"', '"a"'), false);
  assert.equal(rangeHolds('W/"a"', 'W/"a"'), false);
  assert.equal(rangeHolds('Sat, 21 Nov 2026 10:00:00 GMT', '"a"'), false);
});
