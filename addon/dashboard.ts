import type { Options } from '../contract/config.ts';
import type { Dashboard, System } from '../contract/domain.ts';
import type { Engine } from '../engine/engine.ts';
import type { ProcessMeter } from './process-meter.ts';
import { version } from './version.ts';

export type DashboardKey = keyof Dashboard;
type Notice = System['notices'][number];

/** Notices kept; older ones give way. */
const MOST_NOTICES = 20;

/** The one place that knows what a view needs: each part of the dashboard, and the whole. */
export class DashboardSource {
  readonly #engine: Engine;
  readonly #options: Options;
  readonly #meter: ProcessMeter;
  readonly #connections: () => Record<string, number>;
  readonly #startedAt = new Date().toISOString();
  #notices: readonly Notice[] = [];

  constructor(parts: {
    readonly engine: Engine;
    readonly options: Options;
    readonly meter: ProcessMeter;
    readonly connections: () => Record<string, number>;
  }) {
    this.#engine = parts.engine;
    this.#options = parts.options;
    this.#meter = parts.meter;
    this.#connections = parts.connections;
  }

  /** Keeps a notice for views that open later; the same words stand once. */
  keepNotice(notice: Notice): void {
    const others = this.#notices.filter(({ code, message }) => code !== notice.code || message !== notice.message);
    this.#notices = [...others, notice].slice(-MOST_NOTICES);
  }

  async whole(): Promise<Dashboard> {
    const keys = Object.keys(this.#parts) as DashboardKey[];
    const entries = await Promise.all(keys.map(async (key) => [key, await this.part(key)] as const));
    return Object.fromEntries(entries) as unknown as Dashboard; // #parts has every key of Dashboard
  }

  /** One part as it is now; storage may have to be measured first. */
  part<Key extends DashboardKey>(key: Key): Dashboard[Key] | Promise<Dashboard[Key]> {
    return this.#parts[key]();
  }

  readonly #parts: { readonly [Key in DashboardKey]: () => Dashboard[Key] | Promise<Dashboard[Key]> } = {
    media: () => [...this.#engine.store.clips()],
    loop: () => this.#engine.store.loop(),
    playback: () => this.#engine.playback(),
    playbacks: () => Object.fromEntries(this.#engine.displays().map(({ id }) => [id, this.#engine.playback(id)])),
    displays: () => this.#engine.displays(),
    playlists: () => [{ id: 'loop', name: 'Loop', items: this.#engine.store.loop().items.length }],
    storage: () => this.#engine.store.storage(),
    system: () => this.#system(),
    uploads: () => [...this.#engine.uploads.transactions()],
    connections: () => this.#connections(),
    version: () => version,
  };

  #system(): System {
    const { cpu_percent, rss_bytes } = this.#meter.figures();
    const { display, media } = this.#options;
    return {
      version,
      instance: this.#engine.store.instance,
      started_at: this.#startedAt,
      cpu_percent,
      rss_bytes,
      ffmpeg: this.#engine.ffmpegVersion,
      max_file_size_bytes: media.max_file_size_mb * 1_000_000,
      framerate: display.framerate,
      notices: [...this.#notices],
    };
  }
}
