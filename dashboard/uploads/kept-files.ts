/** Bytes of all kept copies together; a file that does not fit is asked for again after a reload. */
const KEPT_BYTES = 200_000_000;

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

  /** Keeps a copy; whether it is safe. Looked up and written in one transaction, so that several at once keep the bound too. */
  async keep(id: string, file: File): Promise<boolean> {
    const database = await this.#open();
    if (database === undefined) return false;
    return new Promise((resolve) => {
      const transaction = database.transaction('files', 'readwrite');
      const store = transaction.objectStore('files');
      const all: IDBRequest<KeptFile[]> = store.getAll();
      let isKept = false;
      all.onsuccess = () => {
        const others = all.result.filter((kept) => kept.id !== id);
        isKept = others.reduce((sum, kept) => sum + kept.file.size, file.size) <= KEPT_BYTES;
        const isThere = all.result.some((kept) => kept.id === id && kept.file.size === file.size);
        if (isKept && !isThere) store.put({ id, file });
      };
      transaction.oncomplete = () => resolve(isKept);
      transaction.onabort = () => resolve(false);
    });
  }

  async file(id: string): Promise<File | undefined> {
    const kept = await this.#ask<KeptFile | undefined>('readonly', (store) => store.get(id));
    return kept?.file;
  }

  async drop(id: string): Promise<void> {
    await this.#ask('readwrite', (store) => store.delete(id));
  }

  /** Removes every copy that is not wanted any more. */
  async sweep(isWanted: (id: string) => boolean): Promise<void> {
    const ids = (await this.#ask('readonly', (store) => store.getAllKeys())) ?? [];
    // The keys are the ids, which are strings.
    for (const id of ids as string[]) if (!isWanted(id)) await this.drop(id);
  }

  async #ask<Result>(
    mode: IDBTransactionMode,
    work: (store: IDBObjectStore) => IDBRequest<Result>,
  ): Promise<Result | undefined> {
    const database = await this.#open();
    if (database === undefined) return undefined;
    return new Promise((resolve) => {
      const transaction = database.transaction('files', mode);
      const request = work(transaction.objectStore('files'));
      transaction.oncomplete = () => resolve(request.result);
      transaction.onabort = () => resolve(undefined);
    });
  }

  #open(): Promise<IDBDatabase | undefined> {
    this.#opening ??= openDatabase();
    return this.#opening;
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
