import type { Picture, Rotation } from '../format/frame.ts';
import { command, notModelled, withoutParameters } from './commands.ts';
import { FrameMemory } from './frame-memory.ts';
import { lookAtGlass, orientation } from './glass.ts';
import type { PanelModel } from './panel-model.ts';

/** What a host may do wrong. Each says which rule of the datasheet was broken (sections of the ILI9341 V1.11). */
export type FaultKind =
  | 'short-reset' // RESX low for less than 10 us (reset timing, tRW)
  | 'in-reset' // bytes while RESX is low
  | 'early-command' // less than 5 ms after reset, software reset, sleep in or sleep out (8.2.2, 8.2.11, 8.2.12)
  | 'early-sleep-out' // less than 120 ms after a reset out of the awake state or after sleep in (8.2.12)
  | 'early-sleep-in' // less than 120 ms after sleep out (8.2.11)
  | 'split-pixel' // a command inside a pixel
  | 'window-reversed' // SC > EC or SP > EP when a memory write begins (8.2.20, 8.2.21)
  | 'window-outside' // the window lies beyond the memory for this MADCTL
  | 'data-without-command' // data, and no command takes it
  | 'asleep-pixels' // pixels before the first sleep out since power-on or reset
  | 'unknown-command' // not in the datasheet
  | 'locked-command' // before the registers were unlocked (GC9A01)
  | 'pixel-format' // COLMOD asks for what the serial bus does not have
  | 'not-modelled'; // right, but the emulator cannot show it: scrolling, partial and idle mode

/** One thing the host did wrong. */
export interface Fault {
  /** Time of the write, in the clock of whoever calls. */
  readonly timeUs: number;
  readonly kind: FaultKind;
  readonly message: string;
}

/** What has come in since power-on. */
export interface PanelCounters {
  readonly commands: number;
  readonly pixels: number;
  readonly bytes: number;
}

/** The first so many faults are kept, the rest only counted: a broken driver makes one with every frame. */
const FAULTS_KEPT = 100;
const SHORTEST_RESET_US = 10;
const SETTLE_US = 5_000;
const SLEEP_CHANGE_US = 120_000;
const NO_COMMAND = -1;

/**
 * A panel as its controller's datasheet has it: levels and bytes in, picture and faults out. It knows nothing of drivers.
 * Time is whatever clock the caller gives, in microseconds, and must not run backwards. After power-on the panel sleeps,
 * the display is off, the light is out and the memory is noise.
 */
export class PanelEmulator {
  readonly model: PanelModel;
  /** The first 100 faults, in order. `faultCount` has them all. */
  readonly faults: readonly Fault[];
  faultCount = 0;

  readonly #faults: Fault[] = [];
  readonly #memory: FrameMemory;
  readonly #registers = new Map<number, number[]>();
  #commands = 0;
  #bytes = 0;
  #timeUs = 0;

  #resetLowSinceUs: number | undefined;
  #readyUs = Number.NEGATIVE_INFINITY;
  #sleepOutFromUs = Number.NEGATIVE_INFINITY;
  #sleepInFromUs = Number.NEGATIVE_INFINITY;

  #isAsleep = true;
  #hasBeenAwake = false;
  #isDisplayOn = false;
  #isInversionOn = false;
  #unlocked = 0;
  #command = NO_COMMAND;
  #parameters = 0;
  #backlight = 0;

  constructor(model: PanelModel) {
    this.model = model;
    this.faults = this.#faults;
    this.#memory = new FrameMemory(model.memory);
    this.#memory.resetWindow();
  }

  get counters(): PanelCounters {
    return { commands: this.#commands, pixels: this.#memory.written, bytes: this.#bytes };
  }

  /** Degrees clockwise by which the picture stands on the glass: 48h, 28h, 88h, E8h of an ILI9341 are 0, 90, 180, 270. */
  get rotation(): Rotation {
    return orientation(this.model, this.#memory.addressMode).rotation;
  }

  /** The picture is seen as in a mirror. */
  get isMirrored(): boolean {
    return orientation(this.model, this.#memory.addressMode).isMirrored;
  }

  /** Whether anything can be seen: awake, display on, not in reset, and the light above 0. */
  get isLit(): boolean {
    return !this.#isAsleep && this.#isDisplayOn && this.#resetLowSinceUs === undefined && this.#backlight > 0;
  }

  /** Refreshes of the glass a second; undefined where the model does not know. */
  get frameRateHz(): number | undefined {
    const { frameRate } = this.model;
    return frameRate?.hertz(this.#registers.get(frameRate.code) ?? []);
  }

  /** Light of the module in percent, 0 to 100. The BL pin is the module's, not the controller's. */
  setBacklight(percent: number): void {
    this.#backlight = percent;
  }

  /** Level of RESX. The chip is reset by the rising edge, when the pin was low for at least 10 us. */
  setReset(level: 0 | 1, timeUs: number): void {
    this.#timeUs = timeUs;
    if (level === 0) {
      this.#resetLowSinceUs ??= timeUs;
      return;
    }
    if (this.#resetLowSinceUs === undefined) return;
    const lowUs = timeUs - this.#resetLowSinceUs;
    this.#resetLowSinceUs = undefined;
    if (lowUs >= SHORTEST_RESET_US) this.#hardReset();
    else this.#fault('short-reset', `RESX was low for ${lowUs} us; a reset takes at least ${SHORTEST_RESET_US} us.`);
  }

  /** Bytes on the bus with the level of D/CX: 0 = each byte is a command, 1 = parameters or pixels. `bytes` is only read. */
  write(dataLevel: 0 | 1, bytes: Uint8Array, timeUs: number): void {
    if (bytes.length === 0) return;
    this.#timeUs = timeUs;
    this.#bytes += bytes.length;
    if (this.#resetLowSinceUs !== undefined)
      this.#fault('in-reset', `${bytes.length} bytes came while RESX was low; the chip hears nothing then.`);
    else if (dataLevel === 1) this.#takeData(bytes);
    else for (const code of bytes) this.#takeCommand(code);
  }

  /**
   * What a person sees who holds the glass so that the picture is upright in the rotation MADCTL asks for; a mirrored MADCTL is seen mirrored.
   * All black while nothing is lit. A new picture each time: the caller may keep it.
   */
  view(): Picture {
    const picture = lookAtGlass(
      this.model,
      this.#memory,
      this.#isInversionOn,
      orientation(this.model, this.#memory.addressMode),
    );
    if (!this.isLit) picture.pixels.fill(0);
    return picture;
  }

  #fault(kind: FaultKind, message: string): void {
    this.faultCount++;
    if (this.#faults.length < FAULTS_KEPT) this.#faults.push({ timeUs: this.#timeUs, kind, message });
  }

  #hardReset(): void {
    this.#memory.addressMode = 0;
    this.#memory.bitsPerPixel = this.model.pixelFormats[0] ?? 18;
    this.#softReset();
  }

  /** Leaves MADCTL, COLMOD and the memory as they are (8.2.29, 8.2.33 "SW reset: no change"; 8.2.2). */
  #softReset(): void {
    if (!this.#isAsleep) this.#sleepOutFromUs = this.#timeUs + SLEEP_CHANGE_US;
    this.#readyUs = this.#timeUs + SETTLE_US;
    this.#isAsleep = true;
    this.#hasBeenAwake = false;
    this.#isDisplayOn = false;
    this.#isInversionOn = false;
    this.#unlocked = 0;
    this.#command = NO_COMMAND;
    this.#registers.clear();
    this.#memory.wraps = true;
    this.#memory.resetWindow();
  }

  #takeCommand(code: number): void {
    this.#commands++;
    this.#checkCommand(code);
    this.#command = code;
    this.#parameters = 0;
    if (this.model.unlock[this.#unlocked] === code) this.#unlocked++;
    switch (code) {
      case command.softReset:
        this.#softReset();
        break;
      case command.sleepIn:
        this.#sleepIn();
        break;
      case command.sleepOut:
        this.#sleepOut();
        break;
      case command.inversionOff:
      case command.inversionOn:
        this.#isInversionOn = code === command.inversionOn;
        break;
      case command.displayOff:
      case command.displayOn:
        this.#isDisplayOn = code === command.displayOn;
        break;
      case command.memoryWrite:
        this.#startMemoryWrite();
        break;
    }
  }

  #checkCommand(code: number): void {
    const name = hex(code);
    if (this.#memory.partialBytes > 0) {
      this.#fault('split-pixel', `Command ${name} came after ${this.#memory.partialBytes} bytes of a pixel.`);
      this.#memory.dropPartial();
    }
    if (this.#timeUs < this.#readyUs)
      this.#fault(
        'early-command',
        `Command ${name} came ${this.#readyUs - this.#timeUs} us too early: 5 ms must pass after reset, sleep in and sleep out.`,
      );
    if (!this.model.commands.has(code)) this.#fault('unknown-command', `${this.model.name} has no command ${name}.`);
    if (this.model.lockedCommands.has(code) && this.#unlocked < this.model.unlock.length)
      this.#fault('locked-command', `Command ${name} needs ${this.model.unlock.map(hex).join(' ')} before it.`);
    if (notModelled.has(code)) this.#fault('not-modelled', `The emulator cannot show what command ${name} does.`);
  }

  #sleepIn(): void {
    if (this.#isAsleep) return;
    if (this.#timeUs < this.#sleepInFromUs)
      this.#fault('early-sleep-in', 'Sleep in came less than 120 ms after sleep out.');
    this.#isAsleep = true;
    this.#readyUs = this.#timeUs + SETTLE_US;
    this.#sleepOutFromUs = this.#timeUs + SLEEP_CHANGE_US;
  }

  #sleepOut(): void {
    if (!this.#isAsleep) return;
    if (this.#timeUs < this.#sleepOutFromUs)
      this.#fault('early-sleep-out', 'Sleep out came less than 120 ms after a reset while awake, or after sleep in.');
    this.#isAsleep = false;
    this.#hasBeenAwake = true;
    this.#readyUs = this.#timeUs + SETTLE_US;
    this.#sleepInFromUs = this.#timeUs + SLEEP_CHANGE_US;
  }

  #startMemoryWrite(): void {
    const { columns, pages } = this.#memory.start();
    const window = `columns ${columns[0]}..${columns[1]}, pages ${pages[0]}..${pages[1]}`;
    if (columns[0] > columns[1] || pages[0] > pages[1])
      this.#fault('window-reversed', `The window ends before it begins: ${window}.`);
    else if (columns[1] >= this.#memory.columns || pages[1] >= this.#memory.pages)
      this.#fault(
        'window-outside',
        `The window (${window}) lies beyond the ${this.#memory.columns} x ${this.#memory.pages} of MADCTL ${hex(this.#memory.addressMode)}.`,
      );
  }

  #takeData(bytes: Uint8Array): void {
    const code = this.#command;
    if (code === command.memoryWrite || code === command.memoryWriteContinue) this.#takePixels(bytes);
    else if (code === NO_COMMAND || withoutParameters.has(code))
      this.#fault(
        'data-without-command',
        `${bytes.length} bytes of data came, and ${code === NO_COMMAND ? 'there was no command' : `command ${hex(code)} takes none`}.`,
      );
    else for (const value of bytes) this.#takeParameter(code, this.#parameters++, value);
  }

  #takePixels(bytes: Uint8Array): void {
    if (!this.#hasBeenAwake)
      this.#fault('asleep-pixels', `${bytes.length} bytes of pixels came before the first sleep out.`);
    this.#memory.write(bytes);
  }

  #takeParameter(code: number, index: number, value: number): void {
    if (code === command.columnAddress) {
      if (index < 4) this.#memory.columnRegister[index] = value;
    } else if (code === command.pageAddress) {
      if (index < 4) this.#memory.pageRegister[index] = value;
    } else if (code === command.addressMode) {
      if (index === 0) this.#memory.addressMode = value;
    } else if (code === command.pixelFormat) {
      if (index === 0) this.#setPixelFormat(value);
    } else this.#setRegister(code, index, value);
  }

  /** COLMOD bits 2..0 are the bus; 6..4 belong to the RGB interface, which the modules do not have. */
  #setPixelFormat(value: number): void {
    const bits = { 5: 16, 6: 18 }[value & 7];
    const format = this.model.pixelFormats.find((one) => one === bits);
    if (format) this.#memory.bitsPerPixel = format;
    else
      this.#fault(
        'pixel-format',
        `COLMOD ${hex(value)}: the serial bus of the ${this.model.name} takes ${this.model.pixelFormats.join(' or ')} bits a pixel.`,
      );
  }

  #setRegister(code: number, index: number, value: number): void {
    const { wrapRegister } = this.model;
    if (code === wrapRegister?.code && index === 0) this.#memory.wraps = (value & wrapRegister.bit) !== 0;
    if (code !== this.model.frameRate?.code) return;
    const register = this.#registers.get(code) ?? [];
    register[index] = value;
    this.#registers.set(code, register);
  }
}

function hex(value: number): string {
  return `${value.toString(16).padStart(2, '0').toUpperCase()}h`;
}
