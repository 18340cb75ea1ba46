import type { Clip, Transaction } from '../contract/domain.ts';
import { isLoopError, LoopError } from '../format/errors.ts';
import type { Fit } from '../format/frame.ts';
import { Backoff } from './backoff.ts';
import { blobPieces, streamPieces } from './pieces.ts';
import { askWell, errorFromWire, type Place } from './request.ts';
import { announce, type PartName, retrying, sendPart, type TusPart } from './tus-part.ts';

export interface UploadSettings {
  readonly title?: string;
  readonly tags?: readonly string[];
  readonly fit?: Fit;
  readonly dither?: 'none' | 'bayer';
  readonly quality?: 'exact' | 't6' | 't8b';
  readonly add_to_loop?: boolean;
}

export interface UploadOptions extends Place {
  readonly file: Blob;
  readonly filename: string;
  /** SHA-256 of the file, 64 hex digits: the transaction's id, by which it is found again after a reload. */
  readonly hash: string;
  /** The finished clip, as it is being made; without it LOOP converts the file. */
  readonly clip?: AsyncIterable<Uint8Array>;
  readonly settings?: UploadSettings;
  /** `totalBytes` null while the clip is still being made. */
  readonly onProgress?: (progress: { readonly sentBytes: number; readonly totalBytes: number | null }) => void;
  /** Stops sending; what LOOP has stays there for 24 hours, and the same call goes on from it. */
  readonly signal: AbortSignal;
}

/**
 * Uploads a file in resumable parts (tus 1.0), the clip beside it while that is still being made; resolves once LOOP committed it.
 * An original too large to be kept is left out when its clip comes along. Lost connections are waited for.
 * @throws LoopError of the server; ABORTED when LOOP stays away.
 */
export async function uploadMedia(options: UploadOptions): Promise<Clip> {
  const stop = new AbortController();
  const signal = AbortSignal.any([options.signal, stop.signal]);
  const tell = progressOf(options);
  const part = (name: PartName, keepOriginal: boolean): TusPart => ({
    place: options,
    name,
    hash: options.hash,
    metadata: metadataOf(options, name, keepOriginal),
    onSent: (sent, total) => tell(name, sent, total),
    signal,
  });
  try {
    const keepOriginal = await announceOriginal(part('original', true), options);
    if (!keepOriginal) tell('original', 0, 0);
    const originalSent = keepOriginal ? sendPart(part('original', true), blobPieces(options.file)) : undefined;
    const clipSent = options.clip && sendClip(part('clip', keepOriginal), options.clip);
    await Promise.all([originalSent, clipSent]);
  } finally {
    // One part failed: the other one stops too.
    stop.abort(new LoopError('ABORTED', 'The other part of the upload failed. Try again.'));
  }
  return committed(options);
}

/** A clip that is made again has other bytes, so it begins anew each time. */
async function sendClip(part: TusPart, clip: AsyncIterable<Uint8Array>): Promise<void> {
  await announce(part, null);
  await sendPart(part, streamPieces(clip));
}

/** Whether the original is kept: false when it is too large, and its clip comes without it. */
async function announceOriginal(part: TusPart, { file, clip }: UploadOptions): Promise<boolean> {
  try {
    await announce(part, file.size);
    return true;
  } catch (error) {
    if (clip && isLoopError(error, 'FILE_TOO_LARGE')) return false;
    throw error;
  }
}

function metadataOf(options: UploadOptions, part: PartName, keepOriginal: boolean): Record<string, string> {
  const { title, tags, fit, dither, quality, add_to_loop: addToLoop } = options.settings ?? {};
  const given: Record<string, string | undefined> = {
    title,
    tags: tags && JSON.stringify(tags),
    fit,
    dither,
    quality,
    add_to_loop: addToLoop?.toString(),
  };
  const settings = Object.fromEntries(
    Object.entries(given).filter((entry): entry is [string, string] => entry[1] !== undefined),
  );
  return {
    hash: options.hash,
    part,
    filename: options.filename,
    convert: options.clip ? 'browser' : 'server',
    original_size: String(options.file.size),
    keep_original: String(keepOriginal),
    ...settings,
  };
}

/** Adds up what both parts have sent. */
function progressOf({
  onProgress,
  file,
  clip,
}: UploadOptions): (part: PartName, sent: number, total: number | null) => void {
  const sent = { original: 0, clip: 0 };
  const totals: Record<PartName, number | null> = { original: file.size, clip: clip ? null : 0 };
  return (part, sentBytes, totalBytes) => {
    sent[part] = sentBytes;
    totals[part] = totalBytes;
    const isKnown = totals.original !== null && totals.clip !== null;
    onProgress?.({
      sentBytes: sent.original + sent.clip,
      totalBytes: isKnown ? (totals.original ?? 0) + (totals.clip ?? 0) : null,
    });
  };
}

/** Waits until LOOP checked and committed everything, however long converting takes. */
async function committed(options: UploadOptions): Promise<Clip> {
  const backoff = new Backoff();
  for (;;) {
    const { hash, signal } = options;
    const answer = await retrying(options, backoff, () => askWell(options, `api/uploads/${hash}?wait=30`, { signal }));
    const said = (await answer.json()) as { readonly media?: Clip; readonly transaction?: Transaction };
    backoff.reset();
    if (said.media) return said.media;
    if (said.transaction?.error) throw errorFromWire(said.transaction.error);
  }
}
