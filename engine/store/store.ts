import { statfs } from 'node:fs/promises';
import type { Options } from '../../contract/config.ts';
import type { Clip, Loop, LoopItem, Storage } from '../../contract/domain.ts';
import { isLoopError, LoopError } from '../../format/errors.ts';
import type { Geometry } from '../../format/frame.ts';
import { Emitter } from '../emitter.ts';
import type { Log } from '../log.ts';
import { Catalogue } from './catalogue.ts';
import { type ClipFile, clipFile, originalFile, posterFile } from './clip-files.ts';
import { notFound } from './clip-index.ts';
import { ClipLibrary, type NewClip } from './clip-library.ts';
import { type ClipRecord, clipOf, renditionFor } from './clip-record.ts';
import { checkTags, checkTitle } from './clip-words.ts';
import { type Database, openDatabase } from './database.ts';
import { added, firstLoopCount, type LoopEntry, type LoopList, ordered, recounted, without } from './loop-list.ts';
import { MediaFolder } from './media-folder.ts';
import { PlaybackLedger, type SavedPlayback } from './playback-ledger.ts';
import { writing } from './storage-error.ts';

export type { ClipFile } from './clip-files.ts';
export type { NewClip } from './clip-library.ts';
export type { ClipRecord } from './clip-record.ts';
export type { SavedPlayback } from './playback-ledger.ts';

/** Space is measured again after a change, and at most so often without one. */
const MEASURE_EVERY_MS = 3_600_000;

/** What the store tells, each after it is true. */
export interface StoreEvents {
  clip_added: Clip;
  clip_changed: Clip;
  clip_removed: { readonly slug: string };
  loop_changed: Loop;
}

/** A `.loop` file to play on a display. */
export interface PlayableRendition {
  readonly path: string;
  /** When it was made, milliseconds; changes when it is replaced under the same path. */
  readonly version: number;
  readonly durationUs: number;
  readonly geometry: Geometry;
  /** False: it was made for another geometry; the player scales it with bars. */
  readonly exact: boolean;
}

interface StoreParts {
  readonly root: string;
  readonly folder: MediaFolder;
  readonly database: Database;
  readonly catalogue: Catalogue;
  readonly media: Options['media'];
  /** The first display's: what a clip's size is told for. */
  readonly geometry: Geometry;
  readonly log: Log;
}

/** The clips, the loop, and what displays go on with: everything under LOOP_DATA that has to last, behind one face. */
export class Store implements AsyncDisposable {
  /** 8 hex digits, made once for this data folder. */
  readonly instance: string;
  readonly #parts: StoreParts;
  readonly #library: ClipLibrary;
  readonly #ledger: PlaybackLedger;
  readonly #emitter = new Emitter<StoreEvents>();
  /** The change that is being made; the next one waits for it. */
  #tail: Promise<unknown> = Promise.resolve();
  #clips: readonly Clip[] | undefined;
  #loop: Loop | undefined;
  #storage: Storage | undefined;

  constructor(parts: StoreParts, instance: string) {
    this.#parts = parts;
    this.instance = instance;
    this.#library = new ClipLibrary(parts.folder, parts.catalogue, parts.log);
    this.#ledger = new PlaybackLedger(parts.database, parts.log, (plays) => this.#addPlays(plays));
  }

  on<Name extends keyof StoreEvents>(event: Name, listener: (value: StoreEvents[Name]) => void): () => void {
    return this.#emitter.on(event, listener);
  }

  /** Every clip, oldest first. The same list until a clip changes. */
  clips(): readonly Clip[] {
    this.#clips ??= this.records().map((record) => this.#clipOf(record));
    return this.#clips;
  }

  /** @throws LoopError CLIP_NOT_FOUND */
  clip(slug: string): Clip {
    return this.#clipOf(this.#record(slug));
  }

  /** The clip a person means, by slug or title. @throws LoopError CLIP_NOT_FOUND, CLIP_AMBIGUOUS */
  find(name: string): Clip {
    return this.#clipOf(this.#parts.catalogue.clips.find(name));
  }

  /** The clip made from an original, by its SHA-256. */
  byHash(hash: string): ClipRecord | undefined {
    return this.#parts.catalogue.clips.byHash(hash);
  }

  /** Every clip as the store holds it, oldest first. */
  records(): readonly ClipRecord[] {
    return this.#parts.catalogue.clips.all();
  }

  /** What to play of a clip on a display of this geometry; undefined while it has no rendition at all. */
  rendition(slug: string, geometry: Geometry): PlayableRendition | undefined {
    const record = this.#record(slug);
    const found = renditionFor(record, geometry);
    if (found === undefined) return undefined;
    const { width, height, durationUs, time } = found;
    return {
      path: clipFile(this.#parts.folder, record, found).path,
      version: time,
      durationUs,
      geometry: { width, height },
      exact: width === geometry.width && height === geometry.height,
    };
  }

  /** A file of a clip, to be sent. `geometry` missing: the first display's. @throws LoopError CLIP_NOT_FOUND, NOT_FOUND */
  file(slug: string, kind: 'clip' | 'original', geometry = this.#parts.geometry): ClipFile {
    const record = this.#record(slug);
    return kind === 'clip' ? clipFile(this.#parts.folder, record, geometry) : originalFile(this.#parts.folder, record);
  }

  /** The still picture of a clip. @throws LoopError CLIP_NOT_FOUND, NOT_FOUND */
  poster(slug: string, options: { signal: AbortSignal }): Promise<{ bytes: Uint8Array; type: string; etag: string }> {
    return posterFile(this.#parts.folder, this.#record(slug), this.#parts.geometry, options);
  }

  /**
   * Keeps a clip: one rename, one transaction. The same original again keeps slug, title and tags of the clip that is there, and
   * its rendition is replaced when it shows something else. @throws LoopError STORAGE_FULL, STORAGE_READ_ONLY
   */
  add(fresh: NewClip, options: { signal: AbortSignal }): Promise<{ clip: Clip; isNew: boolean }> {
    return this.#change(`keeping ${fresh.title}`, async () => {
      const { catalogue, media } = this.#parts;
      const known = this.byHash(fresh.hash);
      const record = await this.#library.add(fresh, options);
      const entersLoop = fresh.addToLoop && !this.#isInLoop(fresh.hash);
      const loop = entersLoop
        ? added(catalogue.loop, fresh.hash, firstLoopCount(record, media.loop_count))
        : catalogue.loop;
      if (record !== known || entersLoop) this.#put(record, loop);
      return { clip: this.#clipOf(record), isNew: known === undefined };
    });
  }

  /** Adds or replaces the rendition for a geometry; undefined when the clip was deleted meanwhile. */
  addRendition(hash: string, path: string, options: { signal: AbortSignal }): Promise<Clip | undefined> {
    return this.#change('keeping a rendition', async () => {
      if (this.byHash(hash) === undefined) return undefined;
      return this.#put(await this.#library.addRendition(hash, path, options));
    });
  }

  /** @throws LoopError CLIP_NOT_FOUND, INVALID_REQUEST, STORAGE_FULL, STORAGE_READ_ONLY */
  patchClip(slug: string, change: { title?: string | undefined; tags?: readonly string[] | undefined }): Promise<Clip> {
    return this.#change(`changing ${slug}`, async () => {
      const { hash } = this.#record(slug);
      const words = {
        ...(change.title === undefined ? {} : { title: checkTitle(change.title) }),
        ...(change.tags === undefined ? {} : { tags: checkTags(change.tags) }),
      };
      return this.#put(await this.#library.rewrite(hash, words));
    });
  }

  /** Deletes a clip with its files; it leaves the loop. @throws LoopError CLIP_NOT_FOUND, STORAGE_READ_ONLY */
  removeClip(slug: string): Promise<void> {
    return this.#change(`deleting ${slug}`, async () => {
      const { catalogue, folder } = this.#parts;
      const { hash } = this.#record(slug);
      const wasInLoop = this.#isInLoop(hash);
      await folder.remove(hash);
      catalogue.removeClip(hash, wasInLoop ? without(catalogue.loop, (entry) => entry.hash === hash) : catalogue.loop);
      this.#forget();
      this.#emitter.emit('clip_removed', { slug });
      if (wasInLoop) this.#emitter.emit('loop_changed', this.loop());
    });
  }

  /** The loop. The same object until it changes. */
  loop(): Loop {
    const { entries, version } = this.#parts.catalogue.loop;
    this.#loop ??= { items: entries.flatMap((entry) => this.#itemOf(entry) ?? []), version };
    return this.#loop;
  }

  /** `position` counts from 0; missing: at the end. @throws LoopError CLIP_NOT_FOUND, ALREADY_IN_LOOP unless `again` */
  addToLoop(
    slug: string,
    options: { position?: number | undefined; again?: boolean | undefined; loopCount?: number | undefined } = {},
  ): Promise<Loop> {
    return this.#changeLoop((list) => {
      const record = this.#record(slug);
      const { hash, title } = record;
      if (options.again !== true && this.#isInLoop(hash)) {
        throw new LoopError(
          'ALREADY_IN_LOOP',
          `"${title}" is in the loop already; a clip is in it once unless asked for. Send "again": true to have it twice.`,
        );
      }
      return added(
        list,
        hash,
        options.loopCount ?? firstLoopCount(record, this.#parts.media.loop_count),
        options.position,
      );
    });
  }

  /** `order`: every id or slug of the loop once. @throws LoopError LOOP_CHANGED with `details.loop`, LOOP_MISMATCH */
  orderLoop(order: readonly string[], version?: number): Promise<Loop> {
    return this.#changeLoop((list) => {
      if (version !== undefined && version !== list.version) {
        throw new LoopError(
          'LOOP_CHANGED',
          `The order was made for version ${version} of the loop, which is at ${list.version}. Take the list as it is and order that.`,
          { details: { loop: this.loop() } },
        );
      }
      const { clips } = this.#parts.catalogue;
      return ordered(
        list,
        order.map((name) => clips.bySlug(name)?.hash ?? name),
      );
    });
  }

  /** Takes one item out by its id, or every item of a clip by its slug. @throws LoopError ITEM_NOT_FOUND */
  removeFromLoop(idOrSlug: string): Promise<Loop> {
    return this.#changeLoop((list) => {
      const hash = this.#parts.catalogue.clips.bySlug(idOrSlug)?.hash;
      const next = without(list, (entry) => entry.id === idOrSlug || entry.hash === hash);
      if (next.entries.length === list.entries.length) throw noItem(idOrSlug);
      return next;
    });
  }

  /** `loopCount`: plays before the next one's turn, 1 to 1000. @throws LoopError ITEM_NOT_FOUND */
  setLoopCount(id: string, loopCount: number): Promise<Loop> {
    return this.#changeLoop((list) => {
      if (!list.entries.some((entry) => entry.id === id)) throw noItem(id);
      return recounted(list, id, loopCount);
    });
  }

  /** Keeps what a display goes on with; on the disk with the next batch (30 s) and when the store closes. */
  async savePlayback(display: string, state: SavedPlayback): Promise<void> {
    this.#ledger.save(display, state);
  }

  playback(display: string): SavedPlayback | undefined {
    return this.#ledger.saved(display);
  }

  /** Counts a play; in the clip and on the disk with the next batch. */
  countPlay(slug: string): void {
    const record = this.#parts.catalogue.clips.bySlug(slug);
    if (record) this.#ledger.countPlay(record.hash);
  }

  /** Space used and free, measured at most hourly and after each change. */
  async storage(): Promise<Storage> {
    if (this.#storage && Date.now() - Date.parse(this.#storage.measured_at) < MEASURE_EVERY_MS) return this.#storage;
    const { bsize, bavail, blocks } = await statfs(this.#parts.root);
    this.#storage = {
      media_bytes: await this.#parts.folder.bytes(),
      free_bytes: bavail * bsize,
      total_bytes: blocks * bsize,
      measured_at: new Date().toISOString(),
    };
    return this.#storage;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#tail;
    this.#ledger[Symbol.dispose]();
    this.#parts.database[Symbol.dispose]();
  }

  /** Takes a record over that was changed on disk, and tells everyone what changed by it. */
  #put(record: ClipRecord, loop: LoopList = this.#parts.catalogue.loop): Clip {
    const { catalogue } = this.#parts;
    const isNew = this.byHash(record.hash) === undefined;
    const touchesLoop = loop !== catalogue.loop || this.#isInLoop(record.hash);
    catalogue.putClips([record], loop);
    this.#forget();
    const clip = this.#clipOf(record);
    this.#emitter.emit(isNew ? 'clip_added' : 'clip_changed', clip);
    if (touchesLoop) this.#emitter.emit('loop_changed', this.loop());
    return clip;
  }

  #addPlays(plays: ReadonlyMap<string, number>): void {
    const { clips } = this.#parts.catalogue;
    for (const [hash, count] of plays) {
      const record = clips.byHash(hash);
      if (record === undefined) continue;
      clips.put({ ...record, plays: record.plays + count });
      this.#clips = undefined;
      this.#emitter.emit('clip_changed', this.clip(record.slug));
    }
  }

  /** One change after the other, so that each sees what the one before left. */
  #change<Result>(doing: string, work: () => Promise<Result>): Promise<Result> {
    const done = this.#tail.then(() => writing(doing, work));
    this.#tail = done.catch(() => {});
    return done;
  }

  #changeLoop(work: (list: LoopList) => LoopList): Promise<Loop> {
    return this.#change('changing the loop', async () => {
      this.#parts.catalogue.setLoop(work(this.#parts.catalogue.loop));
      this.#loop = undefined;
      this.#emitter.emit('loop_changed', this.loop());
      return this.loop();
    });
  }

  #forget(): void {
    this.#clips = undefined;
    this.#loop = undefined;
    this.#storage = undefined;
  }

  #record(slug: string): ClipRecord {
    const record = this.#parts.catalogue.clips.bySlug(slug);
    if (record === undefined) throw notFound(slug);
    return record;
  }

  #clipOf(record: ClipRecord): Clip {
    return clipOf(record, this.#parts.geometry);
  }

  #isInLoop(hash: string): boolean {
    return this.#parts.catalogue.loop.entries.some((entry) => entry.hash === hash);
  }

  #itemOf({ id, hash, loopCount }: LoopEntry): LoopItem | undefined {
    const record = this.byHash(hash);
    if (record === undefined) return undefined;
    const { slug, title, type, duration_ms, poster_url } = this.#clipOf(record);
    const stands = Math.round(this.#parts.media.static_image_duration_sec * 1000);
    return {
      id,
      slug,
      title,
      type,
      loop_count: loopCount,
      duration_ms: type === 'image' ? stands : duration_ms,
      poster_url,
    };
  }
}

/**
 * Opens what lies in a data folder: makes it when it is empty, brings the database to what the media folder holds, and clears
 * away what a kill left half done. A read-only folder opens for reading; changes are then refused with STORAGE_READ_ONLY.
 */
export async function openStore(options: {
  folder: string;
  media: Options['media'];
  geometry: Geometry;
  log: Log;
  signal: AbortSignal;
}): Promise<Store> {
  const { folder: root, media, geometry, log, signal } = options;
  const folder = new MediaFolder(root);
  await folder.open().catch((error: unknown) => {
    if (!isLoopError(error, 'STORAGE_READ_ONLY')) throw error;
  });
  const database = await openDatabase(root, log);
  try {
    const catalogue = new Catalogue(database, log);
    await catalogue.load(folder, media.loop_count, { signal });
    return new Store({ root, folder, database, catalogue, media, geometry, log }, await folder.instance());
  } catch (error) {
    database[Symbol.dispose]();
    throw error;
  }
}

function noItem(name: string): LoopError {
  return new LoopError(
    'ITEM_NOT_FOUND',
    `There is no item "${name.slice(0, 300)}" in the loop; an item is named by its id, or by the slug of its clip. Ask GET /api/loop for the items there are.`,
  );
}
