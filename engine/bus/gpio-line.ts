import { closeSync, openSync } from 'node:fs';
import { LoopError } from '../../format/errors.ts';
import { busFault, deniedFault, errnoName } from './bus-fault.ts';
import { type Ioctl, ioctlRequest } from './linux-ioctl.ts';

// GPIO character device, ABI v2: numbers, sizes and offsets from include/uapi/linux/gpio.h.
const GET_LINEINFO = ioctlRequest('both', 0xb4, 0x05, 256); // struct gpio_v2_line_info
const GET_LINE = ioctlRequest('both', 0xb4, 0x07, 592); // struct gpio_v2_line_request
const GET_VALUES = ioctlRequest('both', 0xb4, 0x0e, 16); // struct gpio_v2_line_values { u64 bits, mask }
const SET_VALUES = ioctlRequest('both', 0xb4, 0x0f, 16);
const FLAG_OUTPUT = 1n << 3n; // GPIO_V2_LINE_FLAG_OUTPUT
const ATTRIBUTE_OUTPUT_VALUES = 2; // GPIO_V2_LINE_ATTR_ID_OUTPUT_VALUES
const requestLayout = { offsets: 0, consumer: 256, flags: 288, attributes: 296, attribute: 320, lines: 560, fd: 588 };
const infoLayout = { consumer: 32, offset: 64 };

/** GPIO 7 to 11 are CE1, CE0, MISO, MOSI and SCLK of SPI0. The kernel gives MOSI away as a line without any error, and the bus is dead until a restart. */
const SPI0_PINS = [7, 8, 9, 10, 11];

/** One output line as it is asked for. */
export interface LineRequest {
  /** `/dev/gpiochipN`. */
  readonly chip: string;
  readonly offset: number;
  /** Name other programs see as the holder. */
  readonly consumer: string;
  /** Name of the option, for messages. */
  readonly option: string;
  /** Level from the first moment on: the kernel sets it before the direction. */
  readonly level: 0 | 1;
}

/**
 * Takes a line as an output and returns its descriptor, which the caller closes. LINE_BUSY names who holds it;
 * LINE_REFUSED for the pins of SPI0 and lines the chip does not have; BUS_MISSING, BUS_DENIED for the chip.
 */
export function requestLine(ioctl: Ioctl, line: LineRequest): number {
  refuseSpiPins(line);
  const chip = openChip(line.chip);
  try {
    const request = encodeRequest(line);
    ioctl(chip, GET_LINE, request);
    return request.readInt32LE(requestLayout.fd);
  } catch (error) {
    throw lineFault(error, line, () => holderOf(ioctl, chip, line.offset));
  } finally {
    closeSync(chip);
  }
}

/** Whether a line request still answers; it stops when the GPIO chip goes away. */
export function isLineAlive(ioctl: Ioctl, fd: number): boolean {
  const values = Buffer.alloc(16);
  values.writeBigUInt64LE(1n, 8);
  try {
    ioctl(fd, GET_VALUES, values);
    return true;
  } catch {
    return false;
  }
}

/** Moves a line that was requested, on any thread, without allocating. It does not own the descriptor. */
export class GpioLine {
  readonly #ioctl: Ioctl;
  readonly #fd: number;
  readonly #values: readonly [low: Buffer, high: Buffer];

  constructor(ioctl: Ioctl, fd: number) {
    this.#ioctl = ioctl;
    this.#fd = fd;
    this.#values = [lineValues(0n), lineValues(1n)];
  }

  /** Throws an Error with the errno's name as `code`. */
  set(level: 0 | 1): void {
    this.#ioctl(this.#fd, SET_VALUES, this.#values[level]);
  }
}

function lineValues(bits: bigint): Buffer {
  const values = Buffer.alloc(16);
  values.writeBigUInt64LE(bits, 0);
  values.writeBigUInt64LE(1n, 8);
  return values;
}

function encodeRequest(line: LineRequest): Buffer {
  const request = Buffer.alloc(592);
  request.writeUInt32LE(line.offset, requestLayout.offsets);
  request.write(line.consumer, requestLayout.consumer, 31, 'latin1');
  request.writeBigUInt64LE(FLAG_OUTPUT, requestLayout.flags);
  request.writeUInt32LE(1, requestLayout.attributes);
  request.writeUInt32LE(ATTRIBUTE_OUTPUT_VALUES, requestLayout.attribute);
  request.writeBigUInt64LE(BigInt(line.level), requestLayout.attribute + 8);
  request.writeBigUInt64LE(1n, requestLayout.attribute + 16);
  request.writeUInt32LE(1, requestLayout.lines);
  return request;
}

function openChip(path: string): number {
  try {
    return openSync(path, 'r+');
  } catch (cause) {
    const errno = errnoName(cause);
    if (errno === 'EACCES' || errno === 'EPERM') throw deniedFault(cause, path, 'gpio');
    throw new LoopError(
      'BUS_MISSING',
      `${path} cannot be opened (${errno}). D/C, reset and backlight are lines of this GPIO chip. Correct displays[].gpiochip; on a Raspberry Pi it is /dev/gpiochip0.`,
      { cause },
    );
  }
}

function holderOf(ioctl: Ioctl, chip: number, offset: number): string {
  const info = Buffer.alloc(256);
  info.writeUInt32LE(offset, infoLayout.offset);
  ioctl(chip, GET_LINEINFO, info);
  const consumer = info.toString('latin1', infoLayout.consumer, infoLayout.consumer + 32);
  return consumer.slice(0, consumer.indexOf('\0')) || 'a program that gives no name';
}

function refuseSpiPins(line: LineRequest): void {
  if (!SPI0_PINS.includes(line.offset)) return;
  throw new LoopError(
    'LINE_REFUSED',
    `GPIO ${line.offset} was given as ${line.option}. GPIO 7 to 11 carry the SPI bus itself. Choose another pin.`,
  );
}

function lineFault(cause: unknown, line: LineRequest, holder: () => string): LoopError {
  switch (errnoName(cause)) {
    case 'EBUSY':
      return new LoopError(
        'LINE_BUSY',
        `GPIO ${line.offset} (${line.option}) is held by "${holder()}". A line has one owner. Stop that program, or choose another pin.`,
        { cause, details: { line: line.offset, holder: holder() } },
      );
    case 'EINVAL':
      return new LoopError(
        'LINE_REFUSED',
        `${line.chip} has no line ${line.offset} (${line.option}). A Raspberry Pi's header has GPIO 0 to 27. Choose one of those.`,
        { cause },
      );
    case 'EACCES':
    case 'EPERM':
      return deniedFault(cause, line.chip, 'gpio');
    default:
      return busFault(cause, `${line.chip}, line ${line.offset} (${line.option}),`);
  }
}
