import type { Geometry, Rectangle } from './frame.ts';

const CELL = 8;
/** What one more rectangle costs on the bus, in pixels: 90 to 110 us of window commands are 200 to 430 pixels at 31 to 62.5 MHz. */
const COST_PIXELS = 200;
const MOST_RECTANGLES = 16;

/**
 * The rectangles to send so that a display that shows `before` shows `after`: few, and little larger than what changed.
 * None when the pictures are equal. The changed area is cut along the row or column of 8 x 8 cells that saves most,
 * each part shrunk to its exact box, as long as a cut saves more than `cost` pixels; then close parts are merged again.
 */
export function damage(
  before: Uint16Array,
  after: Uint16Array,
  geometry: Geometry,
  options: { cost?: number; most?: number } = {},
): Rectangle[] {
  const { cost = COST_PIXELS, most = MOST_RECTANGLES } = options;
  const cells = new Cells(before, after, geometry);
  const whole = cells.part(0, 0, cells.columns, cells.rows, cost);
  if (whole === undefined) return [];
  const parts = [whole];
  while (parts.length < most * 2) {
    const widest = parts.reduce((best, part) => (part.saved > best.saved ? part : best));
    if (widest.cut === undefined) break;
    const [first, second] = widest.cut;
    parts.splice(parts.indexOf(widest), 1, ...[first, second].flatMap((area) => cells.part(...area, cost) ?? []));
  }
  return mergeRectangles(
    parts.map((part) => part.box),
    { cost, most },
  );
}

/**
 * Joins rectangles into their common box while that costs less than sending them apart (`cost` pixels a rectangle),
 * and further, cheapest first, until there are at most `most`. The given list is not changed.
 */
export function mergeRectangles(
  rectangles: readonly Rectangle[],
  options: { cost: number; most: number },
): Rectangle[] {
  const merged = [...rectangles];
  for (;;) {
    let bestLoss = merged.length > options.most ? Number.POSITIVE_INFINITY : options.cost;
    let pair: [number, number] | undefined;
    for (let a = 0; a < merged.length; a++) {
      for (let b = a + 1; b < merged.length; b++) {
        const loss = areaOf(union(merged[a]!, merged[b]!)) - areaOf(merged[a]!) - areaOf(merged[b]!);
        if (loss < bestLoss) {
          bestLoss = loss;
          pair = [a, b];
        }
      }
    }
    if (pair === undefined) return merged;
    merged[pair[0]] = union(merged[pair[0]]!, merged[pair[1]]!);
    merged.splice(pair[1], 1);
  }
}

function areaOf(rectangle: Rectangle): number {
  return rectangle.width * rectangle.height;
}

function union(a: Rectangle, b: Rectangle): Rectangle {
  const x = Math.min(a.x, b.x);
  const y = Math.min(a.y, b.y);
  return {
    x,
    y,
    width: Math.max(a.x + a.width, b.x + b.width) - x,
    height: Math.max(a.y + a.height, b.y + b.height) - y,
  };
}

/** An area in cells: left, top, right, bottom; right and bottom lie outside. */
type Area = [number, number, number, number];

/** A part of the picture with something changed in it. */
interface Part {
  readonly box: Rectangle;
  /** Pixels that the best cut saves; 0 when none is worth its cost. */
  readonly saved: number;
  readonly cut: readonly [Area, Area] | undefined;
}

/** The exact box of what changed, for every 8 x 8 cell of a picture. */
class Cells {
  readonly columns: number;
  readonly rows: number;
  /** In pixels; an unchanged cell has its left edge beyond its right one. */
  readonly #left: Uint16Array;
  readonly #top: Uint16Array;
  readonly #right: Uint16Array;
  readonly #bottom: Uint16Array;

  constructor(before: Uint16Array, after: Uint16Array, { width, height }: Geometry) {
    this.columns = Math.ceil(width / CELL);
    this.rows = Math.ceil(height / CELL);
    const count = this.columns * this.rows;
    this.#left = new Uint16Array(count).fill(0xffff);
    this.#top = new Uint16Array(count).fill(0xffff);
    this.#right = new Uint16Array(count);
    this.#bottom = new Uint16Array(count);
    for (let y = 0; y < height; y++) this.#addRow(before, after, y, width);
  }

  #addRow(before: Uint16Array, after: Uint16Array, y: number, width: number): void {
    const start = y * width;
    const cells = (y >> 3) * this.columns;
    for (let x = 0; x < width; x++) {
      if (before[start + x] === after[start + x]) continue;
      const cell = cells + (x >> 3);
      if (x < this.#left[cell]!) this.#left[cell] = x;
      if (x >= this.#right[cell]!) this.#right[cell] = x + 1;
      if (y < this.#top[cell]!) this.#top[cell] = y;
      this.#bottom[cell] = y + 1;
    }
  }

  /** The part of an area, undefined when nothing changed there. */
  part(left: number, top: number, right: number, bottom: number, cost: number): Part | undefined {
    const box = this.#box(left, top, right, bottom);
    if (box === undefined) return undefined;
    const area = areaOf(box);
    let saved = 0;
    let cut: readonly [Area, Area] | undefined;
    const tryCut = (first: Area, second: Area, rest: number): void => {
      if (area - rest - cost <= saved) return;
      saved = area - rest - cost;
      cut = [first, second];
    };
    const columns = this.#cuts(right - left, (i) => [left + i, top, left + i + 1, bottom]);
    for (const [i, rest] of columns) tryCut([left, top, left + i, bottom], [left + i, top, right, bottom], rest);
    const rows = this.#cuts(bottom - top, (i) => [left, top + i, right, top + i + 1]);
    for (const [i, rest] of rows) tryCut([left, top, right, top + i], [left, top + i, right, bottom], rest);
    return { box, saved, cut };
  }

  /** For each place to cut a row of slices: the pixels of both sides' boxes. Sums from both ends, so every cell is read once. */
  #cuts(slices: number, slice: (i: number) => Area): [place: number, pixels: number][] {
    const boxes = Array.from({ length: slices }, (_, i) => this.#box(...slice(i)));
    const after: number[] = [];
    let box: Rectangle | undefined;
    for (let i = slices - 1; i > 0; i--) {
      box = join(box, boxes[i]);
      after[i] = box === undefined ? 0 : areaOf(box);
    }
    box = undefined;
    const cuts: [number, number][] = [];
    for (let i = 1; i < slices; i++) {
      box = join(box, boxes[i - 1]);
      cuts.push([i, (box === undefined ? 0 : areaOf(box)) + after[i]!]);
    }
    return cuts;
  }

  #box(fromColumn: number, fromRow: number, toColumn: number, toRow: number): Rectangle | undefined {
    let left = 0xffff;
    let top = 0xffff;
    let right = 0;
    let bottom = 0;
    for (let row = fromRow; row < toRow; row++) {
      for (let cell = row * this.columns + fromColumn; cell < row * this.columns + toColumn; cell++) {
        if (this.#left[cell]! < left) left = this.#left[cell]!;
        if (this.#top[cell]! < top) top = this.#top[cell]!;
        if (this.#right[cell]! > right) right = this.#right[cell]!;
        if (this.#bottom[cell]! > bottom) bottom = this.#bottom[cell]!;
      }
    }
    return right === 0 ? undefined : { x: left, y: top, width: right - left, height: bottom - top };
  }
}

function join(a: Rectangle | undefined, b: Rectangle | undefined): Rectangle | undefined {
  if (a === undefined) return b;
  return b === undefined ? a : union(a, b);
}
