import { isLoopError, LoopError } from '../format/errors.ts';
import { Backoff, pause } from './backoff.ts';
import type { Pieces } from './pieces.ts';
import { ask, askWell, errorOf, type Place } from './request.ts';

export type PartName = 'original' | 'clip';

/** One part of a transaction, as tus sees it: one upload at `api/uploads/<hash>.<part>`. */
export interface TusPart {
  readonly place: Place;
  readonly name: PartName;
  readonly hash: string;
  readonly metadata: Readonly<Record<string, string>>;
  readonly onSent: (sentBytes: number, totalBytes: number | null) => void;
  readonly signal: AbortSignal;
}

const VERSION = { 'Tus-Resumable': '1.0.0' };
/** Largest body of one request: ingress passes 16 MiB, LOOP's contract says 8. */
const MOST_BYTES = 8 << 20;
const FEWEST_BYTES = 128 << 10;
/** A request should take about this long: progress moves, and a lost connection costs no more than that. */
const PART_MS = 1000;
/** Tries without a byte of progress before it is given up: about 40 s. */
const MOST_TRIES = 12;

/** Makes the upload known. An original that was begun is kept; a clip begins anew. @throws LoopError */
export async function announce(part: TusPart, size: number | null): Promise<void> {
  const { place, metadata, signal } = part;
  const length = size === null ? { 'Upload-Defer-Length': '1' } : { 'Upload-Length': String(size) };
  const headers = { ...VERSION, ...length, 'Upload-Metadata': encode(metadata) };
  await retrying(part, new Backoff(), () => askWell(place, 'api/uploads', { method: 'POST', headers, signal }));
}

/**
 * Sends an announced part to its end, going on from what the server has. The last request tells the length where it was not known.
 * @throws LoopError of the server; ABORTED when it cannot be reached for about 40 s; what the maker of the pieces throws.
 */
export async function sendPart(part: TusPart, pieces: Pieces): Promise<void> {
  const backoff = new Backoff();
  const isDeferred = pieces.size === null;
  let most = 512 << 10;
  let at = await retrying(part, backoff, () => safeBytes(part));
  part.onSent(at.offset, pieces.size);
  while (!at.isWhole) {
    pieces.confirm(at.offset);
    const { bytes, isLast } = await pieces.take(at.offset, most);
    part.signal.throwIfAborted();
    // A length that was told at the beginning is not told again: tus refuses that.
    const length = isLast && isDeferred ? pieces.size : null;
    const begun = performance.now();
    try {
      at = { offset: await sendBytes(part, at.offset, bytes, length), isWhole: isLast };
      backoff.reset();
      most = nextSize(bytes.size, performance.now() - begun);
    } catch (error) {
      await pauseAfter(error, part, backoff);
      at = await retrying(part, backoff, () => safeBytes(part));
    }
    part.onSent(at.offset, pieces.size);
  }
}

/** Does something until it works, as long as trying again may help. */
export async function retrying<Result>(
  { signal }: { readonly signal: AbortSignal },
  backoff: Backoff,
  work: () => Promise<Result>,
): Promise<Result> {
  for (;;) {
    try {
      return await work();
    } catch (error) {
      await pauseAfter(error, { signal }, backoff);
    }
  }
}

/** Waits before another try; throws the error where none would help, or too many failed. */
async function pauseAfter(
  error: unknown,
  { signal }: { readonly signal: AbortSignal },
  backoff: Backoff,
): Promise<void> {
  signal.throwIfAborted();
  if (!isPassing(error) || backoff.tries >= MOST_TRIES) throw error;
  await pause(backoff.next(), { signal });
}

/** Bytes of the part that are safe at the server, and whether those are all. */
async function safeBytes({ place, hash, name, signal }: TusPart): Promise<{ offset: number; isWhole: boolean }> {
  const answer = await ask(place, `api/uploads/${hash}.${name}`, { method: 'HEAD', headers: VERSION, signal });
  if (answer.status === 404 || answer.status === 410) {
    throw new LoopError('UPLOAD_NOT_FOUND', `LOOP does not know the ${name} of this upload any more. Begin it again.`);
  }
  if (!answer.ok) throw await errorOf(answer);
  const offset = answer.headers.get('Upload-Offset');
  return { offset: Number(offset), isWhole: answer.headers.get('Upload-Length') === offset };
}

async function sendBytes(part: TusPart, offset: number, body: Blob, length: number | null): Promise<number> {
  const { place, hash, name, signal } = part;
  const total = length === null ? {} : { 'Upload-Length': String(length) };
  const headers = {
    ...VERSION,
    ...total,
    'Upload-Offset': String(offset),
    'Content-Type': 'application/offset+octet-stream',
  };
  const answer = await askWell(place, `api/uploads/${hash}.${name}`, { method: 'PATCH', headers, body, signal });
  return Number(answer.headers.get('Upload-Offset'));
}

/** The next request's size, so that it takes about a second; at most twice this one's. */
function nextSize(sentBytes: number, tookMs: number): number {
  const ideal = (sentBytes * PART_MS) / Math.max(tookMs, 1);
  return Math.round(Math.min(Math.max(ideal, FEWEST_BYTES), sentBytes * 2, MOST_BYTES)) || FEWEST_BYTES;
}

/** Whether the same request may succeed in a moment: no connection, no room, another offset than thought, a proxy's hiccup. */
function isPassing(error: unknown): boolean {
  return isLoopError(error, 'ABORTED', 'TOO_BUSY', 'UPLOAD_CONFLICT', 'REQUEST_TIMEOUT');
}

/** `key base64,key base64` (tus 1.0, Upload-Metadata). */
function encode(metadata: Readonly<Record<string, string>>): string {
  return Object.entries(metadata)
    .map(([key, value]) => `${key} ${btoa(String.fromCharCode(...new TextEncoder().encode(value)))}`)
    .join(',');
}
