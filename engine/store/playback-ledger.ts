import * as z from 'zod/mini';
import { playbackMode } from '../../contract/domain.ts';
import type { Log } from '../log.ts';
import type { Database } from './database.ts';

/** Plays and positions are written at most so often: a card wears by writes, and a lost half minute of counting harms nobody. */
const WRITE_EVERY_MS = 30_000;

const savedPlayback = z.object({
  mode: playbackMode,
  playing: z.boolean(),
  itemId: z.nullable(z.string()),
  positionUs: z.number(),
  seed: z.number(),
  on: z.boolean(),
  brightness: z.number(),
});
/** What a display goes on with after a restart. */
export type SavedPlayback = z.infer<typeof savedPlayback>;

/** Counts of plays and the state of each display, kept in memory and written in batches. */
export class PlaybackLedger implements Disposable {
  readonly #database: Database;
  readonly #log: Log;
  readonly #onPlays: (hashes: ReadonlyMap<string, number>) => void;
  readonly #plays = new Map<string, number>();
  readonly #states = new Map<string, SavedPlayback>();
  #timer: NodeJS.Timeout | undefined;

  /** `onPlays` hears how often each clip was played since the last batch, after the batch is written. */
  constructor(database: Database, log: Log, onPlays: (hashes: ReadonlyMap<string, number>) => void) {
    this.#database = database;
    this.#log = log;
    this.#onPlays = onPlays;
  }

  countPlay(hash: string): void {
    this.#plays.set(hash, (this.#plays.get(hash) ?? 0) + 1);
    this.#soon();
  }

  save(display: string, state: SavedPlayback): void {
    this.#states.set(display, state);
    this.#soon();
  }

  saved(display: string): SavedPlayback | undefined {
    const waiting = this.#states.get(display);
    if (waiting) return waiting;
    const [row] = this.#database.all('SELECT state FROM playback WHERE display = ?', display);
    if (row === undefined) return undefined;
    const state = savedPlayback.safeParse(JSON.parse(String(row.state)));
    return state.success ? state.data : undefined;
  }

  /** Writes what is waiting. A disk that refuses is told in the log, and asked again with the next batch. */
  flush(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    if ((this.#plays.size === 0 && this.#states.size === 0) || !this.#database.isWritable) return;
    try {
      this.#write();
    } catch (error) {
      this.#log.warn(
        'playback_unsaved',
        `Plays and positions could not be written and are kept in memory: ${String(error)}`,
      );
      return;
    }
    const plays = new Map(this.#plays);
    this.#plays.clear();
    this.#states.clear();
    if (plays.size > 0) this.#onPlays(plays);
  }

  [Symbol.dispose](): void {
    this.flush();
    clearTimeout(this.#timer);
  }

  #write(): void {
    this.#database.transaction('batched', 'counting plays', () => {
      for (const [hash, count] of this.#plays) {
        this.#database.run('UPDATE clips SET plays = plays + ? WHERE hash = ?', count, hash);
      }
      for (const [display, state] of this.#states) {
        this.#database.run(
          'INSERT OR REPLACE INTO playback (display, state) VALUES (?, ?)',
          display,
          JSON.stringify(state),
        );
      }
    });
  }

  #soon(): void {
    this.#timer ??= setTimeout(() => this.flush(), WRITE_EVERY_MS).unref();
  }
}
