import assert from 'node:assert/strict';
import { mkdir, readdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { clip as clipSchema, loop as loopSchema } from '../../../contract/domain.ts';
import { isLoopError, type LoopError } from '../../../format/errors.ts';
import { clipBytes, geometry, newClip, signal, storeIn, temporaryFolder } from './made-clips.ts';

const failsWith = (code: string) => (error: unknown) => isLoopError(error) && error.code === code;

const candidates = (error: LoopError) => error.details?.candidates as { slug: string }[];

test('a clip that was added is in media, in the loop and in its folder, in the shapes of the contract', async () => {
  await using folder = await temporaryFolder();
  await using store = await storeIn(folder.path);
  const heard: string[] = [];
  for (const event of ['clip_added', 'clip_changed', 'loop_changed'] as const) store.on(event, () => heard.push(event));
  const fresh = await newClip(folder.path, 'Größe 日本', { frames: 5 });
  const { clip, isNew } = await store.add(fresh, { signal });
  assert.equal(isNew, true);
  assert.deepEqual(clipSchema.parse(clip), clip);
  assert.deepEqual(loopSchema.parse(store.loop()), store.loop());
  assert.deepEqual([clip.width, clip.height, clip.frame_count, clip.duration_ms, clip.fps], [32, 24, 5, 200, 25]);
  assert.equal(clip.content_hash, fresh.hash);
  assert.deepEqual(
    store.loop().items.map(({ slug, loop_count }) => [slug, loop_count]),
    [[clip.slug, 2]],
  );
  assert.deepEqual((await readdir(join(folder.path, 'media', fresh.hash))).sort(), [
    '32x24.loop',
    'original.mp4',
    'sidecar.json',
  ]);
  assert.deepEqual(await readdir(join(folder.path, 'uploads')), []);
  assert.deepEqual(heard, ['clip_added', 'loop_changed']);
  assert.deepEqual(await readFile(store.file(clip.slug, 'clip').path), await readFile(fresh.rendition));
  assert.equal(store.file(clip.slug, 'original').type, 'video/mp4');
  assert.equal((await store.poster(clip.slug, { signal })).type, 'image/png');
});

test('the same original again is the same clip; with another fit its rendition is replaced as a whole', async () => {
  await using folder = await temporaryFolder();
  await using store = await storeIn(folder.path);
  const { clip } = await store.add(await newClip(folder.path, 'one'), { signal });
  const before = store.file(clip.slug, 'clip');
  const again = await store.add({ ...(await newClip(folder.path, 'one')), title: 'another title' }, { signal });
  assert.deepEqual([again.isNew, again.clip], [false, clip]);
  assert.equal(store.file(clip.slug, 'clip').etag, before.etag);
  const cover = await newClip(folder.path, 'one', { fit: 'cover', seed: 2 });
  const replaced = await store.add(cover, { signal });
  assert.equal(replaced.clip.title, 'one');
  assert.notEqual(store.file(clip.slug, 'clip').etag, before.etag);
  assert.deepEqual(await readFile(before.path), await readFile(cover.rendition));
  assert.equal(store.clips().length, 1);
});

test('clips of one title get slugs of their own', async () => {
  await using folder = await temporaryFolder();
  await using store = await storeIn(folder.path);
  const titles = ['A cat', 'a CAT', 'A cat!'];
  for (const title of titles) await store.add(await newClip(folder.path, title), { signal });
  assert.deepEqual(
    store.clips().map(({ slug }) => slug),
    ['a-cat', 'a-cat-2', 'a-cat-3'],
  );
});

test('a lost database comes back from the media folder with titles, tags, slugs and the loop', async () => {
  await using folder = await temporaryFolder();
  let before: unknown;
  let instance = '';
  {
    await using store = await storeIn(folder.path);
    for (const title of ['Ünïcode 🎉', 'two', 'three']) await store.add(await newClip(folder.path, title), { signal });
    await store.add({ ...(await newClip(folder.path, 'aside')), addToLoop: false }, { signal });
    await store.patchClip('two', { title: 'Zwei', tags: ['a', 'b', 'a'] });
    await store.removeClip('three');
    before = store.clips();
    instance = store.instance;
  }
  for (const loss of ['delete', 'damage'] as const) {
    const path = join(folder.path, 'loop.sqlite');
    if (loss === 'delete') await rm(path);
    else await writeFile(path, Buffer.alloc(100_000, 'not a database'));
    await using store = await storeIn(folder.path);
    assert.deepEqual(store.clips(), before);
    assert.equal(store.clip('two').title, 'Zwei');
    assert.deepEqual(store.clip('two').tags, ['a', 'b']);
    assert.deepEqual(
      store.loop().items.map(({ slug }) => slug),
      ['unicode', 'two'],
    );
    assert.equal(store.instance, instance);
  }
});

test('a start mends what a kill left between the folder and the database', async () => {
  await using folder = await temporaryFolder();
  const media = join(folder.path, 'media');
  const uploads = join(folder.path, 'uploads');
  const clips = await Promise.all(['gone', 'kept', 'new'].map((title) => newClip(folder.path, title)));
  const [gone, kept, fresh] = clips as [(typeof clips)[0], (typeof clips)[0], (typeof clips)[0]];
  {
    await using store = await storeIn(folder.path);
    for (const one of clips) await store.add(one, { signal });
  }
  // As a kill in the middle of a deletion leaves it, and a database that never heard of the clip called new.
  await rename(join(media, gone.hash), join(uploads, `${gone.hash}.deleted`));
  await mkdir(join(uploads, `${kept.hash}.ready`));
  await rename(join(media, fresh.hash), join(folder.path, 'aside'));
  {
    await using store = await storeIn(folder.path);
    assert.deepEqual(
      store.clips().map(({ slug }) => slug),
      ['kept'],
    );
    assert.deepEqual(
      store.loop().items.map(({ slug }) => slug),
      ['kept'],
    );
    assert.deepEqual(await readdir(uploads), []);
  }
  await rename(join(folder.path, 'aside'), join(media, fresh.hash));
  await using store = await storeIn(folder.path);
  assert.deepEqual(
    store
      .clips()
      .map(({ slug }) => slug)
      .sort(),
    ['kept', 'new'],
  );
  assert.deepEqual(
    store.loop().items.map(({ slug }) => slug),
    ['kept', 'new'],
  );
});

test('a folder without a sidecar is left alone, and a damaged rendition is not offered for playing', async () => {
  await using folder = await temporaryFolder();
  const fresh = await newClip(folder.path, 'hurt');
  const stranger = join(folder.path, 'media', 'a'.repeat(64));
  {
    await using store = await storeIn(folder.path);
    await store.add(fresh, { signal });
  }
  await mkdir(stranger);
  await writeFile(join(stranger, 'mine.txt'), 'mine');
  await writeFile(join(folder.path, 'media', fresh.hash, '32x24.loop'), (await clipBytes()).subarray(0, 200));
  await using store = await storeIn(folder.path);
  assert.deepEqual(
    store.clips().map(({ slug, frame_count }) => [slug, frame_count]),
    [['hurt', 0]],
  );
  assert.equal(store.rendition('hurt', geometry), undefined);
  assert.throws(() => store.file('hurt', 'clip'), failsWith('NOT_FOUND'));
  assert.equal((await stat(join(stranger, 'mine.txt'))).size, 4);
});

test('a rendition for another geometry stands beside the first; where one is missing the nearest is offered', async () => {
  await using folder = await temporaryFolder();
  await using store = await storeIn(folder.path);
  const { clip } = await store.add(await newClip(folder.path, 'one'), { signal });
  const turned = { width: 24, height: 32 };
  assert.equal(store.rendition(clip.slug, turned)?.exact, false);
  const path = join(folder.path, 'turned.loop');
  await writeFile(path, await clipBytes(turned));
  await store.addRendition(clip.content_hash, path, { signal });
  assert.deepEqual(store.rendition(clip.slug, turned)?.geometry, turned);
  assert.equal(store.rendition(clip.slug, turned)?.exact, true);
  assert.equal(store.clip(clip.slug).width, 32);
});

test('a deleted clip leaves media, the loop and the disk', async () => {
  await using folder = await temporaryFolder();
  await using store = await storeIn(folder.path);
  for (const title of ['one', 'two']) await store.add(await newClip(folder.path, title), { signal });
  await store.addToLoop('one', { again: true });
  const { version } = store.loop();
  await store.removeClip('one');
  assert.deepEqual(
    store.loop().items.map(({ slug }) => slug),
    ['two'],
  );
  assert.ok(store.loop().version > version);
  assert.throws(() => store.clip('one'), failsWith('CLIP_NOT_FOUND'));
  await assert.rejects(store.removeClip('one'), failsWith('CLIP_NOT_FOUND'));
  assert.deepEqual(
    new Set(await readdir(join(folder.path, 'media'))),
    new Set([store.clip('two').content_hash, 'library.json']),
  );
});

test('a title of the wrong length and too many tags are refused, and nothing changes', async () => {
  await using folder = await temporaryFolder();
  await using store = await storeIn(folder.path);
  const { clip } = await store.add(await newClip(folder.path, 'one'), { signal });
  await assert.rejects(store.patchClip('one', { title: '😀'.repeat(301) }), failsWith('INVALID_REQUEST'));
  await assert.rejects(store.patchClip('one', { title: ' \n ' }), failsWith('INVALID_REQUEST'));
  await assert.rejects(
    store.patchClip('one', { tags: Array.from({ length: 101 }, (_, i) => `tag ${i}`) }),
    failsWith('INVALID_REQUEST'),
  );
  assert.deepEqual(store.clip('one'), clip);
  assert.equal((await store.patchClip('one', { title: '😀'.repeat(300) })).title, '😀'.repeat(300));
  assert.equal(store.clip('one').slug, 'one');
});

test('a clip is found as a person names it, and a name that fits several names them', async () => {
  await using folder = await temporaryFolder();
  await using store = await storeIn(folder.path);
  for (const title of ['Big Buck Bunny', 'The Big Lebowski', "L'Été", 'big', 'Bunny']) {
    await store.add(await newClip(folder.path, title), { signal });
  }
  assert.equal(store.find('big-buck-bunny').title, 'Big Buck Bunny');
  assert.equal(store.find('BIGBUCK bunny!').title, 'Big Buck Bunny');
  assert.equal(store.find('l ete').title, "L'Été");
  assert.equal(store.find('Big').title, 'big');
  assert.equal(store.find('lebow').title, 'The Big Lebowski');
  assert.throws(
    () => store.find('b'),
    (error) => isLoopError(error, 'CLIP_AMBIGUOUS') && candidates(error).length === 4,
  );
  for (const nothing of ['', '!!', 'cat', '__proto__'])
    assert.throws(() => store.find(nothing), failsWith('CLIP_NOT_FOUND'));
});

test('plays and what a display goes on with survive a restart', async () => {
  await using folder = await temporaryFolder();
  const state = {
    mode: 'shuffle',
    playing: false,
    itemId: 'item_1',
    positionUs: 5,
    seed: 7,
    on: true,
    brightness: 40,
  } as const;
  {
    await using store = await storeIn(folder.path);
    await store.add(await newClip(folder.path, 'one'), { signal });
    for (let i = 0; i < 3; i++) store.countPlay('one');
    store.countPlay('nobody');
    await store.savePlayback('loop', state);
    assert.deepEqual(store.playback('loop'), state);
    assert.equal(store.clip('one').plays, 0);
  }
  await using store = await storeIn(folder.path);
  assert.equal(store.clip('one').plays, 3);
  assert.deepEqual(store.playback('loop'), state);
  assert.equal(store.playback('other'), undefined);
});

test('storage is measured again after a change', async () => {
  await using folder = await temporaryFolder();
  await using store = await storeIn(folder.path);
  const empty = await store.storage();
  assert.equal(await store.storage(), empty);
  const fresh = await newClip(folder.path, 'one');
  await store.add(fresh, { signal });
  const { media_bytes, total_bytes } = await store.storage();
  assert.ok(media_bytes > empty.media_bytes + (await stat(fresh.rendition)).size);
  assert.ok(total_bytes > media_bytes);
});
