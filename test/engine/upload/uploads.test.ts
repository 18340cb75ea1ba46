import assert from 'node:assert/strict';
import { mkdir, readdir, readFile, utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { isLoopError } from '../../../format/errors.ts';
import { blackPng } from '../../media/made-media.ts';
import { media } from '../../media/media.ts';
import { clipBytes, temporaryFolder } from '../store/made-clips.ts';
import { openHouse, pieces, planFor, uploadsFolder } from './house.ts';

const failsWith = (code: string) => (error: unknown) => isLoopError(error) && error.code === code;
const waiting = { keepFailed: false };

async function fileIn(folder: string, name: string, bytes: Uint8Array): Promise<string> {
  await writeFile(join(folder, name), bytes);
  return join(folder, name);
}

test('an original that comes alone is converted and kept', async () => {
  await using folder = await temporaryFolder();
  await using house = await openHouse(folder.path);
  const bytes = await readFile(await media('bbb.png'));
  const original = await fileIn(folder.path, 'bbb.png', bytes);
  const { outcome } = await house.uploads.submit(planFor(bytes), { original, clip: undefined }, waiting);
  const { clip, isNew } = await outcome;
  assert.deepEqual([isNew, clip.type, clip.width, clip.frame_count, clip.duration_ms], [true, 'image', 32, 1, 0]);
  assert.deepEqual(await readFile(house.store.file(clip.slug, 'original').path), bytes);
  assert.deepEqual(await readdir(uploadsFolder(folder.path)), []);
  assert.deepEqual(house.uploads.transactions(), []);
  const { stage, progress, error } = house.heard.at(-1) ?? {};
  assert.deepEqual([stage, progress, error], ['finalizing', 100, null]);
});

test('progress only rises, each stage within its share', async () => {
  await using folder = await temporaryFolder();
  await using house = await openHouse(folder.path);
  const original = await media('tiny.mp4');
  const bytes = await readFile(original);
  await (await house.uploads.submit(planFor(bytes), { original, clip: undefined }, waiting)).outcome;
  const shares = { resizing: [0, 15], converting: [15, 50], uploading: [50, 80], finalizing: [80, 100] };
  let last = -1;
  for (const { stage, progress } of house.heard) {
    const [from = 0, to = 0] = shares[stage];
    assert.ok(progress >= from && progress <= to && progress >= last, `${stage} ${progress} after ${last}`);
    last = progress;
  }
  assert.deepEqual(new Set(house.heard.map(({ stage }) => stage)), new Set(Object.keys(shares)));
});

test('a clip that comes with its original is checked, not converted', async () => {
  await using folder = await temporaryFolder();
  await using house = await openHouse(folder.path);
  const bytes = Buffer.from('anything a browser can read');
  const original = await fileIn(folder.path, 'film.ogv', bytes);
  const sound = await clipBytes({ frames: 4, seed: 9 });
  const plan = planFor(bytes, { convert: 'browser', filename: 'film.ogv' });
  const clip = await fileIn(folder.path, 'made.loop', sound);
  const done = await (await house.uploads.submit(plan, { original, clip }, waiting)).outcome;
  assert.deepEqual([done.clip.frame_count, done.clip.type], [4, 'video']);
  assert.deepEqual(await readFile(house.store.file(done.clip.slug, 'clip').path), sound);

  const wrong: [Uint8Array, string][] = [
    [sound.subarray(0, -5), 'CLIP_TRUNCATED'],
    [sound.with(sound.length >> 1, (sound[sound.length >> 1] as number) ^ 1), 'CLIP_DAMAGED'],
    [Buffer.from('no clip'), 'NOT_A_CLIP'],
    [await clipBytes({ width: 16, height: 16 }), 'INVALID_REQUEST'],
  ];
  for (const [content, code] of wrong) {
    const path = await fileIn(folder.path, 'wrong.loop', content);
    const { outcome } = await house.uploads.submit(plan, { original, clip: path }, waiting);
    await assert.rejects(outcome, failsWith(code));
  }
  assert.deepEqual(
    house.store.clips().map(({ frame_count }) => frame_count),
    [4],
  );
  await house.uploads.idle();
  assert.deepEqual(await readdir(uploadsFolder(folder.path)), []);
});

test('the same file twice at once becomes one clip, and with another fit the clip follows', async () => {
  await using folder = await temporaryFolder();
  await using house = await openHouse(folder.path);
  const original = await media('bbb.png');
  const bytes = await readFile(original);
  const submit = async (fit?: 'cover') => {
    const settings = { tags: [], addToLoop: true, ...(fit && { fit }) };
    const { outcome } = await house.uploads.submit(
      planFor(bytes, { settings }),
      { original, clip: undefined },
      waiting,
    );
    return outcome;
  };
  const results = await Promise.all([submit(), submit(), submit()]);
  assert.deepEqual(results.map(({ isNew }) => isNew).sort(), [false, false, true]);
  assert.equal(house.store.clips().length, 1);
  const { etag } = house.store.file('made', 'clip');
  await submit('cover');
  const covered = house.store.file('made', 'clip').etag;
  assert.notEqual(covered, etag);
  await submit();
  assert.equal(house.store.file('made', 'clip').etag, covered);
  assert.equal(house.store.loop().items.length, 1);
});

test('parts that come in pieces, in any order, are gone on with after a restart', async () => {
  await using folder = await temporaryFolder();
  const bytes = blackPng(20, 20);
  const clip = await clipBytes({ frames: 30 });
  const plan = planFor(bytes, { convert: 'browser' });
  {
    await using house = await openHouse(folder.path);
    await house.uploads.begin(plan, 'clip', null);
    assert.equal(await house.uploads.append(plan.hash, 'clip', 0, pieces(clip.subarray(0, 3000))), 3000);
    await assert.rejects(house.uploads.append(plan.hash, 'clip', 2000, pieces(clip)), failsWith('UPLOAD_CONFLICT'));
  }
  await using house = await openHouse(folder.path);
  assert.deepEqual(house.uploads.part(plan.hash, 'clip'), { offset: 3000, size: null });
  const [open] = house.uploads.transactions();
  assert.deepEqual([open?.transaction, open?.parts], [plan.hash, [{ part: 'clip', offset: 3000, size: null }]]);
  await house.uploads.append(plan.hash, 'clip', 3000, pieces(clip.subarray(3000)));
  await house.uploads.declareSize(plan.hash, 'clip', clip.length);
  await house.uploads.begin(plan, 'original', bytes.length);
  const outcome = house.uploads.outcome(plan.hash);
  await house.uploads.append(plan.hash, 'original', 0, pieces(bytes));
  assert.equal((await outcome)?.clip.frame_count, 30);
  assert.deepEqual(house.uploads.part(plan.hash, 'original'), { offset: bytes.length, size: bytes.length });
});

test('what came before a lost connection is kept', async () => {
  await using folder = await temporaryFolder();
  await using house = await openHouse(folder.path);
  const bytes = blackPng(200, 200);
  const plan = planFor(bytes);
  const broken = async function* () {
    yield bytes.subarray(0, 10);
    yield bytes.subarray(10, 30);
    throw new Error('connection lost');
  };
  await house.uploads.begin(plan, 'original', bytes.length);
  await assert.rejects(house.uploads.append(plan.hash, 'original', 0, broken()), /connection lost/);
  assert.equal(house.uploads.part(plan.hash, 'original').offset, 30);
  await house.uploads.begin(plan, 'original', bytes.length);
  assert.equal(house.uploads.part(plan.hash, 'original').offset, 30);
  const outcome = house.uploads.outcome(plan.hash);
  await house.uploads.append(plan.hash, 'original', 30, pieces(bytes.subarray(30)));
  assert.equal((await outcome)?.isNew, true);
});

test('a clip that is begun anew does not get bytes of the old one', async () => {
  await using folder = await temporaryFolder();
  await using house = await openHouse(folder.path);
  const plan = planFor(Buffer.from('x'), { convert: 'browser', keepOriginal: false });
  const gate = Promise.withResolvers<void>();
  const slow = async function* () {
    yield Buffer.from('old');
    await gate.promise;
    yield Buffer.from('old');
  };
  await house.uploads.begin(plan, 'clip', null);
  const old = house.uploads.append(plan.hash, 'clip', 0, slow());
  while (house.uploads.part(plan.hash, 'clip').offset === 0) await new Promise(setImmediate);
  await house.uploads.begin(plan, 'clip', null);
  gate.resolve();
  await assert.rejects(old, failsWith('UPLOAD_CONFLICT'));
  assert.equal(house.uploads.part(plan.hash, 'clip').offset, 0);
});

test('an original that is not what its hash says is refused, and its bytes are not kept', async () => {
  await using folder = await temporaryFolder();
  await using house = await openHouse(folder.path);
  const plan = planFor(Buffer.from('what was announced'));
  await house.uploads.begin(plan, 'original', 5);
  const outcome = house.uploads.outcome(plan.hash);
  await house.uploads.append(plan.hash, 'original', 0, pieces(Buffer.from('other')));
  await assert.rejects(outcome as Promise<unknown>, failsWith('CHECKSUM_MISMATCH'));
  const [failed] = house.uploads.transactions();
  assert.deepEqual([failed?.error?.code, failed?.parts], ['CHECKSUM_MISMATCH', []]);
  await assert.rejects(house.uploads.retry(plan.hash), failsWith('UPLOAD_CONFLICT'));
});

test('an upload without its original keeps the clip alone', async () => {
  await using folder = await temporaryFolder();
  await using house = await openHouse(folder.path, { options: { media: { max_file_size_mb: 1 } } });
  const plan = planFor(Buffer.from('large'), { convert: 'browser', keepOriginal: false, originalBytes: 80_000_000 });
  await assert.rejects(house.uploads.begin(plan, 'original', 80_000_000), failsWith('FILE_TOO_LARGE'));
  await assert.rejects(house.uploads.begin(plan, 'original', 0), failsWith('FILE_EMPTY'));
  const clip = await clipBytes();
  await house.uploads.begin(plan, 'clip', clip.length);
  const outcome = house.uploads.outcome(plan.hash);
  await house.uploads.append(plan.hash, 'clip', 0, pieces(clip));
  const done = await outcome;
  assert.equal(done?.clip.original_size_bytes, 80_000_000);
  assert.throws(() => house.store.file(done?.clip.slug as string, 'original'), failsWith('NOT_FOUND'));
});

test('a conversion that failed stays to be seen and can be tried again; ending LOOP is no failure', async () => {
  await using folder = await temporaryFolder();
  const original = await media('tiny.mp4');
  const bytes = await readFile(original);
  const { PATH } = process.env;
  {
    await using house = await openHouse(folder.path);
    process.env.PATH = folder.path;
    try {
      const { outcome } = await house.uploads.submit(
        planFor(bytes),
        { original, clip: undefined },
        { keepFailed: true },
      );
      await assert.rejects(outcome, failsWith('FFMPEG_MISSING'));
    } finally {
      process.env.PATH = PATH;
    }
    assert.equal(house.heard.at(-1)?.error?.code, 'FFMPEG_MISSING');
  }
  {
    await using house = await openHouse(folder.path);
    assert.equal(house.uploads.transactions()[0]?.error?.code, 'FFMPEG_MISSING');
    await house.uploads.retry(planFor(bytes).hash);
    assert.equal(house.uploads.transactions()[0]?.error, null);
  }
  await using house = await openHouse(folder.path);
  await house.uploads.idle();
  assert.equal(house.store.clips().length, 1);
});

test('a cancelled upload is gone, also while it is being converted', async () => {
  await using folder = await temporaryFolder();
  await using house = await openHouse(folder.path);
  const original = await media('tiny.mp4');
  const plan = planFor(await readFile(original));
  const { outcome } = await house.uploads.submit(plan, { original, clip: undefined }, waiting);
  outcome.catch(() => {});
  await house.uploads.cancel(plan.hash);
  await assert.rejects(outcome, failsWith('ABORTED'));
  await house.uploads.begin(plan, 'original', 1000);
  await house.uploads.cancel(plan.hash);
  await assert.rejects(house.uploads.cancel(plan.hash), failsWith('UPLOAD_NOT_FOUND'));
  assert.deepEqual([house.store.clips(), await readdir(uploadsFolder(folder.path))], [[], []]);
});

test('a start removes what cannot be gone on with, and what nobody went on with for a day', async () => {
  await using folder = await temporaryFolder();
  const plan = planFor(Buffer.from('old'));
  const young = planFor(Buffer.from('young'));
  {
    await using house = await openHouse(folder.path);
    await house.uploads.begin(plan, 'original', 3);
    await house.uploads.begin(young, 'original', 5);
    await house.uploads.incomingFolder(0);
  }
  const uploads = uploadsFolder(folder.path);
  await mkdir(join(uploads, 'b'.repeat(64)));
  await writeFile(join(uploads, 'stray'), 'stray');
  const yesterday = new Date(Date.now() - 25 * 3_600_000);
  for (const name of ['', 'original', 'transaction.json'])
    await utimes(join(uploads, plan.hash, name), yesterday, yesterday);
  await using house = await openHouse(folder.path);
  assert.deepEqual(await readdir(uploads), [young.hash]);
  assert.deepEqual(
    house.uploads.transactions().map(({ transaction }) => transaction),
    [young.hash],
  );
});

test('displays of other geometries get renditions of their own in the background', async () => {
  await using folder = await temporaryFolder();
  const turned = { width: 24, height: 32 };
  const original = await media('bbb.png');
  const plan = planFor(await readFile(original), { settings: { tags: [], addToLoop: true, fit: 'cover' } });
  {
    await using house = await openHouse(folder.path, { geometries: [{ width: 32, height: 24 }, turned] });
    await (await house.uploads.submit(plan, { original, clip: undefined }, waiting)).outcome;
    await house.uploads.idle();
    assert.equal(house.store.rendition('made', turned)?.exact, true);
  }
  const third = { width: 16, height: 16 };
  await using house = await openHouse(folder.path, { geometries: [{ width: 32, height: 24 }, third] });
  await house.uploads.idle();
  assert.equal(house.store.rendition('made', third)?.exact, true);
  assert.deepEqual(
    new Set(house.store.records()[0]?.renditions.map(({ conversion }) => conversion.fit)),
    new Set(['cover']),
  );
});

test('no more than a hundred uploads are open, and failed ones make room', async () => {
  await using folder = await temporaryFolder();
  await using house = await openHouse(folder.path);
  const failed = planFor(Buffer.from('failed'));
  await house.uploads.begin(failed, 'original', 5);
  const outcome = house.uploads.outcome(failed.hash);
  await house.uploads.append(failed.hash, 'original', 0, pieces(Buffer.from('wrong')));
  await assert.rejects(outcome as Promise<unknown>);
  const begin = (i: number) => house.uploads.begin(planFor(Buffer.from(`upload ${i}`)), 'original', 10);
  for (let i = 0; i < 100; i++) await begin(i);
  await assert.rejects(begin(100), failsWith('TOO_BUSY'));
  assert.equal(house.uploads.transaction(failed.hash), undefined);
});
