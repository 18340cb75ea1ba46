import { openSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { constants, tmpdir } from 'node:os';
import { join } from 'node:path';
import { setInterval } from 'node:timers/promises';
import { AttachedPanel, type Wiring } from './attached-panel.ts';
import { buildKernelDevice } from './build-kernel-device.ts';
import { DeviceLog, type DeviceRecord } from './device-log.ts';
import { createDeviceState, DEVICE_BYTES, type DeviceState, LINE_BYTES, NAME_BYTES, offset } from './device-state.ts';

/** What the stand-in for the kernel is like; every field may be left out. */
export interface KernelDeviceOptions {
  /** Bytes of the largest SPI message: 4096 as the kernel has it, or another power of two up to 65536. */
  readonly bufsiz?: number;
  /**
   * Bytes take their time: the clock is `coreHz` over the even divider that the asked speed needs (400 MHz on a Zero 2 W: 62.5 MHz asked are 50),
   * and every message `gapUs` more. Left out: no time at all.
   */
  readonly busTime?: { readonly coreHz: number; readonly gapUs: number };
  /** Whether bytes and lines are written down: true. Without it only `counters` move: the fastest, for measuring. */
  readonly log?: boolean;
  /** Bytes of unread log after which writing down ends and `read()` throws: 256 MiB. Read parts are given back to the disk. */
  readonly logLimitBytes?: number;
  /** A released output stays as it was, as on Raspberry Pi's own kernels; else it becomes an input: false. */
  readonly keepsOutputs?: boolean;
  /** Buses that exist: 0.0 and 0.1. At most four. */
  readonly devices?: readonly string[];
  /** Lines that another program holds, with its name. */
  readonly held?: Readonly<Record<number, string>>;
}

/** An event of the bus and the lines, in order. A message keeps its first 64 bytes; `dc` is undefined where no attached panel knows it. */
export type TraceEvent =
  | Exclude<DeviceRecord, { device: number }>
  | {
      readonly kind: 'bus_opened' | 'bus_closed';
      readonly timeUs: number;
      readonly device: string;
      readonly process: number;
    }
  | {
      readonly kind: 'message';
      readonly timeUs: number;
      readonly device: string;
      readonly mode: number;
      readonly speedHz: number;
      readonly process: number;
      readonly dc: 0 | 1 | undefined;
      readonly length: number;
      readonly head: Uint8Array;
    };

/** What was done to the devices since they were made, all processes together. */
export interface KernelDeviceCounters {
  readonly bytes: number;
  /** Bytes sent while MOSI or SCLK was taken off the bus: the call succeeded, no panel saw them. */
  readonly lostBytes: number;
  readonly messages: number;
  /** System calls on a bus: write, writev, and ioctl with a message. */
  readonly writeCalls: number;
  readonly writevCalls: number;
  readonly transferCalls: number;
  /** System calls that set lines. */
  readonly lineSetCalls: number;
  /** Opens of a bus. */
  readonly opens: number;
}

const TRACE_KEPT = 20_000;
const HEAD_BYTES = 64;
const FOREVER = 0xffff_ffff;
const LINE_COUNT = 54;
const BUFSIZ = 4096;
const LOG_LIMIT_BYTES = 256 << 20;
const FOLLOW_MS = 5;
/** gpio-line-names of the Zero 2 W's device tree. */
const lineNames =
  'ID_SDA ID_SCL SDA1 SCL1 GPIO_GCLK GPIO5 GPIO6 SPI_CE1_N SPI_CE0_N SPI_MISO SPI_MOSI SPI_SCLK GPIO12 GPIO13 TXD1 RXD1 GPIO16 GPIO17 GPIO18 GPIO19 GPIO20 GPIO21 GPIO22 GPIO23 GPIO24 GPIO25 GPIO26 GPIO27'.split(
    ' ',
  );

/** The chip selects of SPI, which the kernel drives itself. */
const chipSelects = { 7: 'spi0 CS1', 8: 'spi0 CS0' };

/** Makes the stand-in: a folder under the system's temporary one, removed when disposed. Processes started with `environment` see its devices. */
export async function openKernelDevice(options: KernelDeviceOptions = {}): Promise<KernelDevice> {
  const library = await buildKernelDevice();
  const folder = await mkdtemp(join(tmpdir(), 'kernel-device-'));
  for (const [name, content] of Object.entries({ log: '', locks: '', bufsiz: `${options.bufsiz ?? BUFSIZ}\n` }))
    await writeFile(join(folder, name), content);
  const devices = options.devices ?? ['0.0', '0.1'];
  const state = createDeviceState(join(folder, 'state'));
  configure(state, options);
  for (const [index, name] of devices.entries()) {
    const [bus = 0, select = 0] = name.split('.').map(Number);
    state.setNumber(offset.devices + index * DEVICE_BYTES, bus | (select << 16));
    state.setNumber(offset.devices + index * DEVICE_BYTES + 12, 8); // bits a word
  }
  const log = new DeviceLog(openSync(join(folder, 'log'), 'r'));
  return new KernelDevice({ folder, library, state, log, devices });
}

function configure(state: DeviceState, options: KernelDeviceOptions): void {
  state.setNumber(offset.bufsiz, options.bufsiz ?? BUFSIZ);
  state.setNumber(offset.lineCount, LINE_COUNT);
  state.setNumber(offset.coreHz, options.busTime?.coreHz ?? 0);
  state.setNumber(offset.gapNs, (options.busTime?.gapUs ?? 0) * 1000);
  state.setNumber(offset.isLogging, Number(options.log ?? true));
  state.setNumber(offset.keepsOutputs, Number(options.keepsOutputs ?? false));
  state.setBigNumber(offset.logLimit, options.logLimitBytes ?? LOG_LIMIT_BYTES);
  for (const [line, name] of lineNames.entries()) state.setText(lineAt(line) + 8, name);
  for (const [line, holder] of Object.entries({ ...chipSelects, ...options.held }))
    state.setText(holderAt(Number(line)), holder);
}

/** Devices that are not there, as far as a process can tell that was started with `environment`. */
export class KernelDevice implements AsyncDisposable {
  /** Add these to the environment of a child process: `{ ...process.env, ...device.environment }`. */
  readonly environment: Readonly<Record<string, string>>;
  /** The newest events: the last 20,000 at least, 40,000 at most; older ones are dropped. */
  readonly trace: TraceEvent[] = [];
  readonly #folder: string;
  readonly #state: DeviceState;
  readonly #devices: readonly string[];
  readonly #log: DeviceLog;
  readonly #panels: AttachedPanel[] = [];

  /** `openKernelDevice` makes one. */
  constructor(parts: {
    folder: string;
    library: string;
    state: DeviceState;
    log: DeviceLog;
    devices: readonly string[];
  }) {
    this.environment = { LD_PRELOAD: parts.library, LOOP_KERNEL_DEVICE: parts.folder, UV_USE_IO_URING: '0' };
    this.#folder = parts.folder;
    this.#state = parts.state;
    this.#devices = parts.devices;
    this.#log = parts.log;
  }

  /** Hangs a panel on the wires. Only before the first `read()`: a panel that came later would have missed the start. */
  attachPanel(wiring: Wiring): AttachedPanel {
    if (this.#log.position > 0) throw new Error('A panel must be attached before the log is read for the first time.');
    const index = this.#deviceIndex(wiring.device);
    const panel = new AttachedPanel(wiring, index, () => this.read());
    this.#panels.push(panel);
    return panel;
  }

  /**
   * Takes in everything that was written so far: at once, without waiting. A write that returned in the child is in it.
   * Throws when the log had become too long, for then something is missing.
   */
  read(): void {
    this.#log.read((record) => this.#take(record));
    this.#state.setBigNumber(offset.logRead, this.#log.position);
    if (this.#state.number(offset.isLogFull))
      throw new Error(
        'The log of the kernel device is full. Read it more often, or open the device with { log: false }.',
      );
  }

  /** Reads every 5 ms and yields after each time, until left or aborted (then it throws an AbortError). */
  async *follow({ signal }: { signal: AbortSignal }): AsyncGenerator<void> {
    for await (const _ of setInterval(FOLLOW_MS, undefined, { signal })) {
      this.read();
      yield;
    }
  }

  get counters(): KernelDeviceCounters {
    const [bytes, lostBytes, messages, writeCalls, writevCalls, transferCalls, lineSetCalls, opens] = Array.from(
      { length: 8 },
      (_, i) => this.#state.bigNumber(offset.counters + 8 * i),
    ) as [number, number, number, number, number, number, number, number]; // length 8
    return { bytes, lostBytes, messages, writeCalls, writevCalls, transferCalls, lineSetCalls, opens };
  }

  /**
   * Lets `after` messages through, then fails the next `times` (1; Infinity: until `mend()`), of those with at least `least` bytes; `sent` bytes of
   * each still reach the panel. libuv goes on by itself after a short count, so that Node sees an error in the middle of a writev only
   * when the next message fails too: `times: 2`. After a single one the call says all is well, and `sent` bytes have come twice.
   */
  fail(fault: {
    errno: keyof typeof constants.errno;
    after?: number;
    times?: number;
    least?: number;
    sent?: number;
  }): void {
    this.#setFault({ ...fault, error: constants.errno[fault.errno], bytes: fault.sent ?? 0 });
  }

  /** Lets `after` messages through, then sends only `bytes` bytes of the next one: a short count, after which libuv sends the rest. */
  shorten({ bytes, after = 0 }: { bytes: number; after?: number }): void {
    this.#setFault({ error: 0, bytes, after, least: bytes + 1 });
  }

  /** Ends what `fail` and `shorten` began. */
  mend(): void {
    this.#state.setNumber(offset.faultTimes, 0);
  }

  /** The driver lets go of a bus: the node vanishes, and what is open fails with ESHUTDOWN for ever. */
  unplug(device = this.#devices[0]): void {
    this.#setPresent(device, false);
  }

  /** The bus is back: a new open works. */
  replug(device = this.#devices[0]): void {
    this.#setPresent(device, true);
  }

  /** A kernel whose spidev takes a writev as one message: EMSGSIZE when all parts together are over bufsiz. */
  refuseLongWritev(isRefused: boolean): void {
    this.#state.setNumber(offset.refusesLongWritev, Number(isRefused));
  }

  /** Opening any of the nodes gives EACCES. */
  deny(isDenied: boolean): void {
    this.#state.setNumber(offset.denies, Number(isDenied));
  }

  /** Another program holds a line; null: it lets go. */
  hold(line: number, holder: string | null): void {
    this.#state.setText(holderAt(line), holder ?? '');
  }

  /** Binds the SPI controller again, which gives MOSI and SCLK back to it. */
  restorePins(): void {
    this.#state.setNumber(offset.arePinsLost, 0);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#log.close();
    this.#state.close();
    await rm(this.#folder, { recursive: true, force: true });
  }

  #deviceIndex(name: string | undefined): number {
    const index = this.#devices.indexOf(name ?? '');
    if (index < 0) throw new Error(`There is no bus ${name}; the device was opened with ${this.#devices.join(', ')}.`);
    return index;
  }

  #setPresent(name: string | undefined, isPresent: boolean): void {
    const at = offset.devices + this.#deviceIndex(name) * DEVICE_BYTES + 4;
    const generation = this.#state.number(at);
    if ((generation % 2 === 0) !== isPresent) this.#state.setNumber(at, generation + 1);
  }

  #setFault(fault: { error: number; bytes: number; after?: number; times?: number; least?: number }): void {
    this.mend();
    this.#state.setNumber(offset.faultAfter, fault.after ?? 0);
    this.#state.setNumber(offset.faultError, fault.error);
    this.#state.setNumber(offset.faultBytes, fault.bytes);
    this.#state.setNumber(offset.faultLeast, fault.least ?? 0);
    this.#state.setNumber(offset.faultTimes, Math.min(fault.times ?? 1, FOREVER)); // the last, for it arms the fault
  }

  #take(record: DeviceRecord): void {
    for (const panel of this.#panels) panel.take(record);
    this.trace.push(this.#eventOf(record));
    if (this.trace.length >= 2 * TRACE_KEPT) this.trace.splice(0, TRACE_KEPT);
  }

  #eventOf(record: DeviceRecord): TraceEvent {
    if (!('device' in record)) return record;
    const device = this.#devices[record.device] ?? '';
    if (record.kind !== 'message') return { ...record, device };
    const { bytes, ...rest } = record;
    const dc = this.#panels.find((panel) => panel.wiring.device === device)?.dc;
    return { ...rest, device, dc, length: bytes.length, head: Uint8Array.from(bytes.subarray(0, HEAD_BYTES)) };
  }
}

function lineAt(line: number): number {
  return offset.lines + line * LINE_BYTES;
}

function holderAt(line: number): number {
  return lineAt(line) + 8 + 2 * NAME_BYTES;
}
