import { closeSync, openSync, readSync, writeFileSync, writeSync } from 'node:fs';

/** Offsets in `struct state` of emulator/kernel-device/device.h, which asserts them. All numbers are little-endian, 32 bits where no width is said. */
export const offset = {
  magic: 0,
  layout: 4,
  bufsiz: 8,
  lineCount: 12,
  coreHz: 16,
  gapNs: 20,
  isLogging: 24,
  keepsOutputs: 28,
  refusesLongWritev: 32,
  denies: 36,
  isLogFull: 40,
  arePinsLost: 44,
  faultTimes: 48,
  faultAfter: 52,
  faultError: 56,
  faultBytes: 60,
  faultLeast: 64,
  logLimit: 112, // 64 bits
  logRead: 128, // 64 bits
  counters: 152, // eight of 64 bits
  devices: 216, // four of 24 bytes: bus and select of 16 bits, generation, mode, bits, speed
  lines: 312, // sixty-four of 104 bytes: 8 bytes, name, consumer and holder of 32 bytes each
} as const;

export const DEVICE_BYTES = 24;
export const LINE_BYTES = 104;
export const NAME_BYTES = 32;
const DEVICES = 4;
const LINES = 64;
const MAGIC = 0x56454b4c;
const LAYOUT = 1;
const NO_DEVICE = 0xffff;

/** The state shared with the preloaded library: a file that it maps and that is read and written here. Both see a change at once. */
export class DeviceState {
  readonly #file: number;

  /** `file` is an open descriptor of the state; `close` closes it. */
  constructor(file: number) {
    this.#file = file;
  }

  number(at: number): number {
    return this.#read(at, 4).readUInt32LE();
  }

  setNumber(at: number, value: number): void {
    const bytes = Buffer.alloc(4);
    bytes.writeUInt32LE(value);
    writeSync(this.#file, bytes, 0, 4, at);
  }

  bigNumber(at: number): number {
    return Number(this.#read(at, 8).readBigUInt64LE());
  }

  setBigNumber(at: number, value: number): void {
    const bytes = Buffer.alloc(8);
    bytes.writeBigUInt64LE(BigInt(value));
    writeSync(this.#file, bytes, 0, 8, at);
  }

  /** A name of at most 31 bytes. */
  setText(at: number, text: string): void {
    const bytes = Buffer.alloc(NAME_BYTES);
    bytes.write(text, 0, NAME_BYTES - 1, 'latin1');
    writeSync(this.#file, bytes, 0, NAME_BYTES, at);
  }

  close(): void {
    closeSync(this.#file);
  }

  #read(at: number, length: number): Buffer {
    const bytes = Buffer.alloc(length);
    readSync(this.#file, bytes, 0, length, at);
    return bytes;
  }
}

/** Makes the file, in which there are no devices yet. */
export function createDeviceState(path: string): DeviceState {
  writeFileSync(path, emptyState());
  return new DeviceState(openSync(path, 'r+'));
}

function emptyState(): Buffer {
  const state = Buffer.alloc(offset.lines + LINES * LINE_BYTES);
  state.writeUInt32LE(MAGIC, offset.magic);
  state.writeUInt32LE(LAYOUT, offset.layout);
  for (let i = 0; i < DEVICES; i++) state.writeUInt16LE(NO_DEVICE, offset.devices + i * DEVICE_BYTES);
  return state;
}
