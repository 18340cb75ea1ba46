import { closeSync, openSync, writeSync, writevSync } from 'node:fs';
import { LoopError } from '../../format/errors.ts';
import type { Bus } from './bus.ts';
import { busFault, errnoName, failedFault } from './bus-fault.ts';
import type { SpidevGrant } from './bus-grant.ts';
import { GpioLine } from './gpio-line.ts';
import { setPwm } from './hardware-pwm.ts';
import { type Ioctl, ioctlRequest, loadIoctl } from './linux-ioctl.ts';

/** SPI_IOC_WR_MAX_SPEED_HZ (include/uapi/linux/spi/spidev.h). It belongs to the device, not to the descriptor. */
const SET_SPEED = ioctlRequest('write', 0x6b, 4, 4);

/** How often one rectangle is sent before the bus counts as broken. */
const ATTEMPTS = 2;

/** Opens the granted device for writing. BUS_GONE, BUS_MISSING, BUS_DENIED, NATIVE_ADDON_MISSING. The caller closes it. */
export async function openSpidevBus(grant: SpidevGrant): Promise<Bus> {
  const ioctl = await loadIoctl();
  try {
    return new SpidevBus(grant, ioctl, openSync(grant.path, 'r+'));
  } catch (error) {
    throw busFault(error, grant.path);
  }
}

/**
 * A panel's bus on `/dev/spidevB.C`, with D/C, reset and backlight as GPIO lines.
 * Pixels go out by one `writev` of `bufsiz` slices: the kernel sends each slice as a message of its own, in order, and
 * finishes the call even when the process is killed.
 */
class SpidevBus implements Bus {
  readonly #grant: SpidevGrant;
  readonly #ioctl: Ioctl;
  /** -1 once closed: the number may belong to another file by then. */
  #fd: number;
  readonly #dc: GpioLine;
  readonly #reset: GpioLine;
  readonly #code = Buffer.alloc(1);
  #dcLevel: 0 | 1 | undefined;
  /** The view sent last and its slices: full frames are the same view every time, so they allocate nothing. */
  #view: Uint8Array | undefined;
  #slices: Uint8Array[] = [];
  #takesWritev = true;
  #bytesWritten = 0;
  #busyUs = 0;

  constructor(grant: SpidevGrant, ioctl: Ioctl, fd: number) {
    this.#grant = grant;
    this.#ioctl = ioctl;
    this.#fd = fd;
    this.#dc = new GpioLine(ioctl, grant.lines.dc);
    this.#reset = new GpioLine(ioctl, grant.lines.reset);
  }

  get speedHz(): number {
    return this.#grant.speedHz;
  }

  get bytesWritten(): number {
    return this.#bytesWritten;
  }

  get busyUs(): number {
    return this.#busyUs;
  }

  get dimmable(): boolean {
    return this.#grant.light.kind === 'pwm';
  }

  command(code: number, parameters?: Uint8Array): void {
    this.#code[0] = code;
    this.#writeShort(0, this.#code);
    if (parameters !== undefined) this.#writeShort(1, parameters);
  }

  pixels(bytes: Uint8Array): void {
    for (let attempt = 1; ; attempt++) {
      const fault = this.#writeLong(bytes);
      if (fault === undefined) return;
      if (attempt === ATTEMPTS) throw fault;
      // The panel's pointer stands somewhere in the window; the memory write command takes it back to the start.
      this.#writeShort(0, this.#code);
    }
  }

  setSpeed(speedHz: number): void {
    const argument = Buffer.alloc(4);
    argument.writeUInt32LE(speedHz);
    this.#attempt(() => this.#ioctl(this.#fd, SET_SPEED, argument));
  }

  setReset(level: 0 | 1): void {
    this.#attempt(() => this.#reset.set(level));
  }

  setBacklight(percent: number): void {
    const { light } = this.#grant;
    if (light.kind === 'pwm') this.#attempt(() => setPwm(light.folder, percent));
    else this.#attempt(() => new GpioLine(this.#ioctl, light.fd).set(percent > 0 ? 1 : 0));
  }

  close(): void {
    const fd = this.#fd;
    this.#fd = -1;
    try {
      closeSync(fd);
    } catch {
      // The descriptor of a device that went away: nothing is left to close.
    }
  }

  #writeShort(dcLevel: 0 | 1, bytes: Uint8Array): void {
    const startedMs = performance.now();
    try {
      this.#setDc(dcLevel);
      const written = writeSync(this.#fd, bytes);
      if (written !== bytes.length) throw this.#shortWrite(written, bytes.length);
      this.#bytesWritten += written;
    } catch (error) {
      throw this.#fault(error);
    }
    this.#busyUs += (performance.now() - startedMs) * 1000;
  }

  /** Returns what a further attempt may cure; throws what it cannot. */
  #writeLong(bytes: Uint8Array): LoopError | undefined {
    const startedMs = performance.now();
    try {
      this.#setDc(1);
      const written = this.#writeSlices(this.#slicesOf(bytes));
      this.#bytesWritten += written;
      return written === bytes.length ? undefined : this.#shortWrite(written, bytes.length);
    } catch (error) {
      const fault = this.#fault(error);
      if (fault.code === 'BUS_FAILED') return fault;
      throw fault;
    } finally {
      this.#busyUs += (performance.now() - startedMs) * 1000;
    }
  }

  #slicesOf(bytes: Uint8Array): Uint8Array[] {
    if (bytes === this.#view) return this.#slices;
    const { bufsiz } = this.#grant;
    this.#view = bytes;
    this.#slices = Array.from({ length: Math.ceil(bytes.length / bufsiz) }, (_, index) =>
      bytes.subarray(index * bufsiz, (index + 1) * bufsiz),
    );
    return this.#slices;
  }

  /**
   * The count of bytes that went out. libuv goes on by itself where the kernel stopped in the middle of a vector, so a
   * count that is short means that the same slice failed twice.
   */
  #writeSlices(slices: Uint8Array[]): number {
    if (this.#takesWritev) {
      try {
        return writevSync(this.#fd, slices);
      } catch (error) {
        // A kernel whose spidev takes the whole vector as one message: write the slices one by one from here on.
        if (errnoName(error) !== 'EMSGSIZE') throw error;
        this.#takesWritev = false;
      }
    }
    let total = 0;
    for (const slice of slices) {
      const written = writeSync(this.#fd, slice);
      total += written;
      if (written !== slice.length) break;
    }
    return total;
  }

  #setDc(level: 0 | 1): void {
    if (level === this.#dcLevel) return;
    this.#dcLevel = undefined;
    this.#dc.set(level);
    this.#dcLevel = level;
  }

  #attempt(action: () => void): void {
    try {
      action();
    } catch (error) {
      throw this.#fault(error);
    }
  }

  #shortWrite(written: number, asked: number): LoopError {
    return failedFault(`${written} of ${asked} bytes sent`, this.#grant.path);
  }

  #fault(error: unknown): LoopError {
    return error instanceof LoopError ? error : busFault(error, this.#grant.path);
  }
}
