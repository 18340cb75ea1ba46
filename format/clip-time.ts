/** Length of a tick as [numerator, denominator] of a second: [1, 25] is 40 ms. Both are whole and 1 to 1,000,000. */
export type Timebase = readonly [number, number];

/**
 * Media time of a count of ticks since the start, in whole microseconds, rounded down.
 * Convert the running total, never single frames: so nothing adds up to a drift. Exact up to 2^33 ticks.
 */
export function ticksToUs(ticks: number, timebase: Timebase): number {
  const [numerator, denominator] = timebase;
  const parts = ticks * numerator;
  const seconds = Math.floor(parts / denominator);
  return seconds * 1_000_000 + Math.floor(((parts - seconds * denominator) * 1_000_000) / denominator);
}
