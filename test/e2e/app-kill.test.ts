import assert from 'node:assert/strict';
import { readdir, readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { setTimeout as wait } from 'node:timers/promises';
import { uploadMedia } from '../../client/upload.ts';
import type { Clip, Transaction } from '../../contract/domain.ts';
import { checkClipFile } from '../../engine/store/clip-file.ts';
import { clipBytes, sha256, temporaryFolder } from '../engine/store/made-clips.ts';
import { media } from '../media/media.ts';
import { type RunningLoop, startLoop } from './app.ts';

const { signal } = new AbortController();
/** Another one each time; the one that a failed run told is tried again with LOOP_KILL_SEED. */
const seed = Number(process.env.LOOP_KILL_SEED ?? Date.now() % 1_000_000) + 1;
/** Large enough that sending it takes several requests. */
const ORIGINAL_BYTES = 6 << 20;

const ways = ['form', 'tus'] as const;
/** Three instants for each way in, with and without a finished clip: 12 kills. */
const moments = ['while it is sent', 'anywhen', 'while it is finished'] as const;

let state = seed;
/** 0 to 1, by Park and Miller's generator. */
function random(): number {
  state = (state * 48_271) % 2_147_483_647;
  return state / 2_147_483_647;
}

/** A film on its way in. */
interface Film {
  readonly title: string;
  readonly bytes: Buffer<ArrayBuffer>;
  readonly hash: string;
  /** Undefined: LOOP converts it. */
  readonly clip: Buffer | undefined;
  readonly way: (typeof ways)[number];
}

/** A real film of half a second, made large and one of its kind by a box that players skip (ISO/IEC 14496-12, 8.1.2). */
async function makeFilm(number: number, way: Film['way'], hasClip: boolean): Promise<Film> {
  const title = `Film ${number}`;
  const head = await readFile(await media('tiny.mp4'));
  const box = Buffer.alloc(ORIGINAL_BYTES - head.length, title);
  box.writeUInt32BE(box.length, 0);
  box.write('free', 4, 'latin1');
  const bytes = Buffer.concat([head, box]);
  const clip = hasClip ? await clipBytes({ seed: number, frames: 25, width: 320, height: 240 }) : undefined;
  return { title, bytes, hash: sha256(bytes), clip, way };
}

interface Sending {
  /** Bytes the server took, or for a form, that were taken from us. */
  readonly onSent: (bytes: number) => void;
  readonly signal: AbortSignal;
}

function send({ url }: RunningLoop, film: Film, sending: Sending): Promise<Clip> {
  return film.way === 'tus' ? sendParts(url, film, sending) : sendForm(url, film, sending);
}

function sendParts(url: string, { title, bytes, hash, clip }: Film, { onSent, signal }: Sending): Promise<Clip> {
  return uploadMedia({
    base: url,
    file: new Blob([bytes]),
    filename: `${title}.mp4`,
    hash,
    ...(clip && { clip: piecesOf(clip) }),
    settings: { title, add_to_loop: true },
    onProgress: ({ sentBytes }) => onSent(sentBytes),
    signal,
  });
}

async function* piecesOf(bytes: Buffer): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < bytes.length; at += 1 << 18) yield bytes.subarray(at, at + (1 << 18));
}

async function sendForm(url: string, { title, bytes, clip }: Film, { onSent, signal }: Sending): Promise<Clip> {
  const form = new FormData();
  form.set('original', new Blob([bytes]), `${title}.mp4`);
  if (clip) form.set('clip', new Blob([Uint8Array.from(clip)]), 'clip.loop');
  form.set('title', title);
  const { body, headers } = new Response(form);
  let sent = 0;
  const counting = new TransformStream<Uint8Array, Uint8Array>({
    transform(piece, out) {
      out.enqueue(piece);
      sent += piece.length;
      onSent(sent);
    },
  });
  const answer = await fetch(new URL('api/media', url), {
    method: 'POST',
    headers: { 'Content-Type': headers.get('Content-Type') ?? '' },
    body: body?.pipeThrough(counting) ?? null,
    duplex: 'half', // Node asks for it with a stream; the types of browsers do not know it yet
    signal,
  } as RequestInit);
  assert.ok(answer.ok, await answer.clone().text());
  return ((await answer.json()) as { media: Clip }).media;
}

const sizeOf = ({ bytes, clip }: Film) => bytes.length + (clip?.length ?? 0);

/** How long an upload takes that nobody kills. */
interface Pace {
  readonly wholeMs: number;
  /** From the last byte on. */
  readonly finishMs: number;
}

async function measure(loop: RunningLoop, film: Film): Promise<Pace> {
  const begun = performance.now();
  let sentAt = begun;
  const onSent = () => {
    sentAt = performance.now();
  };
  await send(loop, film, { onSent, signal });
  const end = performance.now();
  return { wholeMs: end - begun, finishMs: end - sentAt };
}

/** When to kill: after a share of the bytes, and then so long. */
interface Instant {
  readonly bytes: number;
  readonly waitMs: number;
}

function instantOf(film: Film, moment: (typeof moments)[number], pace: Pace): Instant {
  // By parts, each at most twice as large as the one before: up to the half there is always a rest to be sent.
  if (moment === 'while it is sent') return { bytes: (random() * sizeOf(film)) / 2, waitMs: 0 };
  if (moment === 'anywhen') return { bytes: 0, waitMs: random() * pace.wholeMs };
  return { bytes: sizeOf(film), waitMs: random() * pace.finishMs };
}

/** What is known of each film by what LOOP answered: it is there, it is gone, or either, because a kill came before the answer. */
class Beliefs {
  readonly films = new Map<string, { readonly film: Film; is: 'there' | 'gone' | 'either' }>();

  set(film: Film, is: 'there' | 'gone' | 'either'): void {
    this.films.set(film.hash, { film, is });
  }

  /** A film that is there for sure. */
  any(): Film {
    const there = [...this.films.values()].filter(({ is }) => is === 'there').map(({ film }) => film);
    const film = there[Math.floor(random() * there.length)];
    assert.ok(film, 'the library is empty');
    return film;
  }

  /** Compares with a library, and from then on knows what is true. */
  check(clips: readonly Clip[]): void {
    const found = new Map(clips.map((clip) => [clip.content_hash, clip]));
    for (const { film, is } of this.films.values()) {
      const clip = found.get(film.hash);
      if (is !== 'either') assert.equal(clip ? 'there' : 'gone', is, film.title);
      if (clip) assert.equal(clip.title, film.title);
      this.set(film, clip ? 'there' : 'gone');
    }
    for (const { title, content_hash: hash } of clips) assert.ok(this.films.has(hash), `${title} was never added`);
  }
}

/** Begins an upload, at some instants a delete too, and kills LOOP at the instant. */
async function killDuring(
  loop: RunningLoop,
  beliefs: Beliefs,
  { film, instant, deleteMs }: { film: Film; instant: Instant; deleteMs: number },
): Promise<void> {
  const stop = new AbortController();
  const { promise: isSent, resolve } = Promise.withResolvers<void>();
  const onSent = (bytes: number) => bytes >= instant.bytes && resolve();
  beliefs.set(film, 'either');
  const sending = send(loop, film, { onSent, signal: stop.signal }).then(
    () => beliefs.set(film, 'there'),
    () => undefined, // killed
  );
  if (instant.bytes > 0) await Promise.race([isSent, sending]);
  const leadMs = Math.min(instant.waitMs, random() * deleteMs);
  await wait(instant.waitMs - leadMs);
  const deleting = instant.waitMs > 0 ? remove(loop, beliefs, beliefs.any()) : undefined;
  if (leadMs > 0) await wait(leadMs);
  assert.equal(await loop.stop('SIGKILL'), 'SIGKILL');
  stop.abort();
  await Promise.all([sending, deleting]);
}

async function remove({ client }: RunningLoop, beliefs: Beliefs, film: Film): Promise<void> {
  const clip = (await client.media().catch(() => [])).find(({ content_hash: hash }) => hash === film.hash);
  if (!clip) return; // killed before
  beliefs.set(film, 'either');
  await client.deleteClip(clip.slug).then(
    () => beliefs.set(film, 'gone'),
    () => undefined, // killed
  );
}

const isWhole = ({ clip }: Film, { parts }: Transaction) =>
  parts.length === (clip ? 2 : 1) && parts.every(({ offset, size }) => offset === size);

/** Waits until LOOP has finished by itself what came in whole before the kill; answers the uploads that wait for more bytes. */
async function settled({ url, client }: RunningLoop, beliefs: Beliefs): Promise<Transaction[]> {
  const open = await client.uploads();
  const whole = open.filter((upload) => {
    const known = beliefs.films.get(upload.transaction);
    assert.ok(known, `${upload.filename} was never sent`);
    assert.equal(upload.error, null);
    return isWhole(known.film, upload);
  });
  for (const { transaction } of whole) await fetch(new URL(`api/uploads/${transaction}?wait=30`, url));
  return whole.length > 0 ? settled({ url, client } as RunningLoop, beliefs) : open;
}

/** Everything in `media/` is a clip of the library, whole and sound. */
async function checkMedia({ folder, client }: RunningLoop): Promise<void> {
  const clips = await client.media();
  const hashes = clips.map(({ content_hash: hash }) => hash);
  assert.deepEqual((await readdir(join(folder, 'media'))).sort(), [...hashes, 'library.json'].sort());
  for (const hash of hashes) {
    const at = join(folder, 'media', hash);
    assert.deepEqual((await readdir(at)).sort(), ['320x240.loop', 'original.mp4', 'sidecar.json']);
    await checkClipFile(join(at, '320x240.loop'), { signal });
    assert.equal(sha256(await readFile(join(at, 'original.mp4'))), hash);
  }
  const inLoop = (await client.loop()).items.map(({ slug }) => slug);
  assert.deepEqual(inLoop.sort(), clips.map(({ slug }) => slug).sort());
}

/** Everything in `uploads/` belongs to an upload that can be gone on with, and has the bytes that LOOP says it has. */
async function checkUploads({ folder }: RunningLoop, open: readonly Transaction[]): Promise<void> {
  const names = (await readdir(join(folder, 'uploads'))).sort();
  assert.deepEqual(names, open.map(({ transaction }) => transaction).sort());
  for (const { transaction, parts } of open) {
    const at = join(folder, 'uploads', transaction);
    assert.deepEqual((await readdir(at)).sort(), [...parts.map(({ part }) => part), 'transaction.json'].sort());
    for (const { part, offset } of parts) assert.equal((await stat(join(at, part))).size, offset);
  }
}

test('12 kills of the whole application while it takes films in and deletes others: the old state or the new one, and uploads go on', async (t) => {
  t.diagnostic(`LOOP_KILL_SEED=${seed - 1}`);
  await using folder = await temporaryFolder();
  const start = () => startLoop({ folder: folder.path, isBuilt: true });
  const beliefs = new Beliefs();
  const tally = { taken: 0, gone_on_with: 0, sent_again: 0, deleted: 0 };
  let number = 0;
  let loop = await start();
  try {
    for (const clip of await loop.client.media()) await loop.client.deleteClip(clip.slug);
    for (const way of ways) {
      for (const hasClip of [true, false]) {
        const usual = await makeFilm(number++, way, hasClip);
        const pace = await measure(loop, usual);
        beliefs.set(usual, 'there');
        for (const moment of moments) {
          const film = await makeFilm(number++, way, hasClip);
          const instant = instantOf(film, moment, pace);
          const had = [...beliefs.films.values()].filter(({ is }) => is === 'there').length;
          await killDuring(loop, beliefs, { film, instant, deleteMs: 30 });

          loop = await start();
          const open = await settled(loop, beliefs);
          beliefs.check(await loop.client.media());
          await checkMedia(loop);
          await checkUploads(loop, open);
          const isThere = beliefs.films.get(film.hash)?.is === 'there';
          const now = [...beliefs.films.values()].filter(({ is }) => is === 'there').length;
          tally.deleted += had + (isThere ? 1 : 0) - now;
          const left = open[0]?.parts.find(({ part }) => part === 'original')?.offset ?? 0;
          if (isThere) tally.taken++;
          else if (left > 0) tally.gone_on_with++;
          else tally.sent_again++;
          if (!isThere) await goOn(loop, film, left);
          beliefs.set(film, 'there');
        }
      }
    }
    beliefs.check(await loop.client.media());
    await checkMedia(loop);
    await checkUploads(loop, []);
  } finally {
    await loop.stop();
  }
  t.diagnostic(JSON.stringify(tally));
  assert.ok(tally.gone_on_with > 0 && tally.taken > 0, 'the kills were all too early or too late');
});

/** Sends a film again: by parts only what is missing, and no less than that was there before. */
async function goOn(loop: RunningLoop, film: Film, leftBytes: number): Promise<void> {
  const sent: number[] = [];
  await send(loop, film, { onSent: (bytes) => sent.push(bytes), signal });
  assert.ok((sent[0] ?? 0) > leftBytes, `${film.title} began anew, ${leftBytes} bytes were there`);
}
