import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { extname, join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import type { MediaType } from '../../contract/domain.ts';
import { titleOf } from '../../contract/slug.ts';
import { LoopError } from '../../format/errors.ts';
import type { Fit, Geometry, Quality } from '../../format/frame.ts';
import { convertFile, mediaType } from '../convert/convert-file.ts';
import { sniffFile } from '../convert/sniff.ts';
import { checkClipFile } from '../store/clip-file.ts';
import { type Rendition, readRendition } from '../store/rendition.ts';
import type { ClipRecord, Store } from '../store/store.ts';
import type { UploadSettings } from './transaction-record.ts';
import type { UploadResult, UploadTransaction } from './upload-transaction.ts';

/** What finishing needs to know of its surroundings. */
export interface FinishParts {
  readonly store: Store;
  /** Of each display, the first display's first: what is converted for. */
  readonly geometries: readonly [Geometry, ...Geometry[]];
  /** Frames a second that video is brought to. */
  readonly framerate: number;
}

/** How a clip is converted. */
export interface Wish {
  readonly fit: Fit;
  readonly quality: Quality;
  readonly dither: 'none' | 'bayer';
}

/**
 * Turns the whole parts of an upload into a clip: the original is what its hash says, the clip is sound to the last frame and fits
 * a display; only then the store takes it. Nothing here changes the parts, so it can be done again after a kill.
 * @throws LoopError CHECKSUM_MISMATCH, INVALID_REQUEST and those of conversion, clip check and store
 */
export async function finishUpload(upload: UploadTransaction, parts: FinishParts): Promise<UploadResult> {
  const { plan, signal } = upload;
  const { hash, filename, originalBytes, settings } = plan;
  const original = plan.keepOriginal ? upload.path('original') : undefined;
  if (original) await checkHash(original, hash, signal);
  const rendition = plan.convert === 'browser' ? upload.path('clip') : await convertOriginal(upload, parts);
  await checkClipFile(rendition, {
    signal,
    onFrame: (done, of) => {
      if (plan.convert === 'server') upload.advance('uploading', done / of);
      else upload.advance('finalizing', (done / of) * 0.9);
    },
  });
  const facts = await readRendition(rendition, { signal });
  checkGeometry(facts, parts.geometries);
  upload.advance('finalizing', 0.95);
  return parts.store.add(
    {
      hash,
      title: settings.title ?? titleOf(filename),
      tags: settings.tags,
      filename,
      originalBytes: (original && upload.part('original')?.size) || originalBytes,
      rendition,
      addToLoop: settings.addToLoop,
      ...(await originalFacts(original, filename, facts.frames)),
    },
    { signal },
  );
}

/** What a wish with gaps means: for a clip that is there already, what it has. */
export function completeWish(wish: Partial<Wish>, rendition: Rendition | undefined): Wish {
  const { fit = 'contain', mode = 't6', dither = 'none' } = rendition?.conversion ?? {};
  return { fit: wish.fit ?? fit, quality: wish.quality ?? mode, dither: wish.dither ?? dither };
}

/** The path of a clip made from the original; of the one the store has, where that is what is wished. */
async function convertOriginal(
  upload: UploadTransaction,
  { store, geometries, framerate }: FinishParts,
): Promise<string> {
  const [geometry] = geometries;
  const { hash, filename, settings } = upload.plan;
  const known = store.byHash(hash);
  const had = known?.renditions.find((one) => one.width === geometry.width && one.height === geometry.height);
  const wish = completeWish(wishOf(settings), had);
  if (known && had && isWished(had, wish)) return existing(store, known, geometry);
  const output = join(upload.folder, 'made.loop');
  upload.advance('converting', 0);
  await convertFile({
    input: upload.path('original'),
    output,
    geometry,
    ...wish,
    framerate,
    name: filename,
    title: settings.title ?? known?.title ?? titleOf(filename),
    signal: upload.signal,
    onProgress: (fraction) => upload.advance('converting', fraction),
  });
  return output;
}

function wishOf({ fit, quality, dither }: UploadSettings): Partial<Wish> {
  return { ...(fit && { fit }), ...(quality && { quality }), ...(dither && { dither }) };
}

function isWished({ conversion }: Rendition, { fit, quality, dither }: Wish): boolean {
  return conversion.fit === fit && conversion.mode === quality && conversion.dither === dither;
}

function existing(store: Store, { slug }: ClipRecord, geometry: Geometry): string {
  const rendition = store.rendition(slug, geometry);
  if (rendition) return rendition.path;
  throw new LoopError('UPLOAD_CONFLICT', `The clip ${slug} was changed meanwhile. Try again.`);
}

/** @throws LoopError CHECKSUM_MISMATCH */
async function checkHash(path: string, hash: string, signal: AbortSignal): Promise<void> {
  const sum = createHash('sha256');
  await pipeline(createReadStream(path), sum, { signal });
  const found = sum.digest('hex');
  if (found === hash) return;
  throw new LoopError(
    'CHECKSUM_MISMATCH',
    `The original arrived as ${found.slice(0, 12)}…, but ${hash.slice(0, 12)}… was announced; an upload is named by the SHA-256 of its file. Upload it again; it changed on the way.`,
  );
}

function checkGeometry({ width, height }: Geometry, geometries: readonly Geometry[]): void {
  if (geometries.some((one) => one.width === width && one.height === height)) return;
  const known = geometries.map((one) => `${one.width} x ${one.height}`).join(', ');
  throw new LoopError(
    'INVALID_REQUEST',
    `The clip has ${width} x ${height} pixels; the displays have ${known}. Convert it for one of those, or send the original alone.`,
  );
}

/** Type of the clip and ending of its original. A browser may read formats that LOOP does not: those keep their own ending. */
async function originalFacts(
  path: string | undefined,
  filename: string,
  frames: number,
): Promise<{ type: MediaType; original: { path: string; extension: string } | undefined }> {
  const format = path === undefined ? undefined : await sniffFile(path).catch(() => undefined);
  const extension = format?.extension ?? safeExtension(filename);
  const kind = format?.kind ?? (['.gif', '.webp', '.png'].includes(extension) ? 'animation' : 'video');
  return { type: mediaType({ kind }, frames), original: path === undefined ? undefined : { path, extension } };
}

function safeExtension(filename: string): string {
  const extension = extname(filename).toLowerCase();
  return /^\.[a-z0-9]{1,5}$/.test(extension) ? extension : '.bin';
}
