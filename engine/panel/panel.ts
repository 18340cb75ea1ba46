import type { DisplayOptions } from '../../contract/config.ts';
import type { Geometry, Rectangle } from '../../format/frame.ts';
import type { Bus } from '../bus/bus.ts';
import type { Clock } from '../bus/clock.ts';
import { addressMode, dcs } from './mipi-dcs.ts';
import type { Orientation, PanelCommand, PanelDefinition } from './panel-definition.ts';
import { panelGeometry, panels } from './panels.ts';
import { type TransmitBuffer, transmitBuffer } from './transmit-buffer.ts';

/** ILI9341 datasheet v1.11, 7.1.2: a write cycle of 100 ns is what the controller promises; setting up is done at that. */
const INIT_SPEED_HZ = 10_000_000;

// Times of the ILI9341 datasheet v1.11; the other controllers ask for the same or less.
const RESET_LOW_MS = 1; // 10 us at least
const RESET_MS = 120; // before sleep-out, when the panel was awake
const SLEEP_OUT_MS = 120; // until the voltages are up; commands may come after 5 ms
const COMMAND_MS = 6; // 5 ms after sleep-out

/** A panel on a bus: what the datasheet calls its commands. It knows nothing of what it showed before. Bus faults fly through. */
export class Panel {
  readonly geometry: Geometry;
  readonly #bus: Bus;
  readonly #clock: Clock;
  readonly #definition: PanelDefinition;
  readonly #orientation: Orientation;
  readonly #addressMode: number;
  readonly #inversion: number;
  readonly #transmit: TransmitBuffer;
  /** Window parameters as they were sent last; undefined = unknown to us. */
  readonly #columns: AddressRange;
  readonly #pages: AddressRange;

  constructor(display: DisplayOptions, bus: Bus, clock: Clock) {
    const definition = panels[display.panel];
    this.geometry = panelGeometry(display);
    this.#bus = bus;
    this.#clock = clock;
    this.#definition = definition;
    this.#orientation = definition.orientations[display.rotation];
    const isBgr = display.bgr ?? definition.bgr;
    this.#addressMode = this.#orientation.addressMode | (isBgr ? addressMode.bgr : 0);
    this.#inversion = (display.invert ?? definition.invert) ? dcs.inversionOn : dcs.inversionOff;
    this.#transmit = transmitBuffer(this.geometry, definition.pixelBytes);
    this.#columns = new AddressRange(dcs.setColumns);
    this.#pages = new AddressRange(dcs.setPages);
  }

  /** Bits of a pixel on the bus. */
  get pixelBits(): number {
    return this.#definition.pixelBytes * 8;
  }

  /** Reset, init, awake; the glass stays dark until `displayOn`. Takes about a quarter of a second. */
  async start({ signal }: { signal: AbortSignal }): Promise<void> {
    this.#forgetWindow();
    this.#bus.setBacklight(0);
    this.#bus.setReset(0);
    await this.#clock.wait(RESET_LOW_MS, { signal });
    this.#bus.setReset(1);
    await this.#clock.wait(RESET_MS, { signal });
    this.#bus.setSpeed(Math.min(INIT_SPEED_HZ, this.#bus.speedHz));
    for (const step of this.#definition.init) this.#send(step);
    this.#configure();
    this.#bus.command(dcs.sleepOut);
    await this.#clock.wait(SLEEP_OUT_MS, { signal });
    this.#bus.setSpeed(this.#bus.speedHz);
  }

  /** Says again what matters, to a panel that may have lost it (a glitch or brown-out shows nowhere: the panel is never read). */
  async reassert({ signal }: { signal: AbortSignal }): Promise<void> {
    this.#forgetWindow();
    this.#configure();
    this.#bus.command(dcs.sleepOut);
    await this.#clock.wait(COMMAND_MS, { signal });
    this.displayOn();
  }

  displayOn(): void {
    this.#bus.command(dcs.displayOn);
  }

  displayOff(): void {
    this.#bus.command(dcs.displayOff);
  }

  /** Sends one rectangle of a picture of the panel's geometry. Parts of the window that are as before are not sent. */
  write(pixels: Uint16Array, rectangle: Rectangle): void {
    const { column, page } = this.#orientation;
    this.#columns.send(this.#bus, column + rectangle.x, column + rectangle.x + rectangle.width - 1);
    this.#pages.send(this.#bus, page + rectangle.y, page + rectangle.y + rectangle.height - 1);
    this.#bus.command(dcs.writeMemory);
    this.#bus.pixels(this.#transmit.fill(pixels, rectangle));
  }

  #configure(): void {
    this.#bus.command(dcs.setPixelFormat, Uint8Array.of(this.#definition.pixelFormat));
    this.#bus.command(dcs.setAddressMode, Uint8Array.of(this.#addressMode));
    this.#bus.command(this.#inversion);
    this.#send(this.#definition.frameRate);
  }

  #send({ code, parameters }: PanelCommand): void {
    this.#bus.command(code, parameters.length === 0 ? undefined : Uint8Array.from(parameters));
  }

  #forgetWindow(): void {
    this.#columns.forget();
    this.#pages.forget();
  }
}

/** One side of the address window; remembers what the panel was told. */
class AddressRange {
  readonly #code: number;
  readonly #parameters = new Uint8Array(4);
  #first = -1;
  #last = -1;

  constructor(code: number) {
    this.#code = code;
  }

  forget(): void {
    this.#first = -1;
  }

  send(bus: Bus, first: number, last: number): void {
    if (first === this.#first && last === this.#last) return;
    this.forget();
    this.#parameters[0] = first >> 8;
    this.#parameters[1] = first;
    this.#parameters[2] = last >> 8;
    this.#parameters[3] = last;
    bus.command(this.#code, this.#parameters);
    this.#first = first;
    this.#last = last;
  }
}
