import type { Options } from '../../contract/config.ts';
import type { Geometry } from '../../format/frame.ts';
import { openClip } from '../source/clip-source.ts';
import { fitted } from '../source/fitted-source.ts';
import type { FrameSource } from '../source/frame-source.ts';
import type { PlayerItem } from './player-protocol.ts';
import type { ReelItem } from './reel.ts';

/** A play is never shorter, so that a clip of no length cannot keep the processor busy. */
const SHORTEST_PLAY_US = 10_000;

/** Opens clips for one display, and knows how long they play. */
export class ClipShelf {
  readonly #geometry: Geometry;
  readonly #media: Options['media'];
  readonly #signal: AbortSignal;
  readonly #onBroken: (slug: string, error: unknown) => void;

  constructor(options: {
    geometry: Geometry;
    media: Options['media'];
    signal: AbortSignal;
    onBroken: (slug: string, error: unknown) => void;
  }) {
    this.#geometry = options.geometry;
    this.#media = options.media;
    this.#signal = options.signal;
    this.#onBroken = options.onBroken;
  }

  /** A clip in the display's size. @throws LoopError CLIP_NOT_FOUND, NOT_A_CLIP, CLIP_* */
  async open(path: string): Promise<FrameSource> {
    return fitted(await openClip(path, { signal: this.#signal }), this.#geometry);
  }

  /** The items with their times. What is not said is taken from `known`, else from the file; what cannot be opened is told and left out. */
  async resolve(given: readonly PlayerItem[], known: readonly ReelItem[]): Promise<ReelItem[]> {
    const times = new Map(known.map(({ path, durationUs }) => [path, durationUs]));
    const items: ReelItem[] = [];
    for (const { id, slug, path, version, plays, durationUs } of given) {
      try {
        const oneUs = durationUs ?? times.get(path) ?? (await this.#ownDurationUs(path));
        times.set(path, oneUs);
        items.push({ id, slug, path, version, plays, durationUs: playUs(oneUs) });
      } catch (error) {
        this.#onBroken(slug, error);
      }
    }
    return items;
  }

  async #ownDurationUs(path: string): Promise<number> {
    await using source = await openClip(path, { signal: this.#signal });
    return source.frameCount === 1 ? this.#media.static_image_duration_sec * 1_000_000 : source.durationUs;
  }
}

/** One play in whole microseconds. */
export function playUs(durationUs: number): number {
  return Math.max(SHORTEST_PLAY_US, Math.round(durationUs));
}
