import assert from 'node:assert/strict';
import { test } from 'node:test';
import { moved } from '../../dashboard/elements/row-lift.ts';
import { percentOf } from '../../dashboard/uploads/upload-job.ts';

test('the four stages share one bar: 0 to 15, 50, 80 and 100 percent, without a gap', () => {
  const stages = ['resizing', 'converting', 'uploading', 'finalizing'] as const;
  assert.deepEqual(
    stages.map((stage) => [percentOf(stage, 0), percentOf(stage, 1)]),
    [
      [0, 15],
      [15, 50],
      [50, 80],
      [80, 100],
    ],
  );
});

test('a fraction out of range stays in its stage', () => {
  assert.equal(percentOf('converting', -1), 15);
  assert.equal(percentOf('converting', 7), 50);
});

test('a row that is moved takes its new place and the others close up', () => {
  assert.deepEqual(moved(['a', 'b', 'c', 'd'], 0, 2), ['b', 'c', 'a', 'd']);
  assert.deepEqual(moved(['a', 'b', 'c', 'd'], 3, 0), ['d', 'a', 'b', 'c']);
  assert.deepEqual(moved(['a', 'b'], 1, 1), ['a', 'b']);
});
