import assert from 'node:assert/strict';
import { writeSync } from 'node:fs';
import { readdir, readFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Transaction } from '../../contract/domain.ts';
import { silentLog } from '../../engine/log.ts';
import { checkClipFile } from '../../engine/store/clip-file.ts';
import { openStore, type Store } from '../../engine/store/store.ts';
import { openUploads, type UploadCoordinator, type UploadPlan } from '../../engine/upload/upload-coordinator.ts';
import type { Fit } from '../../format/frame.ts';
import { clipBytes, geometry, optionsOf, sha256, signal } from '../engine/store/made-clips.ts';
import { pieces, planFor } from '../engine/upload/house.ts';
import { blackPng } from '../media/made-media.ts';

// The process that kill.test.ts kills: node kill-child.ts FOLDER SEED VIDEO. It checks what the last kill left, says so, and works
// until it is killed. Each line it says is written at once, so that a kill cannot take it back.

const [folder = '', seed = '1', video = ''] = process.argv.slice(2);
const say = (word: string, value: unknown = null) => writeSync(1, `${JSON.stringify([word, value])}\n`);

/** Originals this process works on; one of them is a video. */
const ORIGINALS = 10;
let state = Number(seed);
/** Park and Miller's generator: the same seed, the same work. */
const random = (below: number) => {
  state = (state * 48_271) % 2_147_483_647;
  return state % below;
};

interface Original {
  readonly bytes: Buffer;
  readonly hash: string;
  /** Whether it comes with a clip; else LOOP converts it. */
  readonly hasClip: boolean;
}

/** A video, and pictures with a tail that readers ignore, so that they take many pieces to send. */
const originals = await Promise.all(
  Array.from({ length: ORIGINALS }, async (_, i): Promise<Original> => {
    const tail = Buffer.alloc(30_000, `tail ${i}`);
    const bytes = i === 0 ? await readFile(video) : Buffer.concat([blackPng(30 + i, 20), tail]);
    return { bytes, hash: sha256(bytes), hasClip: i % 2 === 1 };
  }),
);

/** Everything in the library belongs to a clip, every clip is sound to the last frame, and the loop holds each of them. */
async function checkLibrary(store: Store): Promise<void> {
  const hashes = store.records().map(({ hash }) => hash);
  assert.deepEqual((await readdir(join(folder, 'media'))).sort(), [...hashes, 'library.json'].sort());
  for (const { hash, slug, original = 'no original' } of store.records()) {
    const names = await readdir(join(folder, 'media', hash));
    assert.deepEqual(names.sort(), ['32x24.loop', original, 'sidecar.json'].sort());
    await checkClipFile(store.file(slug, 'clip').path, { signal });
    assert.equal(sha256(await readFile(store.file(slug, 'original').path)), hash);
  }
  const inLoop = store.loop().items.map(({ slug }) => slug);
  assert.deepEqual(new Set(inLoop), new Set(store.clips().map(({ slug }) => slug)));
}

/** Everything on its way in belongs to an upload that can be gone on with; those that are whole are being finished. */
async function checkUploads(open: readonly Transaction[]): Promise<void> {
  const folders = (await readdir(join(folder, 'uploads'))).map((name) => name.replace(/\.\w+$/, ''));
  for (const name of folders)
    assert.ok(
      open.some(({ transaction }) => transaction === name),
      `${name} belongs to nothing`,
    );
  for (const { transaction, parts, error } of open) {
    assert.equal(error, null);
    for (const { part, offset, size } of parts.filter((one) => one.offset !== one.size)) {
      assert.equal((await stat(join(folder, 'uploads', transaction, part))).size, offset, `${part} of ${size}`);
    }
  }
}

async function work(store: Store, uploads: UploadCoordinator): Promise<void> {
  await uploads.idle();
  for (const { transaction } of uploads.transactions()) await add(uploads, transaction, sendParts);
  for (;;) {
    const { hash } = originals[random(originals.length)] as Original;
    const known = store.byHash(hash);
    const choice = known ? random(4) : 3;
    if (known && choice < 2) {
      say('delete', hash);
      await store.removeClip(known.slug);
      say('deleted', hash);
    } else if (known && choice === 2) {
      const title = `title ${random(1000)}`;
      say('title', [hash, title]);
      await store.patchClip(known.slug, { title });
      say('titled', [hash, title]);
    } else {
      await add(uploads, hash, random(2) === 0 ? submit : sendParts);
    }
  }
}

async function add(uploads: UploadCoordinator, hash: string, way: typeof submit): Promise<void> {
  const original = originals.find((one) => one.hash === hash) as Original;
  const fit = (['contain', 'cover', 'stretch'] as const)[random(3)] as Fit;
  say('add', hash);
  await way(uploads, original, fit);
  say('added', hash);
}

/** As a form brings it: alone, or with its clip. */
async function submit(uploads: UploadCoordinator, { bytes, hasClip }: Original, fit: Fit): Promise<void> {
  const incoming = await uploads.incomingFolder(0);
  const original = join(incoming, 'original');
  await writeFile(original, bytes);
  const clip = hasClip ? join(incoming, 'clip') : undefined;
  if (clip) await writeFile(clip, await clipBytes({ fit }));
  const { outcome } = await uploads.submit(plan(bytes, fit, hasClip), { original, clip }, { keepFailed: true });
  await outcome;
}

/** As tus brings it: in parts, gone on with from where the last process was killed. */
async function sendParts(uploads: UploadCoordinator, { bytes, hasClip }: Original, fit: Fit): Promise<void> {
  const wish = plan(bytes, fit, hasClip);
  const had = uploads.transaction(wish.hash)?.parts.find(({ part }) => part === 'original');
  await uploads.begin(wish, 'original', bytes.length);
  const outcome = uploads.outcome(wish.hash);
  const { offset } = uploads.part(wish.hash, 'original');
  if (had && had.offset > 0) say('resumed', wish.hash);
  if (offset < bytes.length) await uploads.append(wish.hash, 'original', offset, pieces(bytes.subarray(offset), 500));
  if (hasClip) {
    const clip = await clipBytes({ fit });
    const half = clip.length >> 1;
    await uploads.begin(wish, 'clip', null);
    await uploads.append(wish.hash, 'clip', 0, pieces(clip.subarray(0, half), 300));
    await uploads.append(wish.hash, 'clip', half, pieces(clip.subarray(half), 300));
    await uploads.declareSize(wish.hash, 'clip', clip.length);
  }
  await outcome;
}

function plan(bytes: Buffer, fit: Fit, hasClip: boolean): UploadPlan {
  const settings = { tags: [], addToLoop: true, fit };
  return planFor(bytes, { convert: hasClip ? 'browser' : 'server', settings });
}

const options = optionsOf();
const store = await openStore({ folder, media: options.media, geometry, log: silentLog, signal });
await checkLibrary(store);
say(
  'state',
  store.records().map(({ hash, title }) => [hash, title]),
);
const uploads = await openUploads({ store, folder, options, geometries: [geometry], log: silentLog, signal });
await checkUploads(uploads.transactions());
say('sound');
await work(store, uploads);
