import { PanelEmulator } from '../../emulator/panel-emulator.ts';
import type { PanelModel } from '../../emulator/panel-model.ts';

/** A host that does as it is told, with a clock of its own: it judges nothing and waits only when asked to. */
export class Host {
  readonly panel: PanelEmulator;
  nowUs = 1_000_000;

  constructor(model: PanelModel) {
    this.panel = new PanelEmulator(model);
  }

  wait(milliseconds: number): this {
    this.nowUs += milliseconds * 1000;
    return this;
  }

  send(code: number, ...parameters: number[]): this {
    this.panel.write(0, Uint8Array.of(code), this.nowUs);
    this.panel.write(1, Uint8Array.from(parameters), this.nowUs);
    return this;
  }

  data(...bytes: number[]): this {
    this.panel.write(1, Uint8Array.from(bytes), this.nowUs);
    return this;
  }

  /** RESX low for the given microseconds. */
  reset(lowUs = 10): this {
    this.panel.setReset(0, this.nowUs);
    this.nowUs += lowUs;
    this.panel.setReset(1, this.nowUs);
    return this;
  }

  /** Out of sleep, unlocked, awake, on and lit, in the upright orientation, colours as sent, 16 bits a pixel where the bus has them. */
  start(): this {
    const { model } = this.panel;
    this.reset().wait(5);
    for (const code of model.unlock) this.send(code);
    this.send(0x11).wait(5);
    this.send(0x3a, model.pixelFormats.includes(16) ? 0x55 : 0x66);
    this.send(0x36, model.uprightAddressMode | (model.colourOrder === 'bgr' ? 0x08 : 0));
    this.send(model.isGlassInverted ? 0x21 : 0x20).send(0x29);
    this.panel.setBacklight(100);
    return this;
  }

  /** Sets the window by columns and pages, ends included. */
  window(columns: readonly [number, number], pages: readonly [number, number]): this {
    return this.send(0x2a, ...columns.flatMap(bytesOf)).send(0x2b, ...pages.flatMap(bytesOf));
  }

  /** Writes pixels (RGB565 as numbers) into the window in the format that `start` chose. */
  pixels(...values: number[]): this {
    return this.#memoryWrite(values);
  }

  /** Writes the whole address space, each pixel by its column and page. */
  fill(columns: number, pages: number, pixel: (column: number, page: number) => number): this {
    this.window([0, columns - 1], [0, pages - 1]);
    return this.#memoryWrite(
      Array.from({ length: columns * pages }, (_, i) => pixel(i % columns, Math.floor(i / columns))),
    );
  }

  #memoryWrite(values: readonly number[]): this {
    const is16 = this.panel.model.pixelFormats.includes(16);
    this.send(0x2c);
    this.panel.write(1, Uint8Array.from(values.flatMap(is16 ? bytesOf : bytesOf18)), this.nowUs);
    return this;
  }
}

export function bytesOf(value: number): number[] {
  return [value >> 8, value & 0xff];
}

function bytesOf18(value: number): number[] {
  return [(value >> 8) & 0xf8, (value >> 3) & 0xfc, (value << 3) & 0xf8];
}
