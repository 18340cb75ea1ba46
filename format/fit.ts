import type { Fit, Geometry, Picture, Rectangle, Rotation } from './frame.ts';

/** Which part of a source goes where: `source` in real numbers of source pixels, `target` in whole pixels of the target. */
export interface Placement {
  readonly source: { readonly x: number; readonly y: number; readonly width: number; readonly height: number };
  readonly target: Rectangle;
}

/**
 * Where a source of one size goes in a target of another.
 * - `contain`: the whole source, scaled to fit; the side that does not fill is rounded to whole pixels (at least 1) and stands in
 *   the middle, an odd pixel more right of it or below.
 * - `cover`: fills the target; of the source the middle is taken, in real numbers.
 * - `stretch`: all of it to all of it.
 */
export function place(source: Geometry, target: Geometry, fit: Fit): Placement {
  const whole = { x: 0, y: 0, width: source.width, height: source.height };
  const across = target.width / source.width;
  const down = target.height / source.height;
  if (fit === 'contain') {
    const ratio = Math.min(across, down);
    const width = Math.min(target.width, Math.max(1, Math.round(source.width * ratio)));
    const height = Math.min(target.height, Math.max(1, Math.round(source.height * ratio)));
    const x = Math.floor((target.width - width) / 2);
    const y = Math.floor((target.height - height) / 2);
    return { source: whole, target: { x, y, width, height } };
  }
  const all = { x: 0, y: 0, width: target.width, height: target.height };
  if (fit === 'stretch') return { source: whole, target: all };
  const ratio = Math.max(across, down);
  const width = Math.min(source.width, target.width / ratio);
  const height = Math.min(source.height, target.height / ratio);
  return { source: { x: (source.width - width) / 2, y: (source.height - height) / 2, width, height }, target: all };
}

/**
 * Scales RGBA8888 into a target of RGBA8888, black (alpha 255) where the source does not reach. Source alpha is ignored.
 * Each axis by itself: down by the average of the area under each pixel, up by bilinear interpolation between pixel centres.
 * On the stored values, without gamma, as ffmpeg's `area` has it.
 */
export function scale(
  rgba: Uint8Array | Uint8ClampedArray,
  source: Geometry,
  target: Geometry,
  fit: Fit,
  out: Uint8Array | Uint8ClampedArray,
): void {
  const placement = place(source, target, fit);
  const box = placement.target;
  const across = taps(placement.source.x, placement.source.width, box.width, source.width);
  const down = taps(placement.source.y, placement.source.height, box.height, source.height);
  const rows = new ScaledRows(rgba, source.width, across);
  const sum = new Float32Array(box.width * 3);
  blacken(out);
  for (let y = 0; y < box.height; y++) {
    sum.fill(0.5); // so that cutting off rounds
    for (let k = down.starts[y]!; k < down.starts[y + 1]!; k++) {
      const row = rows.row(down.first[y]! + k - down.starts[y]!);
      const weight = down.weights[k]!;
      for (let i = 0; i < sum.length; i++) sum[i]! += row[i]! * weight;
    }
    let at = ((box.y + y) * target.width + box.x) * 4;
    for (let i = 0; i < sum.length; i += 3, at += 4) {
      out[at] = sum[i]! | 0;
      out[at + 1] = sum[i + 1]! | 0;
      out[at + 2] = sum[i + 2]! | 0;
    }
  }
}

function blacken(rgba: Uint8Array | Uint8ClampedArray): void {
  rgba.fill(0);
  for (let i = 3; i < rgba.length; i += 4) rgba[i] = 255;
}

/** For each target pixel of an axis: the first source pixel, and the weights (sum 1) of it and those after it. */
interface Taps {
  readonly first: Int32Array;
  /** Where the weights of each target pixel begin; one element more than there are pixels. */
  readonly starts: Int32Array;
  readonly weights: Float32Array;
}

function taps(from: number, length: number, count: number, limit: number): Taps {
  const step = length / count;
  const first = new Int32Array(count);
  const starts = new Int32Array(count + 1);
  const weights: number[] = [];
  for (let i = 0; i < count; i++) {
    const start = from + i * step;
    const [at, own] = step > 1 ? areaTaps(start, start + step, limit) : linearTaps(start + step / 2, limit);
    first[i] = at;
    weights.push(...own);
    starts[i + 1] = weights.length;
  }
  return { first, starts, weights: Float32Array.from(weights) };
}

function areaTaps(start: number, end: number, limit: number): [first: number, weights: number[]] {
  const first = Math.min(limit - 1, Math.floor(start));
  const last = Math.min(limit, Math.max(first + 1, Math.ceil(end)));
  const covered: number[] = [];
  for (let k = first; k < last; k++) covered.push(Math.max(0, Math.min(end, k + 1) - Math.max(start, k)));
  const sum = covered.reduce((total, part) => total + part, 0);
  return [first, covered.map((part) => part / sum)];
}

function linearTaps(centre: number, limit: number): [first: number, weights: number[]] {
  const place = Math.min(limit - 1, Math.max(0, centre - 0.5));
  const first = Math.min(Math.floor(place), Math.max(0, limit - 2));
  const second = place - first;
  return second === 0 ? [first, [1]] : [first, [1 - second, second]];
}

/** Rows of a source, scaled across. The last two are kept: neighbouring target rows share them. */
class ScaledRows {
  readonly #rgba: Uint8Array | Uint8ClampedArray;
  readonly #width: number;
  readonly #across: Taps;
  readonly #kept: readonly [Float32Array, Float32Array];
  readonly #keptRow: [number, number] = [-1, -1];

  constructor(rgba: Uint8Array | Uint8ClampedArray, width: number, across: Taps) {
    this.#rgba = rgba;
    this.#width = width;
    this.#across = across;
    this.#kept = [new Float32Array(across.first.length * 3), new Float32Array(across.first.length * 3)];
  }

  row(y: number): Float32Array {
    const slot = (y & 1) as 0 | 1; // one bit
    if (this.#keptRow[slot] !== y) {
      this.#keptRow[slot] = y;
      this.#scaleRow(y, this.#kept[slot]);
    }
    return this.#kept[slot];
  }

  #scaleRow(y: number, out: Float32Array): void {
    const { first, starts, weights } = this.#across;
    const rgba = this.#rgba;
    const start = y * this.#width;
    for (let x = 0, to = 0; x < first.length; x++, to += 3) {
      let red = 0;
      let green = 0;
      let blue = 0;
      let at = (start + first[x]!) * 4;
      for (let k = starts[x]!; k < starts[x + 1]!; k++, at += 4) {
        const weight = weights[k]!;
        red += rgba[at]! * weight;
        green += rgba[at + 1]! * weight;
        blue += rgba[at + 2]! * weight;
      }
      out[to] = red;
      out[to + 1] = green;
      out[to + 2] = blue;
    }
  }
}

/** A picture turned clockwise by `rotation` degrees; a new one, or the same when there is nothing to turn. */
export function rotate(picture: Picture, rotation: Rotation): Picture {
  if (rotation === 0) return picture;
  const { pixels } = picture;
  const isUpright = rotation === 180;
  const width = isUpright ? picture.width : picture.height;
  const height = isUpright ? picture.height : picture.width;
  const turned = new Uint16Array(pixels.length);
  // Where the turned picture's first pixel comes from, and the steps in the source per column and per row.
  const last = pixels.length - 1;
  const [start, perColumn, perRow] =
    rotation === 90
      ? [last - picture.width + 1, -picture.width, 1]
      : rotation === 180
        ? [last, -1, -picture.width]
        : [picture.width - 1, picture.width, -1];
  for (let y = 0, to = 0; y < height; y++) {
    for (let x = 0, from = start + y * perRow; x < width; x++, from += perColumn) turned[to++] = pixels[from]!;
  }
  return { width, height, pixels: turned };
}
