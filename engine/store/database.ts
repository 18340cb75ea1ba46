import { rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { DatabaseSync, type SQLInputValue, type StatementSync } from 'node:sqlite';
import { pathToFileURL } from 'node:url';
import { isLoopError } from '../../format/errors.ts';
import type { Log } from '../log.ts';
import { storageError } from './storage-error.ts';

const NAME = 'loop.sqlite';
/** Rises with every change of the tables; a database of another version is made anew from the media folder. */
const VERSION = 1;

const SCHEMA = `
CREATE TABLE clips (
  hash TEXT PRIMARY KEY, slug TEXT NOT NULL UNIQUE, title TEXT NOT NULL, type TEXT NOT NULL, tags TEXT NOT NULL,
  filename TEXT NOT NULL, original_bytes INTEGER NOT NULL, original TEXT, added_at TEXT NOT NULL,
  sidecar_time INTEGER NOT NULL, plays INTEGER NOT NULL DEFAULT 0
) STRICT;
CREATE TABLE renditions (
  hash TEXT NOT NULL REFERENCES clips ON DELETE CASCADE, width INTEGER NOT NULL, height INTEGER NOT NULL,
  bytes INTEGER NOT NULL, time INTEGER NOT NULL, frames INTEGER NOT NULL, duration_us INTEGER NOT NULL,
  conversion TEXT NOT NULL, PRIMARY KEY (hash, width, height)
) STRICT;
CREATE TABLE items (
  id TEXT PRIMARY KEY, hash TEXT NOT NULL REFERENCES clips ON DELETE CASCADE,
  position INTEGER NOT NULL, loop_count INTEGER NOT NULL
) STRICT;
CREATE TABLE playback (display TEXT PRIMARY KEY, state TEXT NOT NULL) STRICT;
CREATE TABLE facts (key TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT;
PRAGMA user_version = ${VERSION};
`;

type Row = Readonly<Record<string, unknown>>;

/**
 * The index of the media folder, the loop and the playback state, in one SQLite file. Calls are synchronous and short; the
 * panel has a thread of its own and does not notice.
 */
export class Database implements Disposable {
  readonly #sqlite: DatabaseSync;
  /** Compiled once; there are about twenty. */
  readonly #statements = new Map<string, StatementSync>();
  /** False where LOOP_DATA cannot be written: what is read is true, and nothing can be kept. */
  readonly isWritable: boolean;

  constructor(sqlite: DatabaseSync, isWritable: boolean) {
    this.#sqlite = sqlite;
    this.isWritable = isWritable;
  }

  all(sql: string, ...values: SQLInputValue[]): Row[] {
    return this.#statement(sql).all(...values);
  }

  run(sql: string, ...values: SQLInputValue[]): void {
    this.#statement(sql).run(...values);
  }

  /**
   * One transaction. `durable`: it is on the disk when this returns (synchronous=FULL), for uploads and edits; otherwise it may
   * be lost by a power cut, never torn (NORMAL), which spares the card, for what is counted.
   * @throws LoopError STORAGE_FULL, STORAGE_READ_ONLY
   */
  transaction(kind: 'durable' | 'batched', doing: string, work: () => void): void {
    if (!this.isWritable) throw storageError({ code: 'EROFS', message: 'it is read-only' }, doing);
    try {
      this.#sqlite.exec(`PRAGMA synchronous = ${kind === 'durable' ? 'FULL' : 'NORMAL'}; BEGIN IMMEDIATE`);
      try {
        work();
        this.#sqlite.exec('COMMIT');
      } catch (error) {
        if (this.#sqlite.isTransaction) this.#sqlite.exec('ROLLBACK');
        throw error;
      }
    } catch (error) {
      throw storageError(error, doing);
    }
  }

  [Symbol.dispose](): void {
    this.#sqlite.close();
  }

  #statement(sql: string): StatementSync {
    const known = this.#statements.get(sql);
    if (known) return known;
    const fresh = this.#sqlite.prepare(sql);
    this.#statements.set(sql, fresh);
    return fresh;
  }
}

/**
 * Opens the database of a data folder. One that is damaged or of another version is put aside and an empty one made: the media
 * folder fills it again. Where the folder is read-only, what is there is read as it is.
 * @throws LoopError STORAGE_FULL where there is no room for an empty one
 */
export async function openDatabase(folder: string, log: Log): Promise<Database> {
  const path = join(folder, NAME);
  try {
    return new Database(openFile(path), true);
  } catch (error) {
    const named = storageError(error, 'opening the database');
    if (isLoopError(named, 'STORAGE_FULL')) throw named;
    if (isLoopError(named)) {
      log.error(
        'store_read_only',
        `${folder} cannot be written: clips play, but nothing can be added or changed. Make it writable.`,
      );
      return new Database(openForReading(path), false);
    }
    log.warn(
      'database_rebuilt',
      `${path} could not be read (${String(error)}); it is put aside and made anew from the media folder.`,
    );
  }
  await rename(path, `${path}.damaged`);
  for (const ending of ['-wal', '-shm']) await rm(path + ending, { force: true });
  return new Database(openFile(path), true);
}

function openFile(path: string): DatabaseSync {
  const sqlite = new DatabaseSync(path, { timeout: 5000 });
  try {
    sqlite.exec('PRAGMA journal_mode = WAL; PRAGMA foreign_keys = ON; PRAGMA journal_size_limit = 1048576');
    prepare(sqlite);
    const [check] = sqlite.prepare('PRAGMA quick_check(1)').all();
    if (check?.quick_check !== 'ok') throw new Error(`quick_check: ${String(check?.quick_check)}`);
    proveWritable(sqlite);
    return sqlite;
  } catch (error) {
    sqlite.close();
    throw error;
  }
}

/** A read-only folder shows at the first write alone. A full one does not keep LOOP from starting: clips can be deleted then. */
function proveWritable(sqlite: DatabaseSync): void {
  try {
    sqlite.exec(`BEGIN IMMEDIATE; PRAGMA user_version = ${VERSION}; COMMIT`);
  } catch (error) {
    if (sqlite.isTransaction) sqlite.exec('ROLLBACK');
    if (!isLoopError(storageError(error, 'opening the database'), 'STORAGE_FULL')) throw error;
  }
}

function openForReading(path: string): DatabaseSync {
  try {
    const url = pathToFileURL(path);
    url.searchParams.set('immutable', '1');
    const sqlite = new DatabaseSync(url, { readOnly: true });
    if (version(sqlite) === VERSION) return sqlite;
    sqlite.close();
  } catch {
    // No database yet: an empty one in memory is filled from the media folder, as a new one on disk would be.
  }
  const sqlite = new DatabaseSync(':memory:');
  prepare(sqlite);
  return sqlite;
}

function prepare(sqlite: DatabaseSync): void {
  const found = version(sqlite);
  if (found === 0) sqlite.exec(`BEGIN; ${SCHEMA} COMMIT`);
  else if (found !== VERSION) throw new Error(`its version is ${found}, this LOOP knows ${VERSION}`);
}

function version(sqlite: DatabaseSync): unknown {
  return sqlite.prepare('PRAGMA user_version').get()?.user_version;
}
