import type { Clip, MediaType } from '../../contract/domain.ts';
import type { Geometry } from '../../format/frame.ts';
import type { Database } from './database.ts';
import type { Rendition } from './rendition.ts';
import type { Sidecar } from './sidecar.ts';

/** A clip as the index holds it. Records are never changed, only replaced. */
export interface ClipRecord {
  readonly hash: string;
  readonly slug: string;
  readonly title: string;
  readonly type: MediaType;
  readonly tags: readonly string[];
  readonly filename: string;
  readonly originalBytes: number;
  /** File name inside the clip's folder; undefined where the original was not kept. */
  readonly original: string | undefined;
  readonly addedAt: string;
  /** When the sidecar was written that this was read from, milliseconds. */
  readonly sidecarTime: number;
  readonly plays: number;
  readonly renditions: readonly Rendition[];
}

/** What a sidecar says, as a record. */
export function recordOf(
  sidecar: Sidecar,
  found: Pick<ClipRecord, 'original' | 'sidecarTime' | 'renditions' | 'plays'>,
): ClipRecord {
  return {
    hash: sidecar.content_hash,
    slug: sidecar.slug,
    title: sidecar.title,
    type: sidecar.type,
    tags: sidecar.tags,
    filename: sidecar.original_filename,
    originalBytes: sidecar.original_size_bytes,
    addedAt: sidecar.added_at,
    ...found,
  };
}

/** The rendition for a geometry, else the nearest to it by pixels: the player scales that one with bars. */
export function renditionFor(record: ClipRecord, geometry: Geometry): Rendition | undefined {
  const distance = (one: Geometry) => Math.abs(one.width - geometry.width) + Math.abs(one.height - geometry.height);
  return [...record.renditions].sort((one, other) => distance(one) - distance(other))[0];
}

/** The clip as every edge tells it. A clip without a rendition (its file was damaged) has no pixels until one is made again. */
export function clipOf(record: ClipRecord, geometry: Geometry): Clip {
  const { hash, slug, title, type, filename, originalBytes, addedAt, plays } = record;
  const rendition = renditionFor(record, geometry);
  const durationUs = rendition?.durationUs ?? 0;
  const frames = rendition?.frames ?? 0;
  return {
    slug,
    title,
    type,
    width: rendition?.width ?? 0,
    height: rendition?.height ?? 0,
    fps: type === 'image' || durationUs === 0 ? 0 : Math.round((frames * 1e9) / durationUs) / 1000,
    frame_count: frames,
    duration_ms: type === 'image' ? 0 : Math.round(durationUs / 1000),
    size_bytes: rendition?.bytes ?? 0,
    original_filename: filename,
    original_size_bytes: originalBytes,
    content_hash: hash,
    added_at: addedAt,
    tags: [...record.tags],
    plays,
    poster_url: `api/media/${slug}/poster`,
    original_url: `api/media/${slug}/original`,
    clip_url: `api/media/${slug}/clip`,
  };
}

/** Every clip the database knows. */
export function loadClips(database: Database): ClipRecord[] {
  const renditions = Map.groupBy(database.all('SELECT * FROM renditions'), (row) => row.hash);
  // The casts repeat the STRICT column types of the schema, and the JSON that `saveClip` wrote.
  return database.all('SELECT * FROM clips ORDER BY added_at, hash').map((row) => ({
    hash: row.hash as string,
    slug: row.slug as string,
    title: row.title as string,
    type: row.type as MediaType,
    tags: JSON.parse(row.tags as string) as string[],
    filename: row.filename as string,
    originalBytes: row.original_bytes as number,
    original: (row.original as string | null) ?? undefined,
    addedAt: row.added_at as string,
    sidecarTime: row.sidecar_time as number,
    plays: row.plays as number,
    renditions: (renditions.get(row.hash) ?? []).map((one) => ({
      width: one.width as number,
      height: one.height as number,
      bytes: one.bytes as number,
      time: one.time as number,
      frames: one.frames as number,
      durationUs: one.duration_us as number,
      conversion: JSON.parse(one.conversion as string) as Rendition['conversion'],
    })),
  }));
}

/** Writes a clip and its renditions in the place of what the database had; inside the caller's transaction. */
export function saveClip(database: Database, record: ClipRecord): void {
  const { hash } = record;
  database.run(
    `INSERT INTO clips (hash, slug, title, type, tags, filename, original_bytes, original, added_at, sidecar_time, plays)
     VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
     ON CONFLICT (hash) DO UPDATE SET slug = excluded.slug, title = excluded.title, type = excluded.type, tags = excluded.tags,
     filename = excluded.filename, original_bytes = excluded.original_bytes, original = excluded.original,
     added_at = excluded.added_at, sidecar_time = excluded.sidecar_time, plays = excluded.plays`,
    hash,
    record.slug,
    record.title,
    record.type,
    JSON.stringify(record.tags),
    record.filename,
    record.originalBytes,
    record.original ?? null,
    record.addedAt,
    record.sidecarTime,
    record.plays,
  );
  database.run('DELETE FROM renditions WHERE hash = ?', hash);
  for (const one of record.renditions) {
    database.run(
      'INSERT INTO renditions (hash, width, height, bytes, time, frames, duration_us, conversion) VALUES (?, ?, ?, ?, ?, ?, ?, ?)',
      hash,
      one.width,
      one.height,
      one.bytes,
      one.time,
      one.frames,
      one.durationUs,
      JSON.stringify(one.conversion),
    );
  }
}
