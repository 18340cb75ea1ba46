import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseOptions } from '../../../contract/config.ts';
import type { BusGrant } from '../../../engine/bus/bus-grant.ts';
import { EmulatedBus } from '../../../engine/bus/emulated-bus.ts';
import { type Output, openOutput } from '../../../engine/panel/output.ts';
import type { PlayerCall, PlayerItem, PlayerNews, PlayerStart } from '../../../engine/player/player-protocol.ts';
import { Playout } from '../../../engine/player/playout.ts';
import { StatusBlock } from '../../../engine/player/status-block.ts';
import { type TestFrame, writeClip } from './test-clips.ts';
import { VirtualClock } from './virtual-clock.ts';

/** The emulated bus with a speed, noting what is sent and when. */
class TracedBus extends EmulatedBus {
  readonly trace: { readonly atUs: number; readonly colour: number; readonly bytes: number }[] = [];
  readonly #virtual: VirtualClock;
  hertz = Infinity;
  #busyUs = 0;

  constructor(grant: Extract<BusGrant, { kind: 'emulated' }>, clock: VirtualClock) {
    super(grant, clock);
    this.#virtual = clock;
  }

  override pixels(bytes: Uint8Array): void {
    const colour = ((bytes[0] ?? 0) << 8) | (bytes[1] ?? 0);
    this.trace.push({ atUs: this.#virtual.nowUs(), colour, bytes: bytes.length });
    const us = (bytes.length * 8_000_000) / this.hertz;
    this.#virtual.pass(us);
    this.#busyUs += us;
    super.pixels(bytes);
  }

  get busTimeUs(): number {
    return this.#busyUs;
  }
}

/** A player on the emulated panel in virtual time, and a folder for its clips. */
export class Stage implements AsyncDisposable {
  readonly clock: VirtualClock;
  readonly bus: TracedBus;
  readonly output: Output;
  readonly playout: Playout;
  readonly news: PlayerNews[] = [];
  readonly folder: string;
  readonly #status = new StatusBlock();
  readonly #life = new AbortController();
  readonly #running: Promise<void>;

  constructor(parts: { clock: VirtualClock; bus: TracedBus; output: Output; folder: string; advance: boolean }) {
    this.clock = parts.clock;
    this.bus = parts.bus;
    this.output = parts.output;
    this.folder = parts.folder;
    this.playout = new Playout({
      output: parts.output,
      status: this.#status,
      media: { ...someOptions().media, auto_advance_enabled: parts.advance },
      clock: parts.clock,
      tell: (news) => this.news.push(news),
    });
    this.#running = this.playout.run({ signal: this.#life.signal });
    this.bus.trace.length = 0;
  }

  get report() {
    const { figures, words } = this.#status.read() as NonNullable<ReturnType<StatusBlock['read']>>;
    return { ...figures, ...words };
  }

  /** The colour in the middle of the panel, as a person sees it. */
  get colour(): number | undefined {
    const { width, height, pixels } = this.bus.emulator.view();
    return pixels[Math.floor(height / 2) * width + Math.floor(width / 2)];
  }

  /** Colours in the order they were sent. */
  get colours(): number[] {
    return this.bus.trace.map(({ colour }) => colour);
  }

  get played(): string[] {
    return this.news.flatMap((news) => (news.kind === 'played' ? [news.slug] : []));
  }

  get problems(): string[] {
    return this.news.flatMap((news) => (news.kind === 'problem' ? [`${news.slug} ${news.error.code}`] : []));
  }

  /** Writes a clip of the panel's size and returns it as an item `item_<name>`. */
  async item(
    name: string,
    frames: readonly TestFrame[],
    { plays = 1, durationUs = null }: { plays?: number; durationUs?: number | null } = {},
  ): Promise<PlayerItem> {
    const path = join(this.folder, `${name}.loop`);
    await writeClip(path, this.output.geometry, frames);
    return { id: `item_${name}`, slug: name, path, plays, durationUs };
  }

  call(call: PlayerCall): Promise<void> {
    return this.playout.call(call);
  }

  load(items: readonly PlayerItem[], start: Partial<PlayerStart> = {}): Promise<void> {
    return this.call({
      kind: 'load',
      items,
      start: { itemId: null, positionUs: 0, mode: 'loop_all', playing: true, seed: 1, ...start },
    });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#life.abort();
    await this.#running;
    await this.output[Symbol.asyncDispose]();
    await rm(this.folder, { recursive: true });
  }
}

export function someOptions() {
  const parsed = parseOptions({ displays: [{ panel: 'st7735' }] });
  if (!parsed.ok) throw new Error(JSON.stringify(parsed.faults));
  return parsed.options;
}

export async function openStage({ advance = true }: { advance?: boolean } = {}): Promise<Stage> {
  const clock = new VirtualClock();
  const [display] = someOptions().displays;
  if (!display) throw new Error('the default options have a display');
  const grant = { kind: 'emulated' as const, panel: display.panel, speedHz: display.speed_hz };
  const bus = new TracedBus(grant, clock);
  const output = await openOutput({
    display,
    grant,
    requestGrant: async () => grant,
    brightness: 100,
    signal: new AbortController().signal,
    clock,
    openBus: async () => bus,
  });
  const folder = await mkdtemp(join(tmpdir(), 'loop-player-'));
  return new Stage({ clock, bus, output, folder, advance });
}
