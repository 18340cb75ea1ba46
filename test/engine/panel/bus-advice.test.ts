import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { busAdvice } from '../../../engine/panel/bus-advice.ts';

describe('the advice about the bus', () => {
  it('is silent when only the gaps between messages are missing', () => {
    // 62.5 MHz with 51 us after each 4096 bytes: the slowest of what was reported for a bus that is well.
    assert.equal(busAdvice(62_500_000, 56_800_000), null);
    assert.equal(busAdvice(40_000_000, 38_500_000), null);
  });

  it('tells that the core clock sinks', () => {
    assert.match(
      busAdvice(62_500_000, 31_200_000) ?? '',
      /31\.2 MHz of 62\.5 asked.*sinks.*core_freq=250.*force_turbo=1/,
    );
  });

  it('tells that the divider makes another clock', () => {
    assert.match(busAdvice(62_500_000, 50_100_000) ?? '', /50\.1 MHz of 62\.5 asked.*divides.*core_freq=250/);
  });
});
