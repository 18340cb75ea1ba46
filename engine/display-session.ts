import type { DisplayOptions, Options } from '../contract/config.ts';
import type { Display, Playback, State } from '../contract/domain.ts';
import type { Player, PlayerCommand, PlayerItem } from './player/player.ts';
import type { Store } from './store/store.ts';

/** The name of the one playlist there always is. */
export const LOOP_PLAYLIST = 'loop';

/** One display: its player, fed from the store, told in the words of `contract/`. Store and player do not know each other. */
export class DisplaySession {
  readonly options: DisplayOptions;
  readonly player: Player;
  readonly #store: Store;
  readonly #media: Options['media'];

  constructor(options: DisplayOptions, player: Player, store: Store, media: Options['media']) {
    this.options = options;
    this.player = player;
    this.#store = store;
    this.#media = media;
  }

  get id(): string {
    return this.options.id;
  }

  playback(): Playback {
    const { playing, mode, itemId, slug, positionUs, playsLeft, overlay } = this.player.report;
    return {
      display: this.id,
      playing,
      mode,
      slug,
      item_id: itemId,
      position_ms: Math.floor(positionUs / 1000),
      plays_left: playsLeft,
      playlist: LOOP_PLAYLIST,
      overlay: overlay && {
        kind: overlay.kind,
        until: overlay.untilMs === null ? null : new Date(overlay.untilMs).toISOString(),
      },
    };
  }

  display(): Display {
    const { player, options } = this;
    return {
      id: options.id,
      name: options.name,
      on: player.isLit,
      brightness: player.brightness,
      dimmable: player.dimmable,
      rotation: options.rotation,
      panel: options.panel,
      bus: options.bus,
      width: player.geometry.width,
      height: player.geometry.height,
      status: player.status(),
      stats: player.stats(),
    };
  }

  state(): State {
    return { display: this.display(), playback: this.playback() };
  }

  /** Begins where this display was when LOOP ended, its light too. */
  async start({ signal }: { signal: AbortSignal }): Promise<void> {
    const saved = this.#store.playback(this.id);
    if (saved) {
      await this.player.command({ kind: 'set_light', on: saved.on, brightness: saved.brightness }, { signal });
    }
    await this.player.load(this.#items(), {
      itemId: saved?.itemId ?? null,
      positionUs: saved?.positionUs ?? 0,
      mode: saved?.mode ?? 'loop_all',
      playing: saved?.playing ?? true,
      seed: saved?.seed ?? Math.floor(Math.random() * 2 ** 32),
    });
  }

  /** Tells the player that the loop is another one; what plays goes on where it is. A player that just died is given it when it starts again. */
  async followLoop(): Promise<void> {
    await this.player.replaceItems(this.#items()).catch(() => {});
  }

  /** Carries out one command and keeps what a restart must know. */
  async command(command: PlayerCommand, { signal }: { signal: AbortSignal }): Promise<State> {
    await this.player.command(command, { signal });
    await this.save();
    return this.state();
  }

  async save(): Promise<void> {
    const { playlistItemId: itemId, playlistPositionUs: positionUs, mode, playing } = this.player.report;
    const { isLit, brightness, seed } = this.player;
    await this.#store.savePlayback(this.id, { itemId, positionUs, mode, playing, on: isLit, brightness, seed });
  }

  #items(): PlayerItem[] {
    return this.#store.loop().items.flatMap((item) => {
      const rendition = this.#store.rendition(item.slug, this.player.geometry);
      if (rendition === undefined) return [];
      const durationUs =
        item.type === 'image' ? this.#media.static_image_duration_sec * 1_000_000 : rendition.durationUs;
      const { path, version } = rendition;
      return [{ id: item.id, slug: item.slug, path, version, plays: item.loop_count, durationUs }];
    });
  }
}
