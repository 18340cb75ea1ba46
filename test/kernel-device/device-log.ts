import { closeSync, readSync } from 'node:fs';

/** One thing the preloaded library wrote down. Time is that of the machine's monotonic clock (`process.hrtime`), in microseconds. */
export type DeviceRecord =
  /** Bytes that went out in one SPI message; `bytes` is valid only until the next record. */
  | { kind: 'message'; timeUs: number; device: number; mode: number; speedHz: number; process: number; bytes: Buffer }
  | { kind: 'line'; timeUs: number; line: number; level: 0 | 1; direction: 'in' | 'out' }
  | { kind: 'line_requested' | 'line_released'; timeUs: number; line: number; consumer: string }
  | { kind: 'bus_opened' | 'bus_closed'; timeUs: number; device: number; process: number };

const HEADER_BYTES = 24;
const PORTION_BYTES = 1 << 20;
const kinds = ['', 'message', 'line', 'line_requested', 'line_released', 'bus_opened', 'bus_closed'] as const;

/** Reads the library's log as far as it has been written. A record that is only half there is left for the next time. */
export class DeviceLog {
  /** Bytes read so far. */
  position = 0;
  readonly #file: number;
  #portion = Buffer.alloc(PORTION_BYTES);

  /** `file` is an open descriptor of the log; `close` closes it. */
  constructor(file: number) {
    this.#file = file;
  }

  /** Hands over every record that is there and was not read before. */
  read(take: (record: DeviceRecord) => void): void {
    for (;;) {
      const there = readSync(this.#file, this.#portion, 0, this.#portion.length, this.position);
      const taken = this.#takeRecords(this.#portion.subarray(0, there), take);
      this.position += taken;
      if (taken === 0 && there === this.#portion.length) this.#portion = Buffer.alloc(2 * this.#portion.length);
      else if (there < this.#portion.length) return;
    }
  }

  close(): void {
    closeSync(this.#file);
  }

  #takeRecords(portion: Buffer, take: (record: DeviceRecord) => void): number {
    let at = 0;
    while (at + HEADER_BYTES <= portion.length) {
      const end = at + HEADER_BYTES + portion.readUInt32LE(at);
      if (end > portion.length) break;
      take(decode(portion, at, portion.subarray(at + HEADER_BYTES, end)));
      at = end;
    }
    return at;
  }
}

/** `struct header` of emulator/kernel-device/device.h: length, kind, subject, level or mode, is output, 64 bits of nanoseconds, speed, process. */
function decode(portion: Buffer, at: number, bytes: Buffer): DeviceRecord {
  const kind = kinds[portion.readUInt8(at + 4)];
  const subject = portion.readUInt8(at + 5);
  const level = portion.readUInt8(at + 6);
  const isOutput = portion.readUInt8(at + 7) === 1;
  const timeUs = Number(portion.readBigUInt64LE(at + 8) / 1000n);
  const speedHz = portion.readUInt32LE(at + 16);
  const process = portion.readUInt32LE(at + 20);
  switch (kind) {
    case 'message':
      return { kind, timeUs, device: subject, mode: level, speedHz, process, bytes };
    case 'line':
      return { kind, timeUs, line: subject, level: level === 1 ? 1 : 0, direction: isOutput ? 'out' : 'in' };
    case 'line_requested':
    case 'line_released':
      return { kind, timeUs, line: subject, consumer: bytes.toString('latin1') };
    case 'bus_opened':
    case 'bus_closed':
      return { kind, timeUs, device: subject, process };
    default:
      throw new Error(
        `The log holds a record of kind ${portion.readUInt8(at + 4)} at byte ${at}; it was not written by this library.`,
      );
  }
}
