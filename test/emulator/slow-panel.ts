import type { Picture, Rotation } from '../../format/frame.ts';

type Rows = number[][];

/**
 * The same panel, as slow and as plain as can be: one byte at a time, one pixel at a time, rows of rows.
 * It knows the address counters, MADCTL, COLMOD, inversion and the colour order, and no timing.
 */
export class SlowPanel {
  readonly width: number;
  readonly height: number;
  memory: Rows;
  madctl = 0;
  bits = 18;
  isInverted = false;
  wraps = true;
  #code = 0;
  #parameters: number[] = [];
  #columns = [0, 0, 0, 0];
  #pages = [0, 0, 0, 0];
  #window = { firstColumn: 0, lastColumn: 0, firstPage: 0, lastPage: 0 };
  #at: { column: number; page: number } | undefined;
  #pixel: number[] = [];

  constructor(memory: Picture) {
    this.width = memory.width;
    this.height = memory.height;
    this.memory = Array.from({ length: memory.height }, (_, row) =>
      Array.from(memory.pixels.subarray(row * memory.width, (row + 1) * memory.width)),
    );
  }

  command(code: number): void {
    this.#code = code;
    this.#parameters = [];
    this.#pixel = [];
    if (code === 0x20 || code === 0x21) this.isInverted = code === 0x21;
    if (code === 0x2c) this.#start();
  }

  data(byte: number): void {
    if (this.#code === 0x2c || this.#code === 0x3c) {
      this.#takePixelByte(byte);
      return;
    }
    const index = this.#parameters.push(byte) - 1;
    if (this.#code === 0x2a && index < 4) this.#columns[index] = byte;
    if (this.#code === 0x2b && index < 4) this.#pages[index] = byte;
    if (this.#code === 0x36 && index === 0) this.madctl = byte;
    if (this.#code === 0x3a && index === 0) this.bits = (byte & 7) === 5 ? 16 : 18;
    if (this.#code === 0xf6 && index === 0) this.wraps = (byte & 1) === 1;
  }

  /** The glass of a module that is upright with MX set and BGR filters. */
  view(): Picture {
    const glass = this.memory.map((row) => row.map((pixel) => this.#colour(pixel)).reverse());
    return asPicture(turn(glass, this.rotation));
  }

  /** Found by trying: the turn with which the host's second page lies below its first. */
  get rotation(): Rotation {
    for (const rotation of [0, 90, 180, 270] as const) {
      const marks = this.memory.map((row) => row.map(() => 0));
      this.#put(marks, 0, 0, 1);
      this.#put(marks, 0, 1, 2);
      const seen = turn(
        marks.map((row) => row.reverse()),
        rotation,
      );
      const first = seen.findIndex((row) => row.includes(1));
      if (seen[first + 1]?.includes(2)) return rotation;
    }
    throw new Error('no turn is upright');
  }

  #start(): void {
    const [a = 0, b = 0, c = 0, d = 0] = this.#columns;
    const [e = 0, f = 0, g = 0, h = 0] = this.#pages;
    this.#window = { firstColumn: a * 256 + b, lastColumn: c * 256 + d, firstPage: e * 256 + f, lastPage: g * 256 + h };
    const { firstColumn, lastColumn, firstPage, lastPage } = this.#window;
    this.#at = firstColumn > lastColumn || firstPage > lastPage ? undefined : { column: firstColumn, page: firstPage };
  }

  #takePixelByte(byte: number): void {
    this.#pixel.push(byte);
    if (this.#pixel.length < this.bits / 8) return;
    const [red = 0, green = 0, blue = 0] = this.#pixel;
    const value = this.bits === 16 ? red * 256 + green : (red >> 3) * 2048 + (green >> 2) * 32 + (blue >> 3);
    this.#pixel = [];
    if (!this.#at) return;
    this.#put(this.memory, this.#at.column, this.#at.page, value);
    this.#at.column++;
    if (this.#at.column > this.#window.lastColumn) {
      this.#at.column = this.#window.firstColumn;
      this.#at.page++;
    }
    if (this.#at.page > this.#window.lastPage)
      this.#at = this.wraps ? { column: this.#window.firstColumn, page: this.#window.firstPage } : undefined;
  }

  /** The table of ILI9341 V1.11, 9.3: which physical column and page CASET and PASET point to. */
  #put(memory: Rows, column: number, page: number, value: number): void {
    const isExchanged = (this.madctl & 0x20) !== 0;
    let x = isExchanged ? page : column;
    let y = isExchanged ? column : page;
    if (x >= this.width || y >= this.height) return;
    if (this.madctl & 0x40) x = this.width - 1 - x;
    if (this.madctl & 0x80) y = this.height - 1 - y;
    memory[y]![x] = value;
  }

  #colour(pixel: number): number {
    const value = this.isInverted ? 0xffff - pixel : pixel;
    const [red, green, blue] = [value >> 11, (value >> 5) & 63, value & 31];
    return this.madctl & 0x08 ? value : blue * 2048 + green * 32 + red;
  }
}

/** The picture on a glass that was turned by hand until it is upright, when it stands on it `rotation` degrees clockwise. */
function turn(rows: Rows, rotation: Rotation): Rows {
  let turned = rows;
  for (let degrees = 0; degrees < rotation; degrees += 90) turned = turnCounterclockwise(turned);
  return turned;
}

function turnCounterclockwise(rows: Rows): Rows {
  const width = rows[0]?.length ?? 0;
  return Array.from({ length: width }, (_, y) => rows.map((row) => row[width - 1 - y]!));
}

function asPicture(rows: Rows): Picture {
  return { width: rows[0]?.length ?? 0, height: rows.length, pixels: Uint16Array.from(rows.flat()) };
}
