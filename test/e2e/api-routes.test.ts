import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { routes } from '../../contract/api.ts';
import { addClip } from './add-clip.ts';
import { type RunningLoop, startLoop } from './app.ts';

let loop: RunningLoop;
before(async () => {
  loop = await startLoop();
  for (const title of ['Red', 'Green', 'Blue']) await addClip(loop.url, { title });
});
after(() => loop[Symbol.asyncDispose]());

async function call(method: string, path: string) {
  const answer = await fetch(new URL(path, loop.url), { method });
  const text = await answer.text();
  return {
    status: answer.status,
    headers: answer.headers,
    json: text.startsWith('{') ? JSON.parse(text) : undefined,
  };
}

describe('every route', () => {
  const filled = (path: string) =>
    path
      .replace(':slug', 'red')
      .replace(':item', 'red')
      .replace(':display', 'loop')
      .replace(':command', 'pause')
      .replace(':playlist', 'loop');
  const paths = [...new Set(Object.values(routes).map(({ path }) => path))];

  for (const path of paths) {
    const allowed = Object.values(routes)
      .filter((route) => route.path === path)
      .map(({ method }) => method as string);
    test(`${path} refuses other methods than ${allowed.join(', ')} with 405 and Allow`, async () => {
      for (const method of ['GET', 'POST', 'PUT', 'PATCH', 'DELETE'].filter((one) => !allowed.includes(one))) {
        const { status, headers, json } = await call(method, filled(path).slice(1));
        assert.deepEqual([method, status, json.error.code], [method, 405, 'METHOD_NOT_ALLOWED']);
        for (const one of allowed) assert.ok(headers.get('allow')?.includes(one));
      }
    });
  }

  test('what is not there is 404 as JSON, reserved addresses too', async () => {
    for (const path of [
      'nothing',
      'api',
      'api/',
      'api/nothing',
      'api/playlist',
      'api/status',
      'screen',
      'live',
      'ws',
      'ws/test',
      'ws/frames/1',
      'api/media/red/other',
    ]) {
      const { status, json } = await call('GET', path);
      assert.deepEqual([path, status, json?.error.code], [path, 404, 'NOT_FOUND']);
    }
  });

  test('the client has a method for every JSON route that answers what the contract says', async () => {
    const { client } = loop;
    assert.equal((await client.media()).length, 3);
    assert.equal((await client.clip('red')).slug, 'red');
    assert.equal((await client.patchClip('red', { tags: ['a'] })).tags[0], 'a');
    const { items, version } = await client.loop();
    assert.equal(
      (
        await client.orderLoop(
          items.map(({ id }) => id),
          version,
        )
      ).items.length,
      3,
    );
    assert.equal((await client.addToLoop('red', { again: true })).items.length, 4);
    const last = (await client.loop()).items.at(-1);
    assert.equal((await client.setLoopCount(last?.id ?? '', 3)).items.at(-1)?.loop_count, 3);
    assert.equal((await client.removeFromLoop(last?.id ?? '')).items.length, 3);
    assert.equal((await client.activate('blue')).slug, 'blue');
    assert.equal((await client.command('pause')).playing, false);
    assert.equal((await client.changePlayback({ playing: true })).playing, true);
    assert.equal((await client.playback()).display, 'loop');
    assert.equal((await client.displays()).length, 1);
    assert.equal((await client.display('loop')).id, 'loop');
    assert.equal((await client.changeDisplay('loop', { brightness: 100 })).brightness, 100);
    assert.equal((await client.frame('loop', 'png')).type, 'image/png');
    const picture = new Blob([new Uint8Array(320 * 240 * 2)]);
    assert.equal((await client.showFrame('loop', picture, 0.1)).display.id, 'loop');
    assert.equal((await client.action({ action: 'next' })).playback.playing, true);
    assert.equal((await client.dashboard()).media.length, 3);
    assert.ok((await client.storage()).total_bytes > 0);
    assert.ok((await client.stats()).displays.loop);
    assert.equal((await client.health()).services?.http, 'ok');
    assert.equal((await client.socketStatus()).clients, 0);
    assert.deepEqual(await client.uploads(), []);
    await assert.rejects(client.clip('nobody'), { code: 'CLIP_NOT_FOUND' });
  });
});
