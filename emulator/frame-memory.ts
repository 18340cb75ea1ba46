import type { Geometry } from '../format/frame.ts';
import type { BitsPerPixel } from './panel-model.ts';

/** MADCTL bits that say where an address lies in memory (ILI9341 V1.11, 8.2.29 and 9.3). */
export const MY = 0x80;
export const MX = 0x40;
export const MV = 0x20;

/**
 * The frame memory, its address window and write pointer. A pixel is kept as RGB565; of 18 bits the lowest of red and blue are dropped.
 * Columns and pages are the host's addresses; MADCTL decides where in memory they lie.
 */
export class FrameMemory {
  readonly geometry: Geometry;
  readonly pixels: Uint16Array;
  /** SC high, SC low, EC high, EC low: written byte by byte, looked at when a memory write begins. */
  readonly columnRegister = new Uint8Array(4);
  /** SP high, SP low, EP high, EP low. */
  readonly pageRegister = new Uint8Array(4);
  bitsPerPixel: BitsPerPixel = 18;
  /** WEMODE: data past the end of the window begins at its start again, else is ignored. */
  wraps = true;
  /** Pixels received since power-on, also those that fell outside the memory. */
  written = 0;

  #addressMode = 0;
  #origin = 0;
  #columnStep = 1;
  #pageStep = 0;
  #firstColumn = 0;
  #lastColumn = 0;
  #firstPage = 0;
  #lastPage = 0;
  #column = 0;
  #page = 0;
  #isFull = false;
  readonly #partial = new Uint8Array(3);
  #partialBytes = 0;

  constructor(geometry: Geometry) {
    this.geometry = geometry;
    this.pixels = powerOnNoise(geometry.width * geometry.height);
    this.addressMode = 0;
  }

  get addressMode(): number {
    return this.#addressMode;
  }

  /** MADCTL. Pixels already in memory stay where they are. */
  set addressMode(value: number) {
    const { width, height } = this.geometry;
    this.#addressMode = value;
    this.#origin = (value & MX ? width - 1 : 0) + (value & MY ? (height - 1) * width : 0);
    const alongRow = value & MX ? -1 : 1;
    const alongColumn = value & MY ? -width : width;
    this.#columnStep = value & MV ? alongColumn : alongRow;
    this.#pageStep = value & MV ? alongRow : alongColumn;
  }

  /** How many columns the host can address with this MADCTL. */
  get columns(): number {
    return this.#addressMode & MV ? this.geometry.height : this.geometry.width;
  }

  /** How many pages the host can address with this MADCTL. */
  get pages(): number {
    return this.#addressMode & MV ? this.geometry.width : this.geometry.height;
  }

  /** Bytes of a pixel that has begun and not ended. */
  get partialBytes(): number {
    return this.#partialBytes;
  }

  /** Whole memory as the window, the pointer at its start: what a reset leaves. */
  resetWindow(): void {
    this.columnRegister.set([0, 0, (this.columns - 1) >> 8, (this.columns - 1) & 0xff]);
    this.pageRegister.set([0, 0, (this.pages - 1) >> 8, (this.pages - 1) & 0xff]);
    this.start();
  }

  /** RAMWR: takes the window from the registers and puts the pointer to its start. Returns first and last column and page. */
  start(): { readonly columns: readonly [number, number]; readonly pages: readonly [number, number] } {
    const columns = addresses(this.columnRegister);
    const pages = addresses(this.pageRegister);
    [this.#firstColumn, this.#lastColumn] = columns;
    [this.#firstPage, this.#lastPage] = pages;
    this.#column = this.#firstColumn;
    this.#page = this.#firstPage;
    this.#isFull = this.#firstColumn > this.#lastColumn || this.#firstPage > this.#lastPage;
    this.#partialBytes = 0;
    return { columns, pages };
  }

  /** Forgets a pixel of which only a part came. */
  dropPartial(): void {
    this.#partialBytes = 0;
  }

  /** Pixel data in any portions; a pixel may be split between two calls. */
  write(bytes: Uint8Array): void {
    const size = this.bitsPerPixel === 16 ? 2 : 3;
    let at = 0;
    while (this.#partialBytes > 0 && at < bytes.length) {
      this.#partial[this.#partialBytes++] = bytes[at++]!;
      if (this.#partialBytes < size) continue;
      this.#partialBytes = 0;
      this.#writeWhole(this.#partial, 0, 1, size);
    }
    const whole = Math.floor((bytes.length - at) / size);
    this.#writeWhole(bytes, at, whole, size);
    for (at += whole * size; at < bytes.length; at++) this.#partial[this.#partialBytes++] = bytes[at]!;
  }

  #writeWhole(bytes: Uint8Array, from: number, count: number, size: 2 | 3): void {
    this.written += count;
    for (let left = count, at = from; left > 0 && !this.#isFull; ) {
      const run = Math.min(left, this.#lastColumn - this.#column + 1);
      const inside = this.#page < this.pages ? Math.min(run, this.columns - this.#column) : 0;
      const index = this.#origin + this.#column * this.#columnStep + this.#page * this.#pageStep;
      if (size === 2) this.#store16(bytes, at, index, inside);
      else this.#store18(bytes, at, index, inside);
      this.#advance(run);
      left -= run;
      at += run * size;
    }
  }

  #advance(run: number): void {
    this.#column += run;
    if (this.#column <= this.#lastColumn) return;
    this.#column = this.#firstColumn;
    if (++this.#page <= this.#lastPage) return;
    this.#page = this.#firstPage;
    this.#isFull = !this.wraps;
  }

  #store16(bytes: Uint8Array, from: number, index: number, count: number): void {
    const { pixels } = this;
    const step = this.#columnStep;
    const end = from + 2 * count;
    for (let at = from, to = index; at < end; at += 2, to += step) pixels[to] = (bytes[at]! << 8) | bytes[at + 1]!;
  }

  #store18(bytes: Uint8Array, from: number, index: number, count: number): void {
    const { pixels } = this;
    const step = this.#columnStep;
    const end = from + 3 * count;
    for (let at = from, to = index; at < end; at += 3, to += step)
      pixels[to] = ((bytes[at]! & 0xf8) << 8) | ((bytes[at + 1]! & 0xfc) << 3) | (bytes[at + 2]! >> 3);
  }
}

function addresses(register: Uint8Array): [number, number] {
  const [high = 0, low = 0, endHigh = 0, endLow = 0] = register;
  return [(high << 8) | low, (endHigh << 8) | endLow];
}

/** Memory after power-on is undefined; noise shows at once who relies on it. The same in every run. */
function powerOnNoise(count: number): Uint16Array {
  const pixels = new Uint16Array(count);
  let state = 0x2545f491;
  for (let i = 0; i < count; i++) {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) | 0; // Numerical Recipes, 7.1
    pixels[i] = state >>> 16;
  }
  return pixels;
}
