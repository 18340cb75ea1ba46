import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { isLoopError } from '../../../format/errors.ts';
import { media } from '../../media/media.ts';
import { clipBytes, newClip, signal, temporaryFolder } from '../store/made-clips.ts';
import { openHouse, pieces, planFor, uploadsFolder } from './house.ts';

const failsWith = (code: string) => (error: unknown) => isLoopError(error) && error.code === code;
const MB = 1024 * 1024;

/** A file system of its own in memory, which can be full or read-only without harm; undefined where this user may not mount. */
async function smallDisk(bytes: number) {
  const folder = await temporaryFolder();
  const mount = (...options: string[]) => execFileSync('mount', [...options, folder.path], { stdio: 'pipe' });
  try {
    mount('-t', 'tmpfs', '-o', `size=${bytes}`, 'tmpfs');
  } catch {
    await folder[Symbol.asyncDispose]();
    return undefined;
  }
  return {
    path: folder.path,
    setReadOnly: (isReadOnly: boolean) => mount('-o', `remount,${isReadOnly ? 'ro' : 'rw'}`),
    [Symbol.asyncDispose]: async () => {
      execFileSync('umount', ['-l', folder.path]);
      await folder[Symbol.asyncDispose]();
    },
  };
}

const NO_MOUNT = 'this user may not mount a small disk';

test('on a full disk every change is refused by name, nothing is lost, and deleting makes room', async (t) => {
  await using disk = await smallDisk(24 * MB);
  if (!disk) return t.skip(NO_MOUNT);
  await using elsewhere = await temporaryFolder();
  const bytes = await readFile(await media('bbb.png'));
  const original = await media('bbb.png');
  {
    await using house = await openHouse(disk.path);
    const { outcome } = await house.uploads.submit(
      planFor(bytes),
      { original, clip: undefined },
      { keepFailed: false },
    );
    await outcome;
    const before = [house.store.clips(), house.store.loop()];
    await assert.rejects(
      house.uploads.begin(planFor(Buffer.from('x')), 'original', 20 * MB),
      failsWith('STORAGE_FULL'),
    );
    await assert.rejects(house.uploads.incomingFolder(20 * MB), failsWith('STORAGE_FULL'));
    const plan = planFor(Buffer.alloc(4 * MB, 'x'), { originalBytes: 4 * MB });
    await house.uploads.begin(plan, 'original', 4 * MB);
    // The disk fills while the bytes come.
    const filler = join(disk.path, 'filler');
    await writeFile(filler, Buffer.alloc(64 * MB)).catch(() => {});
    await assert.rejects(
      house.uploads.append(plan.hash, 'original', 0, pieces(Buffer.alloc(4 * MB, 'x'), MB)),
      failsWith('STORAGE_FULL'),
    );
    await assert.rejects(
      house.store.add(await newClip(elsewhere.path, 'another'), { signal }),
      failsWith('STORAGE_FULL'),
    );
    await assert.rejects(house.store.patchClip('made', { title: 'x'.repeat(300) }), failsWith('STORAGE_FULL'));
    assert.deepEqual([house.store.clips(), house.store.loop()], before);
  }
  await using house = await openHouse(disk.path);
  assert.deepEqual(
    house.store.clips().map(({ slug }) => slug),
    ['made'],
  );
  await house.store.removeClip('made');
  assert.deepEqual(house.store.clips(), []);
});

test('a conversion that finds the disk full can be tried again', async (t) => {
  await using disk = await smallDisk(24 * MB);
  if (!disk) return t.skip(NO_MOUNT);
  await using house = await openHouse(disk.path);
  const clip = await clipBytes({ frames: 200 });
  const plan = planFor(Buffer.from('film'), { convert: 'browser' });
  await house.uploads.begin(plan, 'clip', clip.length);
  await house.uploads.append(plan.hash, 'clip', 0, pieces(clip, 100_000));
  await house.uploads.begin(plan, 'original', 4);
  await writeFile(join(disk.path, 'filler'), Buffer.alloc(64 * MB)).catch(() => {});
  const outcome = house.uploads.outcome(plan.hash) as Promise<unknown>;
  await house.uploads.append(plan.hash, 'original', 0, pieces(Buffer.from('film'))).catch(() => {});
  if (house.uploads.part(plan.hash, 'original').offset === 4) await assert.rejects(outcome, failsWith('STORAGE_FULL'));
  await writeFile(join(disk.path, 'filler'), '');
  const { offset } = house.uploads.part(plan.hash, 'original');
  if (offset === 4) await house.uploads.retry(plan.hash);
  else await house.uploads.append(plan.hash, 'original', offset, pieces(Buffer.from('film').subarray(offset)));
  await house.uploads.idle();
  assert.deepEqual(
    house.store.clips().map(({ frame_count }) => frame_count),
    [200],
  );
});

test('a read-only data folder is played from, and every change is refused by name', async (t) => {
  await using disk = await smallDisk(64 * MB);
  if (!disk) return t.skip(NO_MOUNT);
  await using elsewhere = await temporaryFolder();
  const bytes = await readFile(await media('bbb.png'));
  const original = await media('bbb.png');
  const refusals = async (house: Awaited<ReturnType<typeof openHouse>>) => {
    const before = [house.store.clips(), house.store.loop()];
    const fresh = await newClip(elsewhere.path, 'another');
    const tries = [
      () => house.store.add(fresh, { signal }),
      () => house.store.patchClip('made', { title: 'x' }),
      () => house.store.removeClip('made'),
      () => house.store.removeFromLoop('made'),
      () => house.uploads.begin(planFor(Buffer.from('x')), 'original', 1),
      () => house.uploads.submit(planFor(Buffer.from('x')), { original, clip: undefined }, { keepFailed: false }),
      () => house.uploads.incomingFolder(0),
    ];
    for (const one of tries) await assert.rejects(one, failsWith('STORAGE_READ_ONLY'), String(one));
    assert.deepEqual([house.store.clips(), house.store.loop()], before);
    assert.equal((await readFile(house.store.file('made', 'clip').path)).length, house.store.clip('made').size_bytes);
    assert.deepEqual(house.uploads.transactions(), []);
  };
  {
    await using house = await openHouse(disk.path);
    const { outcome } = await house.uploads.submit(
      planFor(bytes),
      { original, clip: undefined },
      { keepFailed: false },
    );
    await outcome;
  }
  disk.setReadOnly(true);
  {
    await using house = await openHouse(disk.path);
    await refusals(house);
    house.store.countPlay('made');
  }
  disk.setReadOnly(false);
  await using house = await openHouse(disk.path);
  assert.equal(house.store.clips().length, 1);
  assert.deepEqual(await readdir(uploadsFolder(disk.path)), []);
});
