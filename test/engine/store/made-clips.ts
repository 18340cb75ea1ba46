import { createHash } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseOptions } from '../../../contract/config.ts';
import { nodeDeflate } from '../../../engine/convert/node-deflate.ts';
import { silentLog } from '../../../engine/log.ts';
import { type NewClip, openStore, type Store } from '../../../engine/store/store.ts';
import { ClipWriter } from '../../../format/clip-writer.ts';
import type { Fit } from '../../../format/frame.ts';

/** The display of these tests: small, so that clips are made in a moment. */
export const geometry = { width: 32, height: 24 };
export const signal = new AbortController().signal;

/** Options with defaults for what is not named. */
export function optionsOf(input: unknown = {}) {
  const parsed = parseOptions(input);
  if (!parsed.ok) throw new Error(JSON.stringify(parsed.faults));
  return parsed.options;
}

/** An empty folder that goes when the scope ends. */
export async function temporaryFolder(): Promise<{ path: string } & AsyncDisposable> {
  const path = await mkdtemp(join(tmpdir(), 'loop-'));
  return { path, [Symbol.asyncDispose]: () => rm(path, { recursive: true, force: true }) };
}

export interface MadeClip {
  readonly seed?: number;
  readonly frames?: number;
  readonly fit?: Fit;
  readonly width?: number;
  readonly height?: number;
}

/** The bytes of a sound clip whose pixels follow from the seed. */
export async function clipBytes({
  seed = 1,
  frames = 3,
  fit = 'contain',
  width = 32,
  height = 24,
}: MadeClip = {}): Promise<Buffer> {
  const chunks: Uint8Array[] = [];
  const writer = new ClipWriter(
    {
      width,
      height,
      timebase: [1, 25],
      title: `clip ${seed}`,
      scan: 'rows',
      conversion: { mode: 'exact', threshold: 0, dither: 'none', fit },
      source: { name: 'made.png', fps: 25 },
      made: '2026-01-01T00:00:00.000Z',
    },
    { deflate: nodeDeflate, write: async (bytes) => void chunks.push(Uint8Array.from(bytes)) },
  );
  const pixels = new Uint16Array(width * height);
  for (let frame = 0; frame < frames; frame++) {
    for (let i = 0; i < pixels.length; i++) pixels[i] = (i * (seed + frame) * 40_503) & 0xffff;
    await writer.add(pixels, 1);
  }
  await writer.finish();
  return Buffer.concat(chunks);
}

export function sha256(bytes: string | Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex');
}

/** A clip for `store.add` with its files in `folder`. */
export async function newClip(folder: string, title: string, made: MadeClip & Partial<NewClip> = {}): Promise<NewClip> {
  const content = `original of ${title}`;
  const hash = sha256(content);
  const original = join(folder, `${hash}.original`);
  const rendition = join(folder, `${hash}.clip`);
  await writeFile(original, content);
  await writeFile(rendition, await clipBytes(made));
  return {
    hash,
    title,
    tags: [],
    type: 'video',
    filename: `${title}.mp4`,
    originalBytes: content.length,
    original: { path: original, extension: '.mp4' },
    rendition,
    addToLoop: true,
    ...('tags' in made ? { tags: made.tags as string[] } : {}),
    ...('original' in made ? { original: made.original } : {}),
  };
}

/** The store of a data folder. */
export function storeIn(folder: string): Promise<Store> {
  return openStore({ folder, media: optionsOf().media, geometry, log: silentLog, signal });
}
