import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { startLoop } from './app.ts';
import { until } from './page-browser.ts';

let folder: string;
before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'loop-first-start-'));
});
after(() => rm(folder, { recursive: true, force: true }));

test('a new LOOP shows the clip it brings along, as an ordinary clip, until it is deleted for good', async () => {
  {
    await using first = await startLoop({ folder });
    const [clip, ...others] = await first.client.media();
    assert.deepEqual([others, clip?.title, clip?.slug, clip?.type], [[], 'LOOP', 'loop', 'gif']);
    assert.deepEqual([clip?.width, clip?.height, clip?.frame_count], [320, 240, 100]);
    assert.deepEqual(
      (await first.client.loop()).items.map(({ slug }) => slug),
      ['loop'],
    );
    const { playing, slug } = await first.client.playback();
    assert.deepEqual([playing, slug], [true, 'loop']);
    const glass = async () => Buffer.from(await (await first.client.frame('loop', 'png')).arrayBuffer());
    const before = await glass();
    await until(async () => !before.equals(await glass()), Boolean);
    for (const kind of ['clip', 'original', 'poster'] as const)
      assert.equal((await fetch(new URL(`api/media/loop/${kind}`, first.url))).status, 200, kind);
  }
  {
    await using second = await startLoop({ folder });
    assert.equal((await second.client.media()).length, 1, 'it came once');
    assert.equal((await second.client.patchClip('loop', { title: 'Hello' })).title, 'Hello');
    await second.client.deleteClip('loop');
    assert.equal((await second.client.playback()).slug, null);
  }
  await using third = await startLoop({ folder });
  assert.deepEqual(await third.client.media(), []);
  assert.deepEqual((await third.client.loop()).items, []);
});
