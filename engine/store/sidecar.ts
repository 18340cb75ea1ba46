import { readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import * as z from 'zod/mini';
import { mediaType } from '../../contract/domain.ts';
import { writeSynced } from './durable.ts';

/** Its name in the clip's folder. */
export const SIDECAR = 'sidecar.json';
/** A sidecar is under 64 KiB: a title and 100 tags. More is not ours, and is not read. */
const MAX_BYTES = 65_536;

const sidecar = z.object({
  version: z.literal(1),
  content_hash: z.string().check(z.regex(/^[0-9a-f]{64}$/)),
  slug: z.string().check(z.regex(/^[a-z0-9-]{1,80}$/)),
  title: z.string(),
  tags: z.array(z.string()),
  type: mediaType,
  /** Name and size of the original, which lies beside this file as `original.<ext>` where it was kept. */
  original_filename: z.string(),
  original_size_bytes: z.int().check(z.gte(0)),
  added_at: z.iso.datetime(),
  /** Whether the clip went into the loop when it was added; a lost database puts it there again. */
  add_to_loop: z.boolean(),
});

/**
 * What no other file of a clip says, kept beside it as JSON in the words of the API. Fit, dither and quality stand in the
 * rendition's own header, so that replacing a rendition is one rename.
 */
export type Sidecar = z.infer<typeof sidecar>;

/** Reads the sidecar of a clip's folder; undefined when there is none that can be read. */
export async function readSidecar(folder: string): Promise<Sidecar | undefined> {
  try {
    const path = join(folder, SIDECAR);
    if ((await stat(path)).size > MAX_BYTES) return undefined;
    return sidecar.parse(JSON.parse(await readFile(path, 'utf8')));
  } catch {
    return undefined;
  }
}

/** Writes a sidecar that nobody reads yet, down to the disk. */
export async function writeSidecar(path: string, content: Sidecar): Promise<void> {
  await writeSynced(path, `${JSON.stringify(content, null, 2)}\n`);
}

/** When the sidecar was last written, to tell whether the database knows it: milliseconds, whole. */
export async function sidecarTime(folder: string): Promise<number> {
  return Math.floor((await stat(join(folder, SIDECAR))).mtimeMs);
}
