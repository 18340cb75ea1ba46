import type { Rectangle } from './frame.ts';

/** What sTAT tells about playing a clip; bus times are modelled (see busTimeUs). */
export interface ClipStatistics {
  /** Holds counted. */
  readonly frames: number;
  /** Bytes to a panel a frame, windows counted. */
  readonly busBytes: { readonly average: number; readonly most: number };
  /** Milliseconds of bus a frame at 50 MHz (a Zero 2 W asked for 62.5) and at 62.5 MHz. */
  readonly busMs50: { readonly average: number; readonly most: number };
  readonly busMs62: { readonly average: number; readonly most: number };
  /** Seconds of the clip whose frames need more than a second of bus at 50 MHz. */
  readonly secondsOverBudget: number;
}

/** Bytes of the window before a rectangle's pixels: CASET and PASET with 4 bytes each, RAMWR (ILI9341 datasheet v1.11, 8.2.20-22). */
const WINDOW_BYTES = 11;

/** Bytes that cross the bus for rectangles of two bytes a pixel. */
export function busBytes(rectangles: readonly Rectangle[]): number {
  return rectangles.reduce((sum, { width, height }) => sum + WINDOW_BYTES + width * height * 2, 0);
}

/**
 * Time on the bus in microseconds: the bits, 12 us for each of the window's 5 small transfers, 23 us for each 4096 bytes of pixels
 * (the usual buffer of spidev) and 3 us for each of 6 changes of the D/C line. The overheads are what others measured on a Pi.
 */
export function busTimeUs(rectangles: readonly Rectangle[], hertz: number): number {
  return rectangles.reduce((sum, { width, height }) => {
    const pixelBytes = width * height * 2;
    const bits = (WINDOW_BYTES + pixelBytes) * 8;
    return sum + (bits * 1_000_000) / hertz + 5 * 12 + Math.ceil(pixelBytes / 4096) * 23 + 6 * 3;
  }, 0);
}

/** Adds up the statistics of a clip while it is written. */
export class StatisticsCounter {
  #frames = 0;
  readonly #bytes = new Figure();
  readonly #us50 = new Figure();
  readonly #us62 = new Figure();
  #second = 0;
  #secondBusUs = 0;
  #secondsOverBudget = 0;

  /** One frame, in order; `startUs` is its media time. */
  add(rectangles: readonly Rectangle[], startUs: number): void {
    const us50 = busTimeUs(rectangles, 50_000_000);
    this.#frames++;
    this.#bytes.add(busBytes(rectangles));
    this.#us50.add(us50);
    this.#us62.add(busTimeUs(rectangles, 62_500_000));
    const second = Math.floor(startUs / 1_000_000);
    if (second !== this.#second) this.#closeSecond(second);
    this.#secondBusUs += us50;
  }

  /** Bytes of all frames. */
  get totalBusBytes(): number {
    return this.#bytes.sum;
  }

  /** The figures of all frames so far. */
  finish(): ClipStatistics {
    this.#closeSecond(this.#second);
    return {
      frames: this.#frames,
      busBytes: this.#bytes.report(this.#frames, 1),
      busMs50: this.#us50.report(this.#frames, 1000),
      busMs62: this.#us62.report(this.#frames, 1000),
      secondsOverBudget: this.#secondsOverBudget,
    };
  }

  #closeSecond(next: number): void {
    if (this.#secondBusUs > 1_000_000) this.#secondsOverBudget++;
    this.#secondBusUs = 0;
    this.#second = next;
  }
}

class Figure {
  sum = 0;
  most = 0;

  add(value: number): void {
    this.sum += value;
    this.most = Math.max(this.most, value);
  }

  report(count: number, unit: number): { average: number; most: number } {
    const round = (value: number): number => Math.round((value / unit) * 100) / 100;
    return { average: round(this.sum / Math.max(1, count)), most: round(this.most) };
  }
}

/** Payload of sTAT. */
export function writeStatistics(statistics: ClipStatistics): Uint8Array {
  const pair = ({ average, most }: { average: number; most: number }) => ({ avg: average, max: most });
  return new TextEncoder().encode(
    JSON.stringify({
      frames: statistics.frames,
      spi_bytes: pair(statistics.busBytes),
      bus_ms_50: pair(statistics.busMs50),
      bus_ms_62_5: pair(statistics.busMs62),
      seconds_over_budget: statistics.secondsOverBudget,
    }),
  );
}

/** Parses the payload of sTAT; undefined when it is not what writeStatistics makes. */
export function parseStatistics(payload: Uint8Array): ClipStatistics | undefined {
  try {
    const json: unknown = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(payload));
    return {
      frames: numberAt(json, 'frames'),
      busBytes: { average: numberAt(json, 'spi_bytes', 'avg'), most: numberAt(json, 'spi_bytes', 'max') },
      busMs50: { average: numberAt(json, 'bus_ms_50', 'avg'), most: numberAt(json, 'bus_ms_50', 'max') },
      busMs62: { average: numberAt(json, 'bus_ms_62_5', 'avg'), most: numberAt(json, 'bus_ms_62_5', 'max') },
      secondsOverBudget: numberAt(json, 'seconds_over_budget'),
    };
  } catch {
    return undefined;
  }
}

function numberAt(json: unknown, ...path: string[]): number {
  let value = json;
  for (const key of path) value = (value as Record<string, unknown>)[key]; // a TypeError is caught by the one caller
  if (typeof value !== 'number') throw new TypeError(`${path.join('.')} is no number`);
  return value;
}
