import type { Log } from '../log.ts';
import { type ClipRecord, recordOf } from './clip-record.ts';
import type { FolderContent, MediaFolder } from './media-folder.ts';
import { type Rendition, readRendition } from './rendition.ts';
import { readSidecar } from './sidecar.ts';

/**
 * A clip's folder as a record, and whether its sidecar wants it in the loop. `row`, what was known of it before, is the answer
 * where times and sizes of the files are still the same: then no file is opened. Undefined where no clip lies there.
 */
export async function readClip(
  folder: MediaFolder,
  hash: string,
  row: ClipRecord | undefined,
  { log, signal }: { log: Log; signal: AbortSignal },
): Promise<{ record: ClipRecord; addToLoop: boolean } | undefined> {
  const content = await folder.content(hash);
  if (row && isUpToDate(row, content)) return { record: row, addToLoop: false };
  const sidecar = await readSidecar(folder.path(hash));
  if (sidecar?.content_hash !== hash || content.sidecarTime === undefined) {
    log.warn('clip_ignored', `media/${hash} has no sidecar.json that can be read; it is left as it is and not shown.`, {
      hash,
    });
    return undefined;
  }
  const { original, sidecarTime } = content;
  const renditions = await readRenditions(folder, hash, content, { log, signal });
  const record = recordOf(sidecar, { original, sidecarTime, renditions, plays: row?.plays ?? 0 });
  return { record, addToLoop: sidecar.add_to_loop };
}

function isUpToDate(row: ClipRecord, content: FolderContent): boolean {
  return (
    row.sidecarTime === content.sidecarTime &&
    row.original === content.original &&
    row.renditions.length === content.renditions.length &&
    content.renditions.every(({ width, height, bytes, time }) =>
      row.renditions.some(
        (one) => one.width === width && one.height === height && one.bytes === bytes && one.time === time,
      ),
    )
  );
}

async function readRenditions(
  folder: MediaFolder,
  hash: string,
  content: FolderContent,
  { log, signal }: { log: Log; signal: AbortSignal },
): Promise<Rendition[]> {
  const renditions: Rendition[] = [];
  for (const { name } of content.renditions) {
    try {
      renditions.push(await readRendition(folder.path(hash, name), { signal }));
    } catch (error) {
      signal.throwIfAborted();
      log.warn('rendition_ignored', `media/${hash}/${name} cannot be read: ${String(error)}`, { hash, name });
    }
  }
  return renditions;
}
