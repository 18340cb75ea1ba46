import { readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import * as z from 'zod/mini';
import { writeWhole } from '../store/durable.ts';

const NAME = 'transaction.json';
const MAX_BYTES = 65_536;

const size = z.nullable(z.int().check(z.gte(0)));
const settings = z.object({
  /** Missing: made from the file name. */
  title: z.optional(z.string()),
  tags: z.array(z.string()),
  /** Missing: `contain`, or for a clip that is there already what it has. Quality and dither alike. */
  fit: z.optional(z.enum(['contain', 'cover', 'stretch'])),
  quality: z.optional(z.enum(['exact', 't6', 't8b'])),
  dither: z.optional(z.enum(['none', 'bayer'])),
  addToLoop: z.boolean(),
});
/** What whoever uploads may say about the clip that comes of it. */
export type UploadSettings = z.infer<typeof settings>;

const plan = z.object({
  /** SHA-256 of the original, 64 hex digits: the id of the transaction. */
  hash: z.string().check(z.regex(/^[0-9a-f]{64}$/)),
  filename: z.string(),
  originalBytes: z.int().check(z.gte(0)),
  /** `server`: the original comes alone and LOOP converts it. `browser`: a finished clip comes too. */
  convert: z.enum(['server', 'browser']),
  /** False where the original is too large to be kept: then the clip comes alone. */
  keepOriginal: z.boolean(),
  settings,
});
/** What an upload is going to consist of. */
export type UploadPlan = z.infer<typeof plan>;

const record = z.object({
  version: z.literal(1),
  plan,
  /** Declared sizes in bytes; null: not known yet. Only parts that were begun. */
  parts: z.object({ original: z.optional(size), clip: z.optional(size) }),
  /** Why it failed, with the bytes of parts kept for another try or not. */
  error: z.nullable(z.object({ code: z.string(), message: z.string() })),
});
/** An upload as it is kept beside its parts, for the next start. */
export type TransactionRecord = z.infer<typeof record>;

/** Reads the record in a transaction's folder; undefined when there is none that can be read. */
export async function readRecord(folder: string): Promise<TransactionRecord | undefined> {
  try {
    const path = join(folder, NAME);
    if ((await stat(path)).size > MAX_BYTES) return undefined;
    return record.parse(JSON.parse(await readFile(path, 'utf8')));
  } catch {
    return undefined;
  }
}

export async function writeRecord(folder: string, content: TransactionRecord): Promise<void> {
  await writeWhole(join(folder, NAME), `${JSON.stringify(content)}\n`);
}
