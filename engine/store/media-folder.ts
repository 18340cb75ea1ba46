import { randomBytes } from 'node:crypto';
import { copyFile, link, mkdir, readdir, readFile, rename, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { Geometry } from '../../format/frame.ts';
import { makeFolder, sync, writeSynced } from './durable.ts';
import { renditionGeometry, renditionName } from './rendition.ts';
import { SIDECAR, type Sidecar, sidecarTime, writeSidecar } from './sidecar.ts';
import { writing } from './storage-error.ts';

/** What lies in a clip's folder. */
export interface FolderContent {
  /** `original.<ext>`; undefined where the original was not kept. */
  readonly original: string | undefined;
  readonly renditions: readonly (Geometry & { readonly name: string; readonly bytes: number; readonly time: number })[];
  /** Undefined: no sidecar, so it is no clip of LOOP's. */
  readonly sidecarTime: number | undefined;
}

/** The files of a new clip, which stay the caller's. */
export interface NewFiles {
  readonly sidecar: Sidecar;
  /** File and ending (`.mp4`) of the original; undefined where it is not kept. */
  readonly original: { readonly path: string; readonly extension: string } | undefined;
  readonly rendition: Geometry & { readonly path: string };
}

/**
 * The clips on disk, one folder each, named by the SHA-256 of the original: `media/<hash>/`. This is the truth; the database
 * is an index of it. Every change is one rename, so a kill at any instant leaves the old state or the new one.
 * Work in progress stands in `uploads/` of the same file system, where the next start clears it away.
 */
export class MediaFolder {
  readonly #media: string;
  readonly #work: string;

  constructor(folder: string) {
    this.#media = join(folder, 'media');
    this.#work = join(folder, 'uploads');
  }

  /**
   * Makes the folders, and removes what a kill left half done.
   * @throws LoopError STORAGE_FULL, STORAGE_READ_ONLY: what is there can be read all the same
   */
  async open(): Promise<void> {
    await writing('opening LOOP_DATA', async () => {
      await makeFolder(this.#media);
      await makeFolder(this.#work);
      const left = (await readdir(this.#work)).filter((name) => /\.(ready|deleted|replacement)$/.test(name));
      for (const name of left) await rm(join(this.#work, name), { recursive: true, force: true });
    });
  }

  /** 8 hex digits that name this library, made once; where nothing can be kept, for this run alone. */
  async instance(): Promise<string> {
    const path = join(this.#media, 'library.json');
    try {
      const { instance } = JSON.parse(await readFile(path, 'utf8')) as { instance?: unknown };
      if (typeof instance === 'string' && /^[0-9a-f]{8}$/.test(instance)) return instance;
    } catch {
      // No library yet, or one that cannot be read: it gets a new name.
    }
    const instance = randomBytes(4).toString('hex');
    const aside = join(this.#work, 'library.replacement');
    await writeSynced(aside, `${JSON.stringify({ version: 1, instance })}\n`)
      .then(() => rename(aside, path))
      .catch(() => {});
    return instance;
  }

  path(hash: string, name = ''): string {
    return join(this.#media, hash, name);
  }

  async hashes(): Promise<string[]> {
    const entries = await readdir(this.#media, { withFileTypes: true });
    return entries.filter((entry) => entry.isDirectory() && /^[0-9a-f]{64}$/.test(entry.name)).map(({ name }) => name);
  }

  async content(hash: string): Promise<FolderContent> {
    const names = await readdir(this.path(hash));
    const renditions = names.map(async (name) => {
      const geometry = renditionGeometry(name);
      if (geometry === undefined) return [];
      const { size, mtimeMs } = await stat(this.path(hash, name));
      return [{ ...geometry, name, bytes: size, time: Math.floor(mtimeMs) }];
    });
    return {
      original: names.find((name) => /^original\.[a-z0-9]{1,5}$/.test(name)),
      renditions: (await Promise.all(renditions)).flat(),
      sidecarTime: names.includes(SIDECAR) ? await sidecarTime(this.path(hash)) : undefined,
    };
  }

  /** Adds a clip: its folder is made whole aside, synced, and appears by one rename. The caller's files stay where they are. */
  async add(hash: string, { sidecar, original, rendition }: NewFiles): Promise<void> {
    const ready = await this.#fresh(`${hash}.ready`);
    await writeSidecar(join(ready, SIDECAR), sidecar);
    await place(rendition.path, join(ready, renditionName(rendition)));
    if (original) await place(original.path, join(ready, `original${original.extension}`));
    await sync(ready);
    await rename(ready, this.path(hash));
    await sync(this.#media);
    await sync(this.#work);
  }

  /** Puts a rendition in the place of the one of the same geometry, or beside the others. */
  async putRendition(hash: string, rendition: Geometry & { readonly path: string }): Promise<void> {
    await this.#put(hash, renditionName(rendition), (path) => place(rendition.path, path));
  }

  /** Adds the original to a clip that was made without. */
  async putOriginal(hash: string, original: { readonly path: string; readonly extension: string }): Promise<void> {
    await this.#put(hash, `original${original.extension}`, (path) => place(original.path, path));
  }

  async putSidecar(hash: string, sidecar: Sidecar): Promise<void> {
    await this.#put(hash, SIDECAR, (path) => writeSidecar(path, sidecar));
  }

  /** Removes a clip. The rename away is the instant from which it is gone. */
  async remove(hash: string): Promise<void> {
    const away = join(this.#work, `${hash}.deleted`);
    await rm(away, { recursive: true, force: true });
    await rename(this.path(hash), away);
    await sync(this.#media);
    await rm(away, { recursive: true, force: true }).catch(() => {}); // The next start removes it.
  }

  /** Bytes of all files of all clips. */
  async bytes(): Promise<number> {
    let sum = 0;
    for (const hash of await this.hashes()) {
      for (const name of await readdir(this.path(hash))) sum += (await stat(this.path(hash, name))).size;
    }
    return sum;
  }

  /** Makes a file aside and lets it appear in a clip's folder by one rename. */
  async #put(hash: string, name: string, make: (path: string) => Promise<void>): Promise<void> {
    const aside = join(this.#work, `${hash}.replacement`);
    await rm(aside, { force: true });
    await make(aside);
    await rename(aside, this.path(hash, name));
    await sync(this.path(hash));
  }

  async #fresh(name: string): Promise<string> {
    const folder = join(this.#work, name);
    await rm(folder, { recursive: true, force: true });
    await mkdir(folder);
    return folder;
  }
}

/** A second name for a file, synced; where the file system has no links, a copy. */
async function place(from: string, to: string): Promise<void> {
  try {
    await link(from, to);
  } catch (error) {
    if (!['EPERM', 'ENOTSUP', 'EOPNOTSUPP', 'EXDEV', 'EMLINK'].includes((error as NodeJS.ErrnoException).code ?? ''))
      throw error;
    await copyFile(from, to);
  }
  await sync(to);
}
