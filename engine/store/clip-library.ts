import type { MediaType } from '../../contract/domain.ts';
import { LoopError } from '../../format/errors.ts';
import type { Log } from '../log.ts';
import type { Catalogue } from './catalogue.ts';
import type { ClipRecord } from './clip-record.ts';
import type { MediaFolder } from './media-folder.ts';
import { readClip } from './read-clip.ts';
import { isSameRendition, readRendition } from './rendition.ts';
import { readSidecar } from './sidecar.ts';

/** A checked clip that is to be kept. Its files stay the caller's: the library gives them names of its own. */
export interface NewClip {
  /** SHA-256 of the original, 64 hex digits. */
  readonly hash: string;
  readonly title: string;
  readonly tags: readonly string[];
  readonly type: MediaType;
  readonly filename: string;
  readonly originalBytes: number;
  /** Undefined where the original is not kept. `extension` as `.mp4`. */
  readonly original: { readonly path: string; readonly extension: string } | undefined;
  /** A finished `.loop` file that passed `checkClip`. */
  readonly rendition: string;
  readonly addToLoop: boolean;
}

/** Changes of clips on the disk. Each ends by reading the clip's folder back, so that the record says what is there. */
export class ClipLibrary {
  readonly #folder: MediaFolder;
  readonly #catalogue: Catalogue;
  readonly #log: Log;

  constructor(folder: MediaFolder, catalogue: Catalogue, log: Log) {
    this.#folder = folder;
    this.#catalogue = catalogue;
    this.#log = log;
  }

  /** Keeps a new clip, or brings what is new to the one with the same hash, which keeps its name, title and tags. */
  async add(fresh: NewClip, options: { signal: AbortSignal }): Promise<ClipRecord> {
    const known = this.#catalogue.clips.byHash(fresh.hash);
    const rendition = await readRendition(fresh.rendition, options);
    const placed = { width: rendition.width, height: rendition.height, path: fresh.rendition };
    if (known === undefined) {
      await this.#folder.add(fresh.hash, {
        sidecar: {
          version: 1,
          content_hash: fresh.hash,
          slug: this.#catalogue.clips.freeSlug(fresh.title),
          title: fresh.title,
          tags: [...fresh.tags],
          type: fresh.type,
          original_filename: fresh.filename,
          original_size_bytes: fresh.originalBytes,
          added_at: new Date().toISOString(),
          add_to_loop: fresh.addToLoop,
        },
        original: fresh.original,
        rendition: placed,
      });
      return this.#read(fresh.hash);
    }
    const isSame = known.renditions.some((one) => isSameRendition(one, rendition));
    const bringsOriginal = known.original === undefined ? fresh.original : undefined;
    if (isSame && bringsOriginal === undefined) return known;
    if (bringsOriginal) await this.#folder.putOriginal(known.hash, bringsOriginal);
    if (!isSame) await this.#folder.putRendition(known.hash, placed);
    return this.#read(known.hash);
  }

  async addRendition(hash: string, path: string, options: { signal: AbortSignal }): Promise<ClipRecord> {
    const { width, height } = await readRendition(path, options);
    await this.#folder.putRendition(hash, { width, height, path });
    return this.#read(hash);
  }

  async rewrite(hash: string, change: { title?: string; tags?: string[] }): Promise<ClipRecord> {
    const sidecar = await readSidecar(this.#folder.path(hash));
    if (sidecar === undefined) throw this.#vanished(hash);
    await this.#folder.putSidecar(hash, { ...sidecar, ...change });
    return this.#read(hash);
  }

  async #read(hash: string): Promise<ClipRecord> {
    const known = this.#catalogue.clips.byHash(hash);
    // Not the caller's signal: the change has happened, and has to be known.
    const found = await readClip(this.#folder, hash, known, { log: this.#log, signal: new AbortController().signal });
    if (found === undefined) throw this.#vanished(hash);
    return found.record;
  }

  #vanished(hash: string): LoopError {
    return new LoopError(
      'INTERNAL',
      `The folder media/${hash} has no sidecar.json that can be read; something else than LOOP changed it. Restart LOOP, which reads the folder anew.`,
    );
  }
}
