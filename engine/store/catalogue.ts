import type { Log } from '../log.ts';
import { ClipIndex } from './clip-index.ts';
import { type ClipRecord, loadClips, saveClip } from './clip-record.ts';
import type { Database } from './database.ts';
import { added, firstLoopCount, type LoopList, loadLoop, saveLoop, without } from './loop-list.ts';
import type { MediaFolder } from './media-folder.ts';
import { reconcile } from './reconcile.ts';

/**
 * Clips and loop in memory, and their copy in the database. All reads are answered from here. A clip's files are the truth:
 * when the database cannot take a change of clips, it is written with the next one, or by the next start from the files.
 */
export class Catalogue {
  readonly clips = new ClipIndex();
  readonly #database: Database;
  readonly #log: Log;
  /** Hashes of clips that the database has to be told of. */
  readonly #unsaved = new Set<string>();
  #loop: LoopList = { entries: [], version: 0 };
  #savedLoop = this.#loop;

  constructor(database: Database, log: Log) {
    this.#database = database;
    this.#log = log;
  }

  get loop(): LoopList {
    return this.#loop;
  }

  /** Brings clips and loop to what the media folder holds. `loopCount`: for clips that a lost database put into the loop. */
  async load(folder: MediaFolder, loopCount: number, options: { signal: AbortSignal }): Promise<void> {
    const rows = loadClips(this.#database);
    this.#loop = loadLoop(this.#database);
    this.#savedLoop = this.#loop;
    const found = await reconcile(folder, rows, { log: this.#log, ...options });
    for (const clip of found.clips) this.clips.put(clip);
    let loop = this.#loop;
    if (found.gone.length > 0) loop = without(loop, ({ hash }) => found.gone.includes(hash));
    for (const clip of found.forLoop) loop = added(loop, clip.hash, firstLoopCount(clip, loopCount));
    const hashes = [...found.changed.map(({ hash }) => hash), ...found.gone];
    if (hashes.length > 0) this.#follow(hashes, loop);
  }

  /** Takes over clips that were changed on disk, and with them a loop; from here on they are true. */
  putClips(records: readonly ClipRecord[], loop = this.#loop): void {
    for (const record of records) this.clips.put(record);
    this.#follow(
      records.map(({ hash }) => hash),
      loop,
    );
  }

  /** Takes a clip out that is gone from the disk. */
  removeClip(hash: string, loop: LoopList): void {
    this.clips.delete(hash);
    this.#follow([hash], loop);
  }

  /** Replaces the loop, once the database has it. @throws LoopError STORAGE_FULL, STORAGE_READ_ONLY: nothing changed. */
  setLoop(loop: LoopList): void {
    this.#write('changing the loop', loop);
    this.#loop = loop;
  }

  /** The files have changed: memory follows, and the database as soon as it can. */
  #follow(hashes: readonly string[], loop: LoopList): void {
    for (const hash of hashes) this.#unsaved.add(hash);
    try {
      this.#write('keeping a clip', loop);
    } catch (error) {
      this.#log.warn(
        'index_behind',
        `The database could not take a change; the clip's files have it: ${String(error)}`,
      );
    }
    this.#loop = loop;
  }

  #write(doing: string, loop: LoopList): void {
    const hashes = [...this.#unsaved];
    this.#database.transaction('durable', doing, () => {
      const gone = hashes.filter((hash) => this.clips.byHash(hash) === undefined);
      for (const hash of gone) this.#database.run('DELETE FROM clips WHERE hash = ?', hash);
      for (const hash of hashes) {
        const record = this.clips.byHash(hash);
        if (record) saveClip(this.#database, record);
      }
      if (loop !== this.#savedLoop) saveLoop(this.#database, loop);
    });
    this.#unsaved.clear();
    this.#savedLoop = loop;
  }
}
