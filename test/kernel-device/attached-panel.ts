import { PanelEmulator } from '../../emulator/panel-emulator.ts';
import type { PanelModel } from '../../emulator/panel-model.ts';
import type { Picture } from '../../format/frame.ts';
import type { DeviceRecord } from './device-log.ts';

/** How a panel's pins hang on the Pi. */
export interface Wiring {
  /** Bus and chip select, as `0.0`. */
  readonly device: string;
  readonly model: PanelModel;
  /** GPIO numbers. */
  readonly dc: number;
  readonly reset: number;
  readonly backlight: number;
}

/** A panel emulator on the wires: it is fed with what the log says of its lines and its bus. */
export class AttachedPanel {
  readonly emulator: PanelEmulator;
  readonly wiring: Wiring;
  /** Bytes that reached the panel. */
  bytes = 0;
  /** Bytes sent while nothing drove D/C: nobody can say what the panel made of them, so it gets none. */
  bytesWithoutDc = 0;
  /** Level of D/C; undefined while the pin is no output. */
  dc: 0 | 1 | undefined;
  readonly #deviceIndex: number;
  readonly #read: () => void;

  /** `read` brings the panel up to date with the log. */
  constructor(wiring: Wiring, deviceIndex: number, read: () => void) {
    this.wiring = wiring;
    this.emulator = new PanelEmulator(wiring.model);
    this.emulator.setBacklight(100); // the usual module pulls BL up: it is lit until something drives the pin low
    this.#deviceIndex = deviceIndex;
    this.#read = read;
  }

  /** What a person sees now, all that was written so far included. */
  view(): Picture {
    this.#read();
    return this.emulator.view();
  }

  take(record: DeviceRecord): void {
    if (record.kind === 'message' && record.device === this.#deviceIndex)
      this.#takeMessage(record.bytes, record.timeUs);
    else if (record.kind === 'line') this.#takeLine(record);
  }

  #takeMessage(bytes: Buffer, timeUs: number): void {
    if (this.dc === undefined) {
      this.bytesWithoutDc += bytes.length;
      return;
    }
    this.bytes += bytes.length;
    this.emulator.write(this.dc, bytes, timeUs);
  }

  /** An undriven RST or BL is pulled up on the usual module. */
  #takeLine({ line, level, direction, timeUs }: Extract<DeviceRecord, { kind: 'line' }>): void {
    const driven = direction === 'out' ? level : undefined;
    if (line === this.wiring.dc) this.dc = driven;
    if (line === this.wiring.reset) this.emulator.setReset(driven ?? 1, timeUs);
    if (line === this.wiring.backlight) this.emulator.setBacklight((driven ?? 1) * 100);
  }
}
