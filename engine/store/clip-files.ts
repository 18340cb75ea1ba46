import { extname } from 'node:path';
import { LoopError } from '../../format/errors.ts';
import type { Geometry } from '../../format/frame.ts';
import { openClipFile } from './clip-file.ts';
import { type ClipRecord, renditionFor } from './clip-record.ts';
import type { MediaFolder } from './media-folder.ts';
import { type Rendition, renditionName } from './rendition.ts';

/** A file of a clip, ready to be sent. */
export interface ClipFile {
  readonly path: string;
  /** Media type. */
  readonly type: string;
  /** Strong, with its quotes; another one after every change of the bytes. */
  readonly etag: string;
}

/** Media type by the ending an original is kept under. */
const TYPES: Readonly<Record<string, string>> = {
  '.mp4': 'video/mp4',
  '.mov': 'video/quicktime',
  '.mkv': 'video/x-matroska',
  '.webm': 'video/webm',
  '.avi': 'video/x-msvideo',
  '.ts': 'video/mp2t',
  '.flv': 'video/x-flv',
  '.gif': 'image/gif',
  '.png': 'image/png',
  '.jpg': 'image/jpeg',
  '.webp': 'image/webp',
};

/** The rendition for a geometry, or the nearest there is. @throws LoopError NOT_FOUND */
export function clipFile(folder: MediaFolder, record: ClipRecord, geometry: Geometry): ClipFile {
  const rendition = wanted(record, geometry);
  return {
    path: folder.path(record.hash, renditionName(rendition)),
    type: 'application/vnd.loop',
    etag: etag(record, rendition),
  };
}

/** The file a clip was made from. @throws LoopError NOT_FOUND where it was too large to be kept */
export function originalFile(folder: MediaFolder, record: ClipRecord): ClipFile {
  const { hash, original, filename } = record;
  if (original === undefined) {
    throw new LoopError(
      'NOT_FOUND',
      `The original ${filename} was not kept: it is larger than media.max_file_size_mb. Upload it again with a higher limit to keep it.`,
    );
  }
  return {
    path: folder.path(hash, original),
    type: TYPES[extname(original)] ?? 'application/octet-stream',
    etag: `"${hash.slice(0, 32)}"`,
  };
}

/** The poster in the clip's own file. @throws LoopError NOT_FOUND */
export async function posterFile(
  folder: MediaFolder,
  record: ClipRecord,
  geometry: Geometry,
  { signal }: { signal: AbortSignal },
): Promise<{ bytes: Uint8Array; type: string; etag: string }> {
  const rendition = wanted(record, geometry);
  await using opened = await openClipFile(folder.path(record.hash, renditionName(rendition)), { signal });
  const poster = await opened.clip.poster({ signal });
  if (poster === undefined) {
    throw new LoopError(
      'NOT_FOUND',
      `The clip ${record.slug} has no poster; converters of other people may leave it out. Convert the original again.`,
    );
  }
  return { ...poster, etag: etag(record, rendition).replace('"', '"p') };
}

function wanted(record: ClipRecord, geometry: Geometry): Rendition {
  const rendition = renditionFor(record, geometry);
  if (rendition) return rendition;
  throw new LoopError(
    'NOT_FOUND',
    `The clip ${record.slug} has no rendition that can be read; one is made again from its original where that was kept. Ask again later, or upload it again.`,
  );
}

function etag({ hash }: ClipRecord, { width, height, bytes, time }: Rendition): string {
  return `"${[hash.slice(0, 16), width, height, bytes.toString(36), time.toString(36)].join('-')}"`;
}
