import type { PlaybackMode } from '../../contract/domain.ts';

/** Numbers that change with every frame; all whole. */
export const figureNames = [
  'positionUs',
  'playsLeft',
  'playlistPositionUs',
  'shown',
  'late',
  'dropped',
  'badChunks',
  'framesPerSecondMilli',
  'busBytes',
  'busLoadMilli',
  'hertzAsked',
  /** 0 = not known. */
  'hertzReal',
  'recoveries',
] as const;
export type Figures = Record<(typeof figureNames)[number], number>;

/** What changes now and then. */
export interface Words {
  readonly playing: boolean;
  readonly mode: PlaybackMode;
  readonly itemId: string | null;
  readonly slug: string | null;
  readonly playlistItemId: string | null;
  readonly overlay: { readonly kind: 'clip' | 'picture' | 'progress'; readonly untilMs: number | null } | null;
  readonly status: {
    readonly state: 'ok' | 'starting' | 'fault';
    readonly code: string | null;
    readonly message: string | null;
  };
  /** Whether brightness between 0 and 100 percent is possible. */
  readonly dimmable: boolean;
  readonly advice: string | null;
}

const FIGURE_BYTES = figureNames.length * 8;
const WORDS_BYTES = 8192;
/** Presentation errors in steps of 0.1 ms up to 100 ms; the last bucket takes all above. */
const BUCKETS = 1001;
const BUCKET_US = 100;
/** A writer needs microseconds. One that takes longer died while it wrote: then the last good reading stands. */
const MOST_TRIES = 10_000;

/**
 * What a player's worker tells without messages: one shared block, written by the worker, read by the main thread at any time.
 * A counter that is odd while it is written (a sequence lock) makes every reading one of a single instant. All accesses are
 * atomic, so that no processor may reorder them.
 */
export class StatusBlock {
  readonly buffer: SharedArrayBuffer;
  readonly #sequence: Int32Array;
  readonly #figures: BigInt64Array;
  readonly #words: Uint8Array;
  readonly #errors: Uint32Array;
  #known: { version: number; words: Words } | undefined;
  #last: { readonly figures: Figures; readonly words: Words } | undefined;

  constructor(buffer = new SharedArrayBuffer(16 + FIGURE_BYTES + WORDS_BYTES + BUCKETS * 4)) {
    this.buffer = buffer;
    // sequence, version of the words, their length
    this.#sequence = new Int32Array(buffer, 0, 3);
    this.#figures = new BigInt64Array(buffer, 16, figureNames.length);
    this.#words = new Uint8Array(buffer, 16 + FIGURE_BYTES, WORDS_BYTES);
    this.#errors = new Uint32Array(buffer, 16 + FIGURE_BYTES + WORDS_BYTES, BUCKETS);
  }

  /** Worker: publishes the figures, and the words where they changed. */
  write(figures: Figures, words?: Words): void {
    Atomics.add(this.#sequence, 0, 1);
    for (const [i, name] of figureNames.entries()) Atomics.store(this.#figures, i, BigInt(Math.round(figures[name])));
    if (words) this.#writeWords(words);
    Atomics.add(this.#sequence, 0, 1);
  }

  /** Any thread: what is true at one instant; undefined until figures and words were written. */
  read(): { readonly figures: Figures; readonly words: Words } | undefined {
    for (let tries = 0; tries < MOST_TRIES; tries++) {
      const before = Atomics.load(this.#sequence, 0);
      if (Atomics.load(this.#sequence, 1) === 0) return undefined;
      const figures = Object.fromEntries(
        figureNames.map((name, i) => [name, Number(Atomics.load(this.#figures, i))]),
      ) as Figures;
      const text = this.#readWords();
      if (before % 2 !== 0 || Atomics.load(this.#sequence, 0) !== before) continue;
      this.#last = { figures, words: this.#parse(text) };
      break;
    }
    return this.#last;
  }

  /** Worker: counts how far from its time a frame's write began; early counts as exact. */
  countError(errorUs: number): void {
    const bucket = Math.min(BUCKETS - 1, Math.max(0, Math.floor(errorUs / BUCKET_US)));
    Atomics.add(this.#errors, bucket, 1);
  }

  /** Any thread: the presentation errors since the start, to a tenth of a millisecond. */
  errors(): PresentationErrors {
    const counts = Array.from(this.#errors, (_, bucket) => Atomics.load(this.#errors, bucket));
    const total = counts.reduce((sum, count) => sum + count, 0);
    return {
      count: total,
      p50Us: percentile(counts, total * 0.5),
      p99Us: percentile(counts, total * 0.99),
      over40Ms: counts.slice(400).reduce((sum, count) => sum + count, 0),
    };
  }

  #writeWords(words: Words): void {
    const bytes = new TextEncoder().encode(JSON.stringify(words));
    const fitting = bytes.length <= WORDS_BYTES ? bytes : new TextEncoder().encode(JSON.stringify(shortened(words)));
    for (const [i, byte] of fitting.entries()) Atomics.store(this.#words, i, byte);
    Atomics.store(this.#sequence, 2, fitting.length);
    Atomics.add(this.#sequence, 1, 1);
  }

  /** The bytes only where they are not known already. */
  #readWords(): { version: number; bytes: Uint8Array | undefined } {
    const version = Atomics.load(this.#sequence, 1);
    if (version === this.#known?.version) return { version, bytes: undefined };
    const bytes = new Uint8Array(Atomics.load(this.#sequence, 2));
    for (let i = 0; i < bytes.length; i++) bytes[i] = Atomics.load(this.#words, i);
    return { version, bytes };
  }

  #parse({ version, bytes }: { version: number; bytes: Uint8Array | undefined }): Words {
    if (bytes) this.#known = { version, words: JSON.parse(new TextDecoder().decode(bytes)) as Words };
    return (this.#known as { words: Words }).words;
  }
}

/** How far from their times frames were presented (start of the write - due), and how many by more than 40 ms. */
export interface PresentationErrors {
  readonly count: number;
  readonly p50Us: number;
  readonly p99Us: number;
  readonly over40Ms: number;
}

function percentile(counts: readonly number[], rank: number): number {
  let seen = 0;
  for (const [bucket, count] of counts.entries()) {
    seen += count;
    if (count > 0 && seen >= rank) return bucket * BUCKET_US;
  }
  return 0;
}

/** Ids, names and sentences cut to 500 characters: only input from outside LOOP is ever longer. */
function shortened(words: Words): Words {
  const cut = (text: string | null) => text?.slice(0, 500) ?? null;
  const { status } = words;
  return {
    ...words,
    itemId: cut(words.itemId),
    slug: cut(words.slug),
    playlistItemId: cut(words.playlistItemId),
    advice: cut(words.advice),
    status: { ...status, message: cut(status.message) },
  };
}
