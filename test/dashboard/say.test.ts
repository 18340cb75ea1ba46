import assert from 'node:assert/strict';
import { test } from 'node:test';
import { sayBytes, sayDuration, sayError, sayHertz } from '../../dashboard/style/say.ts';
import { LoopError } from '../../format/errors.ts';

test('bytes are said in decimal units with one digit below ten', () => {
  const said = [0, 999, 1000, 153_600, 6_600_000, 22_900_000, 12_400_000_000].map(sayBytes);
  assert.deepEqual(said, ['0 B', '999 B', '1 kB', '154 kB', '6.6 MB', '23 MB', '12 GB']);
});

test('durations are said in tenths below ten seconds, then seconds, then minutes and hours', () => {
  const said = [0, 480, 9_999, 10_000, 59_400, 65_000, 3_723_000].map(sayDuration);
  assert.deepEqual(said, ['0 s', '0.5 s', '10 s', '10 s', '59 s', '1:05', '1:02:03']);
});

test('a bus clock is said in megahertz without idle zeros', () => {
  assert.deepEqual([40_000_000, 31_250_000].map(sayHertz), ['40 MHz', '31.25 MHz']);
});

test('an error is said without its code, anything else as it is', () => {
  assert.equal(sayError(new LoopError('FILE_EMPTY', 'The file has no bytes.')), 'The file has no bytes.');
  assert.equal(sayError('torn'), 'torn');
});
