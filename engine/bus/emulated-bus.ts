import { panelModels } from '../../emulator/models.ts';
import { PanelEmulator } from '../../emulator/panel-emulator.ts';
import type { Bus } from './bus.ts';
import type { BusGrant } from './bus-grant.ts';
import type { Clock } from './clock.ts';

/** A bus whose other end is the panel emulator, in the same thread: a laptop is enough. It takes no time and never fails. */
export class EmulatedBus implements Bus {
  /** What hangs on the bus, for whoever wants to look at it. */
  readonly emulator: PanelEmulator;
  readonly speedHz: number;
  readonly busyUs = 0;
  readonly dimmable = true;
  readonly #clock: Clock;
  #bytesWritten = 0;

  constructor(grant: Extract<BusGrant, { kind: 'emulated' }>, clock: Clock) {
    this.emulator = new PanelEmulator(panelModels[grant.panel]);
    this.speedHz = grant.speedHz;
    this.#clock = clock;
  }

  get bytesWritten(): number {
    return this.#bytesWritten;
  }

  command(code: number, parameters?: Uint8Array): void {
    this.#write(0, Uint8Array.of(code));
    if (parameters !== undefined) this.#write(1, parameters);
  }

  pixels(bytes: Uint8Array): void {
    this.#write(1, bytes);
  }

  setSpeed(): void {}

  setReset(level: 0 | 1): void {
    this.emulator.setReset(level, this.#clock.nowUs());
  }

  setBacklight(percent: number): void {
    this.emulator.setBacklight(percent);
  }

  close(): void {}

  #write(dataLevel: 0 | 1, bytes: Uint8Array): void {
    this.emulator.write(dataLevel, bytes, this.#clock.nowUs());
    this.#bytesWritten += bytes.length;
  }
}
