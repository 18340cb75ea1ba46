import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { Geometry } from '../../format/frame.ts';
import { convertFile } from '../convert/convert-file.ts';
import type { Log } from '../log.ts';
import type { ClipRecord, Store } from '../store/store.ts';
import { completeWish } from './finish-upload.ts';

/**
 * Makes the renditions that displays of other geometries need, from the originals, one at a time and in the background. Until one
 * is there the player scales another. One that cannot be made is tried again at the next start.
 */
export class RenditionMaker implements AsyncDisposable {
  readonly #store: Store;
  readonly #geometries: readonly Geometry[];
  readonly #framerate: number;
  readonly #folder: string;
  readonly #log: Log;
  readonly #controller = new AbortController();
  readonly #tried = new Set<string>();
  #running: Promise<void> | undefined;

  constructor(parts: { store: Store; geometries: readonly Geometry[]; framerate: number; folder: string; log: Log }) {
    this.#store = parts.store;
    this.#geometries = parts.geometries;
    this.#framerate = parts.framerate;
    this.#folder = parts.folder;
    this.#log = parts.log;
  }

  /** Looks for missing renditions, unless that is being done. */
  wake(): void {
    this.#running ??= this.#run().finally(() => {
      this.#running = undefined;
    });
  }

  /** Resolves when nothing is missing any more, or cannot be made. */
  async idle(): Promise<void> {
    await this.#running;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#controller.abort();
    await this.#running;
  }

  async #run(): Promise<void> {
    for (let next = this.#next(); next !== undefined; next = this.#next()) {
      if (this.#controller.signal.aborted) return;
      this.#tried.add(next.key);
      await this.#make(next.record, next.geometry).catch((error: unknown) => {
        if (this.#controller.signal.aborted) return;
        const { width, height } = next.geometry;
        const message = `${next.record.title} cannot be made for ${width} x ${height}; it is shown scaled: ${String(error)}`;
        this.#log.warn('rendition_failed', message, { hash: next.record.hash });
      });
    }
  }

  #next(): { key: string; record: ClipRecord; geometry: Geometry } | undefined {
    for (const record of this.#store.records()) {
      if (record.original === undefined) continue;
      for (const geometry of this.#geometries) {
        const key = `${record.hash} ${geometry.width}x${geometry.height}`;
        const isThere = record.renditions.some((one) => one.width === geometry.width && one.height === geometry.height);
        if (!isThere && !this.#tried.has(key)) return { key, record, geometry };
      }
    }
    return undefined;
  }

  async #make(record: ClipRecord, { width, height }: Geometry): Promise<void> {
    const { signal } = this.#controller;
    const output = join(this.#folder, `${record.hash}.rendition`);
    try {
      await convertFile({
        input: this.#store.file(record.slug, 'original').path,
        output,
        geometry: { width, height },
        ...completeWish({}, record.renditions[0]),
        framerate: this.#framerate,
        name: record.filename,
        title: record.title,
        signal,
      });
      await this.#store.addRendition(record.hash, output, { signal });
    } finally {
      await rm(output, { force: true });
    }
  }
}
