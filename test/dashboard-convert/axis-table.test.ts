import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { axisTable, unity } from '../../dashboard/convert/axis-table.ts';

const anyAxis = fc
  .record({
    size: fc.integer({ min: 1, max: 16384 }),
    target: fc.integer({ min: 1, max: 480 }),
    cut: fc.double({ min: 0, max: 0.9, noNaN: true }),
  })
  .map(({ size, target, cut }) => ({ size, target, start: (size * cut) / 2, length: size * (1 - cut) }));

describe('the axis table', () => {
  it('weighs every target pixel with exactly one whole and stays inside the source, for any crop', () => {
    fc.assert(
      fc.property(anyAxis, ({ size, target, start, length }) => {
        const { starts, taps, weights } = axisTable(start, length, size, target);
        for (let i = 0; i < target; i++) {
          const own = weights.subarray(i * taps, (i + 1) * taps);
          assert.equal(
            own.reduce((sum, weight) => sum + weight, 0),
            unity,
          );
          const last = own.findLastIndex((weight) => weight !== 0);
          assert.ok(starts[i]! >= 0 && starts[i]! + last < size);
        }
      }),
      { numRuns: 200 },
    );
  });

  it('counts a source pixel by the share that is covered', () => {
    const { starts, weights } = axisTable(0, 5, 5, 2);
    assert.deepEqual([...starts], [0, 2]);
    const shares = [...weights].map((weight) => Math.round((weight / unity) * 1000) / 1000);
    assert.deepEqual(shares, [0.4, 0.4, 0.2, 0, 0.2, 0.4, 0.4, 0]);
  });

  it('draws a line between pixel centres where it enlarges', () => {
    const { starts, weights } = axisTable(0, 2, 2, 4);
    assert.deepEqual([...starts], [0, 0, 0, 1]);
    assert.deepEqual([...weights], [unity, 0, unity * 0.75, unity * 0.25, unity * 0.25, unity * 0.75, unity, 0]);
  });
});
