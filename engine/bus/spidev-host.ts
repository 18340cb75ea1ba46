import { closeSync, readFileSync } from 'node:fs';
import type { SpiDevice } from 'spi-device';
import type { DisplayOptions } from '../../contract/config.ts';
import { LoopError } from '../../format/errors.ts';
import { busFault } from './bus-fault.ts';
import { type BusGrant, type BusHost, type LightGrant, refusal, type SpidevGrant } from './bus-grant.ts';
import { systemClock } from './clock.ts';
import { GpioLine, isLineAlive, type LineRequest, requestLine } from './gpio-line.ts';
import { findPwm, openPwm } from './hardware-pwm.ts';
import { type Ioctl, importNativeAddon, loadIoctl } from './linux-ioctl.ts';

/** Most bytes of one SPI message where the module does not say: spidev's default. */
const DEFAULT_BUFSIZ = 4096;

/** Clock idle low, data taken at the rising edge: mode 0, in which every panel of the table listens when it has a chip select. */
const SPI_MODE = 0;

/** The descriptors of one display's lines. */
interface Lines {
  readonly dc: number;
  readonly reset: number;
  readonly light: LightGrant;
}

/**
 * Owns a display's GPIO lines and its SPI device, on the main thread: `spi-device` loads in one thread of a process only.
 * The lines are taken first, because only they are exclusive: whoever has D/C has the panel. They are kept while the SPI
 * device is away, so that nobody else moves in.
 */
export class SpidevHost implements BusHost {
  readonly #display: DisplayOptions;
  #ioctl: Ioctl | undefined;
  #lines: Lines | undefined;
  #device: SpiDevice | undefined;
  #grant: BusGrant = { kind: 'refused', code: 'BUS_GONE', message: 'The bus is not open yet. (BUS_GONE)' };

  constructor(display: DisplayOptions) {
    this.#display = display;
  }

  get grant(): BusGrant {
    return this.#grant;
  }

  async reopen({ signal }: { signal: AbortSignal }): Promise<BusGrant> {
    signal.throwIfAborted();
    try {
      this.#grant = await this.#open({ signal });
    } catch (error) {
      if (!(error instanceof LoopError) || signal.aborted) throw error;
      this.#grant = refusal(error);
    }
    return this.#grant;
  }

  /** The worker has set the levels it wishes and closed its side before; a panel that nobody could write to goes dark. */
  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#grant.kind === 'refused') this.#darken();
    this.#closeDevice();
    this.#closeLines();
  }

  async #open({ signal }: { signal: AbortSignal }): Promise<SpidevGrant> {
    this.#closeDevice();
    this.#ioctl ??= await loadIoctl();
    const ioctl = this.#ioctl;
    const { default: spi } = await importNativeAddon('spi-device', () => import('spi-device'));
    if (this.#lines !== undefined && !areAlive(ioctl, this.#lines)) this.#closeLines();
    this.#lines ??= await openLines(ioctl, this.#display, { signal });
    const { bus: path, speed_hz: speedHz } = this.#display;
    const [busNumber, deviceNumber] = path.replace('/dev/spidev', '').split('.').map(Number);
    try {
      this.#device = spi.openSync(busNumber!, deviceNumber!, { mode: SPI_MODE, maxSpeedHz: speedHz });
    } catch (error) {
      throw busFault(error, path);
    }
    const { dc, reset, light } = this.#lines;
    return { kind: 'spidev', path, bufsiz: readBufsiz(), speedHz, lines: { dc, reset }, light };
  }

  #darken(): void {
    if (this.#ioctl === undefined || this.#lines?.light.kind !== 'line') return;
    try {
      new GpioLine(this.#ioctl, this.#lines.light.fd).set(0);
    } catch {
      // The GPIO chip went away too; there is no light to turn off.
    }
  }

  #closeDevice(): void {
    try {
      this.#device?.closeSync();
    } catch {
      // A device that went away; its descriptor is closed all the same.
    }
    this.#device = undefined;
  }

  #closeLines(): void {
    if (this.#lines !== undefined) for (const fd of descriptors(this.#lines)) closeSync(fd);
    this.#lines = undefined;
  }
}

async function openLines(ioctl: Ioctl, display: DisplayOptions, { signal }: { signal: AbortSignal }): Promise<Lines> {
  const pwm = findPwm(display.backlight_line);
  const requests: LineRequest[] = [
    lineRequest(display, 'dc_line', 'loop-dc', 0),
    lineRequest(display, 'reset_line', 'loop-reset', 1),
    ...(pwm === undefined ? [lineRequest(display, 'backlight_line', 'loop-backlight', 0)] : []),
  ];
  const taken: number[] = [];
  try {
    for (const request of requests) taken.push(requestLine(ioctl, request));
    const [dc, reset, backlight] = taken;
    const light: LightGrant =
      pwm === undefined
        ? { kind: 'line', fd: backlight! }
        : { kind: 'pwm', folder: await openPwm(pwm, { clock: systemClock, signal }) };
    return { dc: dc!, reset: reset!, light };
  } catch (error) {
    for (const fd of taken) closeSync(fd);
    throw error;
  }
}

function lineRequest(
  display: DisplayOptions,
  option: 'dc_line' | 'reset_line' | 'backlight_line',
  consumer: string,
  level: 0 | 1,
): LineRequest {
  return { chip: display.gpiochip, offset: display[option], consumer, option, level };
}

function descriptors({ dc, reset, light }: Lines): number[] {
  return light.kind === 'line' ? [dc, reset, light.fd] : [dc, reset];
}

function areAlive(ioctl: Ioctl, lines: Lines): boolean {
  return descriptors(lines).every((fd) => isLineAlive(ioctl, fd));
}

/** Set on the kernel's command line only (`spidev.bufsiz=65536`), so it is used as it is found. */
function readBufsiz(): number {
  try {
    return Number(readFileSync('/sys/module/spidev/parameters/bufsiz', 'utf8')) || DEFAULT_BUFSIZ;
  } catch {
    return DEFAULT_BUFSIZ;
  }
}
