import { createReadStream } from 'node:fs';
import { createInterface } from 'node:readline';

/** What the pins of the emulated Pi did, in order. */
export type WireEvent =
  | { readonly kind: 'line'; readonly line: number; readonly level: 0 | 1 }
  | { readonly kind: 'function'; readonly line: number; readonly name: string }
  /** Bytes sent without a change of chip select, D/C, clock or mode: one SPI message. `dc` is null while D/C is no output. */
  | {
      readonly kind: 'bytes';
      readonly dc: 0 | 1 | null;
      readonly chipSelects: readonly number[];
      readonly divider: number;
      readonly mode: number;
      readonly bytes: number[];
    };
export type WireBytes = Extract<WireEvent, { kind: 'bytes' }>;

export interface Wire {
  /** Cut at the pulses of the mark line; the first part is what came before the first pulse. */
  readonly steps: readonly WireEvent[][];
  /** Bytes written while no transfer was active. */
  readonly idleBytes: number;
  /** Bytes written while MOSI or SCLK was not on the SPI controller: no panel saw them. */
  readonly lostBytes: number;
}

export interface WireLines {
  readonly dc: number;
  readonly mark: number;
  /** By number of the chip select. */
  readonly chipSelects: readonly number[];
}

/** Reads QEMU's trace of register writes (memory_region_ops_write). Register numbers: BCM2835 ARM Peripherals, 6.1 and 10.5. */
export async function readWire(file: string, lines: WireLines): Promise<Wire> {
  const pins = new Pins(lines);
  for await (const text of createInterface({ input: createReadStream(file) })) {
    if (!text.includes("'bcm283")) continue;
    const found = /addr 0x(\w+) value 0x(\w+) size \d+ name 'bcm283\d[-_](spi|gpio)'/.exec(text);
    if (found === null) continue;
    const register = Number.parseInt(found[1]!, 16) & 0xfff;
    const value = Number.parseInt(found[2]!, 16);
    if (found[3] === 'spi') pins.writeSpi(register, value);
    else pins.writeGpio(register, value);
  }
  return pins.wire;
}

/** GPFSELn: three bits a line. */
const functions = ['in', 'out', 'alt5', 'alt4', 'alt0', 'alt1', 'alt2', 'alt3'] as const;
const OUT = 1;
const ALT0 = 4; // GPIO 10 and 11: MOSI and SCLK
const SPI_CS = 0x00;
const SPI_FIFO = 0x04;
const SPI_CLK = 0x08;
const TRANSFER_ACTIVE = 0x80;

/** The registers as they were written, and what follows for the pins. */
class Pins {
  readonly wire: { steps: WireEvent[][]; idleBytes: number; lostBytes: number } = {
    steps: [[]],
    idleBytes: 0,
    lostBytes: 0,
  };
  readonly #lines: WireLines;
  readonly #levels = new Array<0 | 1>(64).fill(0);
  readonly #functions = new Array<number>(64).fill(0);
  #control = 0;
  #divider = 0;
  #message: WireBytes | undefined;

  constructor(lines: WireLines) {
    this.#lines = lines;
  }

  writeSpi(register: number, value: number): void {
    if (register === SPI_CS) this.#control = value;
    else if (register === SPI_CLK) this.#divider = value;
    else if (register === SPI_FIFO) this.#send(value & 0xff);
  }

  writeGpio(register: number, value: number): void {
    if (register < 0x18) this.#select((register / 4) * 10, value);
    else if (register === 0x1c || register === 0x20) this.#setMany((register - 0x1c) * 8, value, 1);
    else if (register === 0x28 || register === 0x2c) this.#setMany((register - 0x28) * 8, value, 0);
  }

  #send(byte: number): void {
    if ((this.#control & TRANSFER_ACTIVE) === 0) this.wire.idleBytes += 1;
    if (this.#functions[10] !== ALT0 || this.#functions[11] !== ALT0) this.wire.lostBytes += 1;
    const { dc, chipSelects } = this.#lines;
    const now = {
      dc: this.#functions[dc] === OUT ? this.#levels[dc]! : null,
      divider: this.#divider,
      mode: (this.#control >> 2) & 3,
    };
    const last = this.#message;
    if (last === undefined || last.dc !== now.dc || last.divider !== now.divider || last.mode !== now.mode) {
      const low = chipSelects.flatMap((line, number) => (this.#levels[line] === 0 ? [number] : []));
      this.#message = { kind: 'bytes', ...now, chipSelects: low, bytes: [] };
      this.#add(this.#message);
    }
    this.#message!.bytes.push(byte);
  }

  #select(first: number, value: number): void {
    for (let offset = 0; offset < 10; offset++) {
      const line = first + offset;
      const selected = (value >>> (3 * offset)) & 7;
      if (this.#functions[line] === selected) continue;
      this.#functions[line] = selected;
      this.#event({ kind: 'function', line, name: functions[selected]! });
    }
  }

  #setMany(first: number, value: number, level: 0 | 1): void {
    for (let offset = 0; offset < 32; offset++) if ((value >>> offset) & 1) this.#set(first + offset, level);
  }

  #set(line: number, level: 0 | 1): void {
    if (this.#levels[line] === level) return;
    this.#levels[line] = level;
    if (this.#lines.chipSelects.includes(line)) this.#message = undefined;
    else this.#event({ kind: 'line', line, level });
  }

  #event(event: Exclude<WireEvent, WireBytes>): void {
    this.#message = undefined;
    if (event.line !== this.#lines.mark) this.#add(event);
    else if (event.kind === 'line' && event.level === 1) this.wire.steps.push([]);
  }

  #add(event: WireEvent): void {
    this.wire.steps.at(-1)!.push(event);
  }
}
