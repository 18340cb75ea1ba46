import { closeSync, openSync } from 'node:fs';
import koffi from 'koffi';

// koffi.load(null) looks names up as a linked program does, so that a preloaded library is asked first.
const ioctl = koffi.load(null).func('int ioctl(int fd, unsigned long request, void *argument)');

const READ = 2;
const WRITE = 1;
const GPIO_TYPE = 0xb4;

/** Number of an ioctl (Linux include/uapi/asm-generic/ioctl.h): direction, type, number, size of the argument. */
function requestNumber(direction: number, type: number, number: number, size: number): number {
  return ((direction << 30) | (size << 16) | (type << 8) | number) >>> 0;
}

// Linux include/uapi/linux/gpio.h, ABI v2; sizes are those of the structures.
const GET_CHIP_INFO = requestNumber(READ, GPIO_TYPE, 0x01, 68);
const GET_LINE_INFO = requestNumber(READ | WRITE, GPIO_TYPE, 0x05, 256);
const GET_LINES = requestNumber(READ | WRITE, GPIO_TYPE, 0x07, 592);
const GET_VALUES = requestNumber(READ | WRITE, GPIO_TYPE, 0x0e, 16);
const SET_VALUES = requestNumber(READ | WRITE, GPIO_TYPE, 0x0f, 16);
const OUTPUT_VALUES = 2; // GPIO_V2_LINE_ATTR_ID_OUTPUT_VALUES

/** Flags of a line request. */
export const INPUT = 4n;
export const OUTPUT = 8n;
export const PULL_UP = 256n;

/** Calls ioctl; throws an error whose `code` is the name of errno. */
function control(fd: number, request: number, argument: Buffer): void {
  if (ioctl(fd, request, argument) >= 0) return;
  const number = koffi.errno();
  const code = Object.keys(koffi.os.errno).find((name) => koffi.os.errno[name] === number) ?? String(number);
  throw Object.assign(new Error(`ioctl: ${code}`), { code });
}

function text(buffer: Buffer, at: number): string {
  return buffer.toString('latin1', at, at + 32).split('\0')[0] ?? '';
}

/** Name, label and number of lines of an open GPIO chip. */
export function chipInfo(chip: number): { name: string; label: string; lines: number } {
  const info = Buffer.alloc(68);
  control(chip, GET_CHIP_INFO, info);
  return { name: text(info, 0), label: text(info, 32), lines: info.readUInt32LE(64) };
}

/** Name, holder (empty: nobody) and flags of a line. */
export function lineInfo(chip: number, line: number): { name: string; consumer: string; flags: number } {
  const info = Buffer.alloc(256);
  info.writeUInt32LE(line, 64);
  control(chip, GET_LINE_INFO, info);
  return { name: text(info, 0), consumer: text(info, 32), flags: Number(info.readBigUInt64LE(72)) };
}

/** Lines of one request. Bit i of a value is the i-th line asked for. */
export interface Lines {
  readonly fd: number;
  set(bits: number, mask?: number): void;
  get(mask?: number): number;
  close(): void;
}

/** Takes lines from an open chip under a name, outputs at the given levels. */
export function requestLines(
  chip: number,
  offsets: readonly number[],
  consumer: string,
  initial: number,
  flags = OUTPUT,
): Lines {
  const request = Buffer.alloc(592);
  for (const [i, line] of offsets.entries()) request.writeUInt32LE(line, 4 * i);
  request.write(consumer, 256, 31, 'latin1');
  request.writeBigUInt64LE(flags, 288);
  if (flags & OUTPUT) {
    request.writeUInt32LE(1, 296); // one attribute: the first levels of all lines
    request.writeUInt32LE(OUTPUT_VALUES, 320);
    request.writeBigUInt64LE(BigInt(initial), 328);
    request.writeBigUInt64LE((1n << BigInt(offsets.length)) - 1n, 336);
  }
  request.writeUInt32LE(offsets.length, 560);
  control(chip, GET_LINES, request);
  return openLines(request.readInt32LE(588));
}

function openLines(fd: number): Lines {
  const values = Buffer.alloc(16);
  return {
    fd,
    set(bits, mask = 1) {
      values.writeBigUInt64LE(BigInt(bits), 0);
      values.writeBigUInt64LE(BigInt(mask), 8);
      control(fd, SET_VALUES, values);
    },
    get(mask = 1) {
      values.writeBigUInt64LE(0n, 0);
      values.writeBigUInt64LE(BigInt(mask), 8);
      control(fd, GET_VALUES, values);
      return Number(values.readBigUInt64LE(0));
    },
    close: () => closeSync(fd),
  };
}

/** Opens the chip whose lines are the header's pins. The caller closes it. */
export function openChip(): number {
  return openSync('/dev/gpiochip0', 'r+');
}
