/** For each target pixel of one axis the source pixels it is made of. */
export interface AxisTable {
  /** First source pixel of each target pixel. */
  readonly starts: Int32Array;
  /** How many neighbours each target pixel has, an even number; weights beyond its own are 0. */
  readonly taps: number;
  /** `taps` weights for each target pixel, adding up to `unity`. */
  readonly weights: Int16Array;
}

/** The sum of the weights of one target pixel: 14 bits, so that a weight of 1 still is an i16. */
export const unity = 16384;

/**
 * How the stretch of `length` pixels from `start` (real numbers, inside an axis of `size` pixels) becomes `target` pixels: shrinking is an
 * area average with the exact share of the pixels at both ends, enlarging is linear between pixel centres.
 */
export function axisTable(start: number, length: number, size: number, target: number): AxisTable {
  const ratio = length / target;
  const taps = ratio > 1 ? 2 * Math.ceil((Math.ceil(ratio) + 1) / 2) : 2;
  const starts = new Int32Array(target);
  const weights = new Int16Array(target * taps);
  for (let i = 0; i < target; i++) {
    const share = ratio > 1 ? area(start + i * ratio, ratio, size) : linear(start + (i + 0.5) * ratio - 0.5, size);
    starts[i] = share.first;
    weights.set(toUnity(share.weights), i * taps);
  }
  return { starts, taps, weights };
}

/** A share that only rounding of real numbers made. */
const nothing = 1e-9;

interface Share {
  first: number;
  weights: number[];
}

function area(from: number, length: number, size: number): Share {
  const to = Math.min(from + length, size);
  const first = Math.min(Math.floor(from + nothing), size - 1);
  const weights = [];
  for (let pixel = first; pixel < to - nothing; pixel++) weights.push(Math.min(pixel + 1, to) - Math.max(pixel, from));
  return { first, weights };
}

function linear(centre: number, size: number): Share {
  const at = Math.min(Math.max(centre, 0), size - 1);
  const first = Math.floor(at);
  return { first, weights: [first + 1 - at, at - first] };
}

/** Scales weights to integers of the sum `unity`; what rounding leaves over goes to the largest, where it shows least. */
function toUnity(weights: readonly number[]): number[] {
  const sum = weights.reduce((total, weight) => total + weight, 0);
  const whole = weights.map((weight) => Math.round((weight / sum) * unity));
  const rest = unity - whole.reduce((total, weight) => total + weight, 0);
  const largest = whole.indexOf(Math.max(...whole));
  whole[largest] = (whole[largest] ?? 0) + rest;
  return whole;
}
