import { randomBytes } from 'node:crypto';
import type { MediaType } from '../../contract/domain.ts';
import { LoopError } from '../../format/errors.ts';
import type { Database } from './database.ts';

/** One place in the loop. */
export interface LoopEntry {
  /** Begins with `item_`, which no slug does. */
  readonly id: string;
  readonly hash: string;
  /** Plays before the next one's turn, 1 to 1000. */
  readonly loopCount: number;
}

/** The loop as a value: its entries in order, and a version that rises with every change. */
export interface LoopList {
  readonly entries: readonly LoopEntry[];
  readonly version: number;
}

/** Entries the loop may have: a person scrolls no further, and every view carries them all. */
export const MAX_ENTRIES = 10_000;

/** Plays that an item begins with: `media.loop_count` for what moves; a picture stands once, for its time. */
export function firstLoopCount({ type }: { readonly type: MediaType }, loopCount: number): number {
  return type === 'image' ? 1 : loopCount;
}

/** The list with a clip more at `position` (missing or beyond: at the end). */
export function added(list: LoopList, hash: string, loopCount: number, position = list.entries.length): LoopList {
  if (list.entries.length >= MAX_ENTRIES) {
    throw new LoopError(
      'INVALID_REQUEST',
      `The loop has ${list.entries.length} items; it holds at most ${MAX_ENTRIES}. Remove some first.`,
    );
  }
  const entry: LoopEntry = { id: `item_${randomBytes(6).toString('hex')}`, hash, loopCount };
  return changed(list, list.entries.toSpliced(Math.min(position, list.entries.length), 0, entry));
}

/** The list without the entries that `isGone` names. */
export function without(list: LoopList, isGone: (entry: LoopEntry) => boolean): LoopList {
  return changed(
    list,
    list.entries.filter((entry) => !isGone(entry)),
  );
}

/** The list with another number of plays for one entry. */
export function recounted(list: LoopList, id: string, loopCount: number): LoopList {
  return changed(
    list,
    list.entries.map((entry) => (entry.id === id ? { ...entry, loopCount } : entry)),
  );
}

/**
 * The list in the order of `names`: ids, or hashes for clips named by slug (each takes the clip's first entry not taken yet).
 * @throws LoopError LOOP_MISMATCH unless every entry is named exactly once.
 */
export function ordered(list: LoopList, names: readonly string[]): LoopList {
  const byId = new Map(list.entries.map((entry) => [entry.id, entry]));
  const byHash = Map.groupBy(list.entries, (entry) => entry.hash);
  const taken = new Set<LoopEntry>();
  for (const name of names) {
    const entry = byId.get(name) ?? byHash.get(name)?.find((one) => !taken.has(one));
    if (entry === undefined || taken.has(entry))
      throw mismatch(`"${name}" is not in the loop, or is named too often`, list);
    taken.add(entry);
  }
  const left = list.entries.length - taken.size;
  if (left > 0) throw mismatch(`${left} of its ${list.entries.length} items are not named`, list);
  return changed(list, [...taken]);
}

/** The loop the database keeps. */
export function loadLoop(database: Database): LoopList {
  const rows = database.all('SELECT id, hash, loop_count FROM items ORDER BY position');
  const [version] = database.all("SELECT value FROM facts WHERE key = 'loop_version'");
  return {
    // The casts repeat the STRICT column types of the schema.
    entries: rows.map((row) => ({
      id: row.id as string,
      hash: row.hash as string,
      loopCount: row.loop_count as number,
    })),
    version: Number(version?.value ?? 0),
  };
}

/** Writes the loop; inside the caller's transaction, after its clips. */
export function saveLoop(database: Database, list: LoopList): void {
  database.run('DELETE FROM items');
  list.entries.forEach(({ id, hash, loopCount }, position) => {
    database.run(
      'INSERT INTO items (id, hash, position, loop_count) VALUES (?, ?, ?, ?)',
      id,
      hash,
      position,
      loopCount,
    );
  });
  database.run("INSERT OR REPLACE INTO facts (key, value) VALUES ('loop_version', ?)", String(list.version));
}

function changed(list: LoopList, entries: readonly LoopEntry[]): LoopList {
  return { entries, version: list.version + 1 };
}

function mismatch(what: string, list: LoopList): LoopError {
  return new LoopError(
    'LOOP_MISMATCH',
    `The order does not fit the loop: ${what}. It names every item exactly once. Take the items of GET /api/loop, version ${list.version}.`,
  );
}
