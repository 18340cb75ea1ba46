import { slugOf } from '../../contract/slug.ts';
import type { Log } from '../log.ts';
import type { ClipRecord } from './clip-record.ts';
import type { MediaFolder } from './media-folder.ts';
import { readClip } from './read-clip.ts';

/** Folders looked into at once: enough to keep a card busy, few enough for the memory of a small Pi. */
const AT_ONCE = 16;

/** What the media folder says against what the database said. */
export interface Reconciled {
  /** Every clip as it is on disk, oldest first. */
  readonly clips: readonly ClipRecord[];
  /** Clips whose row was missing or out of date. */
  readonly changed: readonly ClipRecord[];
  /** Clips without a row whose sidecar wants them in the loop, oldest first. */
  readonly forLoop: readonly ClipRecord[];
  /** Hashes of rows whose folder is gone. */
  readonly gone: readonly string[];
}

/**
 * Compares the media folder, which is the truth, with the database's rows. Files are opened only where their time or size is
 * not the one the row was made from, so that a start with 500 clips reads folders and opens nothing.
 */
export async function reconcile(
  folder: MediaFolder,
  rows: readonly ClipRecord[],
  { log, signal }: { log: Log; signal: AbortSignal },
): Promise<Reconciled> {
  const known = new Map(rows.map((row) => [row.hash, row]));
  const found: ClipRecord[] = [];
  const forLoop = new Set<string>();
  const waiting = await folder.hashes();
  const look = async () => {
    for (let hash = waiting.pop(); hash !== undefined; hash = waiting.pop()) {
      signal.throwIfAborted();
      const seen = await readClip(folder, hash, known.get(hash), { log, signal });
      if (seen === undefined) continue;
      found.push(seen.record);
      if (!known.has(hash) && seen.addToLoop) forLoop.add(hash);
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, look));
  const clips = withUniqueSlugs(found.sort(byAge));
  const present = new Set(clips.map(({ hash }) => hash));
  return {
    clips,
    changed: clips.filter((clip) => known.get(clip.hash) !== clip),
    forLoop: clips.filter((clip) => forLoop.has(clip.hash)),
    gone: [...known.keys()].filter((hash) => !present.has(hash)),
  };
}

/** Folders that were copied together from two libraries may bring one slug twice; the younger clip gets another. */
function withUniqueSlugs(clips: readonly ClipRecord[]): ClipRecord[] {
  const taken = new Set<string>();
  return clips.map((clip) => {
    let { slug } = clip;
    for (let n = 2; taken.has(slug); n++) slug = `${slugOf(clip.title)}-${n}`;
    taken.add(slug);
    return slug === clip.slug ? clip : { ...clip, slug };
  });
}

function byAge(one: ClipRecord, other: ClipRecord): number {
  return one.addedAt < other.addedAt || (one.addedAt === other.addedAt && one.hash < other.hash) ? -1 : 1;
}
