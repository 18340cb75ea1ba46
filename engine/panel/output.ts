import type { DisplayOptions } from '../../contract/config.ts';
import type { Display } from '../../contract/domain.ts';
import { mergeRectangles } from '../../format/damage.ts';
import { isLoopError, LoopError } from '../../format/errors.ts';
import type { Geometry, Rectangle } from '../../format/frame.ts';
import type { Bus } from '../bus/bus.ts';
import type { BusGrant } from '../bus/bus-grant.ts';
import { type Clock, systemClock } from '../bus/clock.ts';
import { openBus } from '../bus/open-bus.ts';
import { Emitter } from '../emitter.ts';
import { busAdvice } from './bus-advice.ts';
import { Glass } from './glass.ts';
import { Panel } from './panel.ts';
import { panelGeometry } from './panels.ts';
import { measureBus } from './self-test.ts';

/** Wait before the first try to get the bus back, and the most between two. */
const FIRST_BACKOFF_MS = 250;
const LONGEST_BACKOFF_MS = 5000;

/** Clips are stored with rectangles merged at this cost, in pixels; merging again pays only on a bus where one costs more. */
const STORED_COST = 200;
const MOST_RECTANGLES = 16;

export interface OutputOptions {
  readonly display: DisplayOptions;
  readonly grant: BusGrant;
  /** Asks the main thread to open the bus anew, once. */
  readonly requestGrant: (options: { signal: AbortSignal }) => Promise<BusGrant>;
  /** Zeroed memory of `Glass.sizeBytes(geometry)` bytes, when others are to see the picture too. */
  readonly glass?: SharedArrayBuffer;
  /** Percent, at start; 0 keeps the light off. */
  readonly brightness: number;
  /** What stays on the panel when the output is disposed of: black and dark by default. */
  readonly onExit?: 'black' | 'keep';
  /** Ends opening and recovery. */
  readonly signal: AbortSignal;
  readonly clock?: Clock;
  /** Opens granted buses; tests bring one that fails on purpose. */
  readonly openBus?: (grant: BusGrant, clock: Clock) => Promise<Bus>;
}

export interface OutputFigures {
  readonly busBytes: number;
  readonly busyUs: number;
  readonly hertzAsked: number;
  /** Measured with full frames, gaps included; null when the bus takes no measurable time. */
  readonly hertzReal: number | null;
  /** Times the panel was set up again after a fault. */
  readonly recoveries: number;
  readonly advice: string | null;
}

/**
 * A started panel that mends itself: reset, init, black, on, light; after a fault of the bus the same again, with the
 * picture it should show. Opening waits until the panel shows black, or until its fault is known.
 */
export function openOutput(options: OutputOptions): Promise<Output> {
  return Output.open(options);
}

/** Where a display's pictures go. Lives on its worker thread; whoever opened it disposes of it. */
export class Output implements AsyncDisposable {
  /** As seen, rotation applied. */
  readonly geometry: Geometry;
  /** What was sent, or would have been if the bus were well. */
  readonly glass: Glass;
  readonly #options: OutputOptions;
  readonly #clock: Clock;
  readonly #life = new AbortController();
  /** Aborted when the output is closed or its owner gives up. */
  readonly #signal: AbortSignal;
  readonly #events = new Emitter<{ status: Display['status'] }>();
  #status: Display['status'] = { state: 'starting', code: null, message: null };
  #link: { readonly bus: Bus; readonly panel: Panel } | undefined;
  /** While the panel takes in a re-assertion, pictures reach the glass only; the full frame after it brings them. */
  #isSettling = false;
  #recovery: Promise<void> | undefined;
  #lightPercent: number;
  #isDimmable = false;
  #past = { busBytes: 0, busyUs: 0 };
  #hertzReal: number | null = null;
  #rectangleCost = STORED_COST;
  #recoveries = 0;

  static async open(options: OutputOptions): Promise<Output> {
    const output = new Output(options);
    try {
      await output.#start(options.grant, options);
    } catch (error) {
      options.signal.throwIfAborted();
      output.#fail(error);
    }
    return output;
  }

  private constructor(options: OutputOptions) {
    this.#options = options;
    this.#clock = options.clock ?? systemClock;
    this.#signal = AbortSignal.any([options.signal, this.#life.signal]);
    this.#lightPercent = options.brightness;
    this.geometry = panelGeometry(options.display);
    this.glass = new Glass(options.glass ?? new SharedArrayBuffer(Glass.sizeBytes(this.geometry)), this.geometry);
  }

  get status(): Display['status'] {
    return this.#status;
  }

  /** Whether brightness between 0 and 100 percent is possible, or only on and off. */
  get dimmable(): boolean {
    return this.#isDimmable;
  }

  get figures(): OutputFigures {
    const hertzAsked = this.#options.display.speed_hz;
    return {
      busBytes: this.#past.busBytes + (this.#link?.bus.bytesWritten ?? 0),
      busyUs: this.#past.busyUs + (this.#link?.bus.busyUs ?? 0),
      hertzAsked,
      hertzReal: this.#hertzReal,
      recoveries: this.#recoveries,
      advice: this.#hertzReal === null ? null : busAdvice(hertzAsked, this.#hertzReal),
    };
  }

  /** Listens to changes of the status until the returned function is called. */
  onStatus(listener: (status: Display['status']) => void): () => void {
    return this.#events.on('status', listener);
  }

  /**
   * Shows the rectangles of a picture, which are all in which it differs from the one before; returns the bytes that went
   * over the bus. Never throws for a fault of the bus: the status tells, and the picture comes with the recovery.
   */
  present(pixels: Uint16Array, rectangles: readonly Rectangle[]): number {
    const merged = this.#merge(rectangles);
    this.glass.update(pixels, merged);
    const link = this.#link;
    if (link === undefined || this.#isSettling) return 0;
    const before = link.bus.bytesWritten;
    this.#guard(() => {
      for (const rectangle of merged) link.panel.write(pixels, rectangle);
    });
    return link.bus.bytesWritten - before;
  }

  setLight(on: boolean, percent: number): void {
    this.#lightPercent = on ? percent : 0;
    this.#guard(() => this.#link?.bus.setBacklight(this.#lightPercent));
  }

  black(): void {
    this.present(new Uint16Array(this.glass.pixels.length), [this.#everything()]);
  }

  /** Says the panel's settings again and sends one full frame; about every minute, best where a loop begins anew. */
  async reassert({ signal }: { signal: AbortSignal }): Promise<void> {
    const link = this.#link;
    if (link === undefined || this.#isSettling) return;
    this.#isSettling = true;
    try {
      await link.panel.reassert({ signal });
      link.panel.write(this.glass.pixels, this.#everything());
    } catch (error) {
      signal.throwIfAborted();
      this.#fail(error);
    } finally {
      this.#isSettling = false;
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#life.abort(new LoopError('ABORTED', 'The display was closed.'));
    await this.#recovery;
    const link = this.#link;
    if (link === undefined) return;
    this.#guard(() => {
      if (this.#options.onExit === 'keep') return;
      link.bus.setBacklight(0);
      this.black();
      link.panel.displayOff();
    });
    this.#unlink();
  }

  /** Takes a grant into use: start, the picture of the glass, display on, light. */
  async #start(grant: BusGrant, { signal }: { signal: AbortSignal }): Promise<void> {
    const bus = await (this.#options.openBus ?? openBus)(grant, this.#clock);
    const panel = new Panel(this.#options.display, bus, this.#clock);
    try {
      await panel.start({ signal });
      const measured = measureBus(bus, panel, this.glass);
      this.#hertzReal = measured?.hertz ?? null;
      this.#rectangleCost = measured?.rectangleCost ?? STORED_COST;
      panel.displayOn();
      bus.setBacklight(this.#lightPercent);
    } catch (error) {
      bus.close();
      throw error;
    }
    this.#link = { bus, panel };
    this.#isDimmable = bus.dimmable;
    if (this.#status.state === 'fault') this.#recoveries += 1;
    this.#setStatus({ state: 'ok', code: null, message: null });
  }

  async #recover(): Promise<void> {
    const signal = this.#signal;
    let backoffMs = FIRST_BACKOFF_MS;
    while (this.#link === undefined && !signal.aborted) {
      try {
        await this.#clock.wait(backoffMs, { signal });
        await this.#start(await this.#options.requestGrant({ signal }), { signal });
      } catch (error) {
        if (signal.aborted) break;
        this.#setFault(error);
        // A device node that is not there costs nothing to ask for: ask often, so that its return is seen at once.
        if (!isLoopError(error, 'BUS_MISSING')) backoffMs = Math.min(2 * backoffMs, LONGEST_BACKOFF_MS);
      }
    }
    this.#recovery = undefined;
  }

  #guard(action: () => void): void {
    try {
      action();
    } catch (error) {
      this.#fail(error);
    }
  }

  #fail(error: unknown): void {
    if (!isLoopError(error)) throw error;
    this.#unlink();
    this.#setFault(error);
    if (!this.#signal.aborted) this.#recovery ??= this.#recover();
  }

  #unlink(): void {
    if (this.#link === undefined) return;
    const { busBytes, busyUs } = this.figures;
    this.#past = { busBytes, busyUs };
    this.#link.bus.close();
    this.#link = undefined;
  }

  #setFault(error: unknown): void {
    const { code, message } = isLoopError(error) ? error : new LoopError('INTERNAL', String(error));
    this.#setStatus({ state: 'fault', code, message });
  }

  #setStatus(status: Display['status']): void {
    this.#status = status;
    this.#events.emit('status', status);
  }

  #merge(rectangles: readonly Rectangle[]): readonly Rectangle[] {
    const isFine = rectangles.length <= MOST_RECTANGLES && this.#rectangleCost <= STORED_COST;
    if (isFine || rectangles.length < 2) return rectangles;
    return mergeRectangles(rectangles, { cost: this.#rectangleCost, most: MOST_RECTANGLES });
  }

  #everything(): Rectangle {
    return { x: 0, y: 0, ...this.geometry };
  }
}
