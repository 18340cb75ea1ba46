import { createHash } from 'node:crypto';
import { createWriteStream } from 'node:fs';
import { open, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { PassThrough, type Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { type Entry, openPromise, type ZipFile } from 'yauzl';
import * as z from 'zod/mini';
import { titleOf } from '../../contract/slug.ts';
import { LIMITS } from '../../format/clip-layout.ts';
import { ClipWriter } from '../../format/clip-writer.ts';
import { isLoopError, LoopError } from '../../format/errors.ts';
import { nodeDeflate } from '../convert/node-deflate.ts';

const MAX_METADATA = 65_536;
/** Frames of a bundle: a quarter of an hour at 25 a second. */
const MAX_FRAMES = 22_500;
/** Bytes all entries may unpack to: MAX_FRAMES of 320 x 240, and an original. */
const MAX_UNPACKED = 4 * 1024 ** 3;
/** Deflate makes at most 1032 bytes of one (zlib.net/zlib_tech.html): more means entries that lie over each other, a bomb. */
const MAX_RATIO = 1032;

const side = z.int().check(z.gte(1), z.lte(LIMITS.side));
const metadata = z.object({
  original_filename: z.optional(z.string().check(z.maxLength(1000))),
  title: z.optional(z.string()),
  width: side,
  height: side,
  frame_count: z.optional(z.int()),
  format: z._default(z.enum(['rgb565', 'rgb565be']), 'rgb565'),
  fps: z._default(z.number().check(z.gte(0.01), z.lte(1000)), 25),
});

/** What was in a bundle. The files lie in the folder it was unpacked to. */
export interface UnpackedBundle {
  readonly original: string;
  readonly clip: string;
  readonly hash: string;
  readonly filename: string;
  readonly originalBytes: number;
  readonly title: string | undefined;
}

/**
 * Unpacks a bundle: a ZIP of `metadata.json`, `frames/frame_%06d.rgb` (RGB565 big-endian, without a gap, from 0 or 1) and one
 * `original/…`. The frames become a clip exactly as they are. Sizes are judged by the directory before anything is unpacked, and
 * no more than it says is written.
 * @throws LoopError BUNDLE_INVALID, BUNDLE_TOO_LARGE, FILE_TOO_LARGE
 */
export async function unpackBundle(
  path: string,
  folder: string,
  { maxOriginalBytes, signal }: { maxOriginalBytes: number; signal: AbortSignal },
): Promise<UnpackedBundle> {
  const zip = await reading(() => openPromise(path, { lazyEntries: true, autoClose: false }));
  try {
    const { description, original, frames } = await reading(() => readDirectory(zip, path));
    const meta = await readMetadata(zip, description);
    if (meta.width * meta.height > LIMITS.pixels)
      throw invalid(`${meta.width} x ${meta.height} pixels are more than a clip can hold`);
    if (original.uncompressedSize > maxOriginalBytes)
      throw tooLarge(`its original has ${original.uncompressedSize} bytes`);
    const unpacked = await unpackOriginal(zip, original, join(folder, 'original'), signal);
    const filename = meta.original_filename ?? original.fileName.slice('original/'.length);
    const clip = join(folder, 'clip');
    await writeClip(zip, frames, { clip, filename, ...meta, signal });
    return { ...unpacked, clip, filename, title: meta.title };
  } finally {
    zip.close();
  }
}

/** The entries that are read. Others are left alone. */
interface Directory {
  readonly description: Entry;
  readonly original: Entry;
  /** In order. */
  readonly frames: readonly Entry[];
}

async function readDirectory(zip: ZipFile, path: string): Promise<Directory> {
  if (zip.entryCount > MAX_FRAMES + 100) throw tooLarge(`it has ${zip.entryCount} entries`);
  let description: Entry | undefined;
  const originals: Entry[] = [];
  const frames = new Map<number, Entry>();
  let unpacked = 0;
  for await (const entry of zip.eachEntry()) {
    unpacked += entry.uncompressedSize;
    const [, number] = /^frames\/frame_(\d{6})\.rgb$/.exec(entry.fileName) ?? [];
    if (entry.fileName === 'metadata.json') description = entry;
    else if (number !== undefined) frames.set(Number(number), entry);
    else if (/^original\/[^/]+$/.test(entry.fileName)) originals.push(entry);
  }
  const { size } = await stat(path);
  if (unpacked > MAX_UNPACKED || unpacked > size * MAX_RATIO) throw tooLarge(`${size} bytes unpack to ${unpacked}`);
  const [original] = originals;
  if (description === undefined) throw invalid('it has no metadata.json');
  if (original === undefined || originals.length > 1) throw invalid(`it has ${originals.length} files in original/`);
  const first = frames.has(0) ? 0 : 1;
  const ordered = Array.from({ length: frames.size }, (_, i) => frames.get(first + i));
  const gap = ordered.indexOf(undefined);
  if (frames.size === 0 || frames.size > MAX_FRAMES) throw invalid(`it has ${frames.size} frames`);
  if (gap >= 0) throw invalid(`frame ${first + gap} is missing`);
  return { description, original, frames: ordered.filter((entry) => entry !== undefined) };
}

async function readMetadata(zip: ZipFile, entry: Entry): Promise<z.infer<typeof metadata>> {
  const bytes = await reading(() => readEntry(zip, entry, MAX_METADATA));
  const text = new TextDecoder().decode(bytes);
  try {
    return metadata.parse(JSON.parse(text));
  } catch (error) {
    throw invalid(
      `its metadata.json is not as it should be: ${error instanceof z.core.$ZodError ? z.core.prettifyError(error) : String(error)}`,
    );
  }
}

async function unpackOriginal(
  zip: ZipFile,
  entry: Entry,
  path: string,
  signal: AbortSignal,
): Promise<Pick<UnpackedBundle, 'original' | 'hash' | 'originalBytes'>> {
  if (entry.uncompressedSize === 0) throw invalid('its original is empty');
  const sum = createHash('sha256');
  const stream = await reading(() => zip.openReadStreamPromise(entry));
  const hashing = new PassThrough().on('data', (bytes: Uint8Array) => sum.update(bytes));
  await reading(() => pipeline(stream, hashing, createWriteStream(path), { signal }));
  return { original: path, hash: sum.digest('hex'), originalBytes: entry.uncompressedSize };
}

async function writeClip(
  zip: ZipFile,
  frames: readonly Entry[],
  to: {
    clip: string;
    filename: string;
    width: number;
    height: number;
    fps: number;
    title?: string | undefined;
    signal: AbortSignal;
  },
): Promise<void> {
  const { width, height, fps, filename, signal } = to;
  await using file = await open(to.clip, 'w', 0o644);
  const writer = new ClipWriter(
    {
      width,
      height,
      timebase: timebaseOf(fps),
      title: to.title ?? titleOf(filename),
      scan: 'rows',
      conversion: { mode: 'exact', threshold: 0, dither: 'none', fit: 'contain' },
      source: { name: filename, fps },
      made: new Date().toISOString(),
    },
    { deflate: nodeDeflate, write: async (bytes) => void (await file.appendFile(bytes)) },
  );
  const pixels = new Uint16Array(width * height);
  for (const entry of frames) {
    signal.throwIfAborted();
    const bytes = await reading(() => readEntry(zip, entry, width * height * 2));
    if (bytes.length !== width * height * 2)
      throw invalid(`${entry.fileName} has ${bytes.length} bytes, ${width} x ${height} has ${width * height * 2}`);
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
    for (let i = 0; i < pixels.length; i++) pixels[i] = view.getUint16(2 * i);
    await writer.add(pixels, 1);
  }
  await writer.finish();
}

/** Seconds of a frame as a fraction of whole numbers. */
function timebaseOf(fps: number): readonly [number, number] {
  return Number.isInteger(fps) ? [1, fps] : [1000, Math.round(fps * 1000)];
}

async function readEntry(zip: ZipFile, entry: Entry, most: number): Promise<Uint8Array> {
  if (entry.uncompressedSize > most)
    throw invalid(`${entry.fileName} has ${entry.uncompressedSize} bytes, at most ${most} fit`);
  const stream: Readable = await zip.openReadStreamPromise(entry);
  return Buffer.concat(await stream.toArray());
}

/** What the ZIP reader says of a broken file, by name. */
async function reading<Result>(work: () => Promise<Result>): Promise<Result> {
  try {
    return await work();
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (isLoopError(error) || code?.startsWith('E') || (error as Error).name === 'AbortError') throw error;
    throw invalid(`it is no ZIP that can be read: ${(error as Error).message}`);
  }
}

function invalid(what: string): LoopError {
  return new LoopError(
    'BUNDLE_INVALID',
    `The bundle cannot be taken: ${what}. A bundle is a ZIP with metadata.json, frames/frame_000001.rgb and up, and one original/ file. Make it again.`,
  );
}

function tooLarge(what: string): LoopError {
  return new LoopError(
    'BUNDLE_TOO_LARGE',
    `The bundle is too large: ${what}. It may have ${MAX_FRAMES} frames and unpack to ${MAX_UNPACKED} bytes. Split it.`,
  );
}
