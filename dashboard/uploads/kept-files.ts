/** Bytes of all kept copies together; a file that does not fit is asked for again after a reload. */
export const KEPT_BYTES = 200_000_000;

interface KeptFile {
  readonly id: string;
  readonly file: File;
}

/**
 * Copies of files being uploaded, in IndexedDB, so that an upload goes on alone after a reload. A copy lives until its upload
 * ends; `sweep` removes those nobody claims. Where the browser gives no storage (private windows), nothing is kept.
 */
export class KeptFiles {
  #opening: Promise<IDBDatabase | undefined> | undefined;

  /** Whether the copy is safe. */
  async keep(id: string, file: File): Promise<boolean> {
    const all = await this.#all();
    if (all.some((kept) => kept.id === id && kept.file.size === file.size)) return true;
    const taken = all.reduce((sum, kept) => sum + kept.file.size, 0);
    if (taken + file.size > KEPT_BYTES) return false;
    return (await this.#ask('readwrite', (store) => store.put({ id, file }))) !== undefined;
  }

  async file(id: string): Promise<File | undefined> {
    const kept = await this.#ask<KeptFile | undefined>('readonly', (store) => store.get(id));
    return kept?.file;
  }

  async drop(id: string): Promise<void> {
    await this.#ask('readwrite', (store) => store.delete(id));
  }

  /** Removes every copy whose id is not in `wanted`. */
  async sweep(wanted: ReadonlySet<string>): Promise<void> {
    for (const { id } of await this.#all()) if (!wanted.has(id)) await this.drop(id);
  }

  async #all(): Promise<readonly KeptFile[]> {
    return (await this.#ask<KeptFile[]>('readonly', (store) => store.getAll())) ?? [];
  }

  async #ask<Result>(
    mode: IDBTransactionMode,
    work: (store: IDBObjectStore) => IDBRequest<Result>,
  ): Promise<Result | undefined> {
    this.#opening ??= openDatabase();
    const database = await this.#opening;
    if (database === undefined) return undefined;
    return new Promise((resolve) => {
      const transaction = database.transaction('files', mode);
      const request = work(transaction.objectStore('files'));
      transaction.oncomplete = () => resolve(request.result);
      transaction.onabort = () => resolve(undefined);
    });
  }
}

function openDatabase(): Promise<IDBDatabase | undefined> {
  return new Promise((resolve) => {
    try {
      const request = indexedDB.open('loop-uploads', 1);
      request.onupgradeneeded = () => request.result.createObjectStore('files', { keyPath: 'id' });
      request.onsuccess = () => resolve(request.result);
      request.onerror = () => resolve(undefined);
    } catch {
      resolve(undefined);
    }
  });
}
