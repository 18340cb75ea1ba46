// The resize kernel, in AssemblyScript (https://www.assemblyscript.org), SIMD 128. `picture-scaler.ts` owns the memory and fills it.
//
// Both axes are tables: target pixel i is a weighted sum of `taps` neighbouring source pixels from start[i] on, weights of 14 bits that
// add up to 16384. Area average, bilinear, crops, and samples that lie apart (NV12, RGBA) differ in the tables alone.
//
// A job is 3 planes of PLANE bytes (fields below), then the 3 x 4 colour matrix in fixed point with 20 fraction bits less the 7 of a sample.
const PLANE: usize = 36;
// plane:  0 source   4 stride   8 bytes of a row that are used, a multiple of 16   12 row starts   16 row weights   20 pairs of rows
//        24 column starts (bytes)   28 column weights   32 groups of 8 columns

/** Vertical pass of one target row: i16 with 7 fraction bits for every source byte of the row. */
// @ts-ignore: decorator
@inline
function blendRows(plane: usize, row: i32, skipped: i32, out: usize): void {
  const stride: usize = load<i32>(plane, 4);
  const bytes: usize = load<i32>(plane, 8);
  const pairs = load<i32>(plane, 20);
  const start = load<i32>(<usize>load<i32>(plane, 12) + (<usize>row << 2)) - skipped;
  const first = <usize>load<i32>(plane) + <usize>start * stride;
  const weights = <usize>load<i32>(plane, 16) + <usize>(row * pairs) * 4;
  const half = i32x4.splat(64);
  for (let x: usize = 0; x < bytes; x += 16) {
    let a = half, b = half, c = half, d = half;
    let source = first + x;
    for (let pair = 0; pair < pairs; pair++) {
      // Two rows interleaved, so that one dot product weighs and adds both.
      const weight = v128.load32_splat(weights + (<usize>pair << 2));
      const upper = v128.load(source);
      const lower = v128.load(source + stride);
      const left = v128.shuffle<u8>(upper, lower, 0, 16, 1, 17, 2, 18, 3, 19, 4, 20, 5, 21, 6, 22, 7, 23);
      const right = v128.shuffle<u8>(upper, lower, 8, 24, 9, 25, 10, 26, 11, 27, 12, 28, 13, 29, 14, 30, 15, 31);
      a = i32x4.add(a, i32x4.dot_i16x8_s(i16x8.extend_low_i8x16_u(left), weight));
      b = i32x4.add(b, i32x4.dot_i16x8_s(i16x8.extend_high_i8x16_u(left), weight));
      c = i32x4.add(c, i32x4.dot_i16x8_s(i16x8.extend_low_i8x16_u(right), weight));
      d = i32x4.add(d, i32x4.dot_i16x8_s(i16x8.extend_high_i8x16_u(right), weight));
      source += stride << 1;
    }
    v128.store(out + (x << 1), i16x8.narrow_i32x4_s(i32x4.shr_s(a, 7), i32x4.shr_s(b, 7)));
    v128.store(out + (x << 1), i16x8.narrow_i32x4_s(i32x4.shr_s(c, 7), i32x4.shr_s(d, 7)), 16);
  }
}

// @ts-ignore: decorator
@inline
function weigh(blended: usize, start: usize, weights: usize, groups: i32): v128 {
  let samples = blended + (<usize>load<i32>(start) << 1);
  let sum = i32x4.dot_i16x8_s(v128.load(samples), v128.load(weights));
  for (let group = 1; group < groups; group++) {
    samples += 16;
    weights += 16;
    sum = i32x4.add(sum, i32x4.dot_i16x8_s(v128.load(samples), v128.load(weights)));
  }
  return sum;
}

/** Horizontal pass for target columns x to x + 3: i32 with 7 fraction bits. */
// @ts-ignore: decorator
@inline
function blendColumns(plane: usize, x: i32, blended: usize): v128 {
  const groups = load<i32>(plane, 32);
  const starts = <usize>load<i32>(plane, 24) + (<usize>x << 2);
  const size = <usize>groups << 4;
  const weights = <usize>load<i32>(plane, 28) + <usize>x * size;
  const a = weigh(blended, starts, weights, groups);
  const b = weigh(blended, starts + 4, weights + size, groups);
  const c = weigh(blended, starts + 8, weights + size * 2, groups);
  const d = weigh(blended, starts + 12, weights + size * 3, groups);
  const ab = i32x4.add(v128.shuffle<i32>(a, b, 0, 4, 1, 5), v128.shuffle<i32>(a, b, 2, 6, 3, 7));
  const cd = i32x4.add(v128.shuffle<i32>(c, d, 0, 4, 1, 5), v128.shuffle<i32>(c, d, 2, 6, 3, 7));
  const sums = i32x4.add(v128.shuffle<i32>(ab, cd, 0, 1, 4, 5), v128.shuffle<i32>(ab, cd, 2, 3, 6, 7));
  return i32x4.shr_s(i32x4.add(sums, i32x4.splat(1 << 13)), 14);
}

// @ts-ignore: decorator
@inline
function channel(matrix: usize, a: v128, b: v128, c: v128): v128 {
  const sum = i32x4.add(
    i32x4.add(i32x4.mul(a, v128.load32_splat(matrix)), i32x4.mul(b, v128.load32_splat(matrix + 4))),
    i32x4.add(i32x4.mul(c, v128.load32_splat(matrix + 8)), v128.load32_splat(matrix + 12)),
  );
  return i32x4.shr_s(sum, 20);
}

/**
 * Target rows `from` to `to` as RGBA at `out`, rows of `width` pixels (a multiple of 4). `skipped` source rows at the top are not in memory.
 * `blended` is scratch for three rows, `blendedBytes` apart.
 */
export function render(
  job: usize,
  from: i32,
  to: i32,
  skipped: i32,
  width: i32,
  out: usize,
  blended: usize,
  blendedBytes: usize,
): void {
  const matrix = job + PLANE * 3;
  const opaque = i32x4.splat(255);
  for (let row = from; row < to; row++) {
    blendRows(job, row, skipped, blended);
    blendRows(job + PLANE, row, skipped, blended + blendedBytes);
    blendRows(job + PLANE * 2, row, skipped, blended + blendedBytes * 2);
    for (let x = 0; x < width; x += 4) {
      const a = blendColumns(job, x, blended);
      const b = blendColumns(job + PLANE, x, blended + blendedBytes);
      const c = blendColumns(job + PLANE * 2, x, blended + blendedBytes * 2);
      const redGreen = i16x8.narrow_i32x4_s(channel(matrix, a, b, c), channel(matrix + 16, a, b, c));
      const blueAlpha = i16x8.narrow_i32x4_s(channel(matrix + 32, a, b, c), opaque);
      const planar = i8x16.narrow_i16x8_u(redGreen, blueAlpha);
      v128.store(out, v128.shuffle<u8>(planar, planar, 0, 4, 8, 12, 1, 5, 9, 13, 2, 6, 10, 14, 3, 7, 11, 15));
      out += 16;
    }
  }
}
