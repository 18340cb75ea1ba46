import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { after, before, describe, test } from 'node:test';
import sharp from 'sharp';
import { clip as clipSchema, dashboard as dashboardSchema, playback as playbackSchema } from '../../contract/domain.ts';
import { addClip } from './add-clip.ts';
import { type RunningLoop, startLoop } from './app.ts';
import { openListener } from './listener.ts';

let loop: RunningLoop;
before(async () => {
  loop = await startLoop();
  await addClip(loop.url, { title: 'Red', colour: [255, 0, 0] });
  await addClip(loop.url, { title: 'Green', colour: [0, 255, 0] });
  await addClip(loop.url, { title: 'Blue', colour: [0, 0, 255] });
});
after(() => loop[Symbol.asyncDispose]());

async function call(method: string, path: string, body?: unknown, headers: Record<string, string> = {}) {
  const init = body === undefined ? { method, headers } : { method, headers, body: JSON.stringify(body) };
  const answer = await fetch(new URL(path, loop.url), init);
  const text = await answer.text();
  return {
    status: answer.status,
    headers: answer.headers,
    text,
    json: text.startsWith('{') ? JSON.parse(text) : undefined,
  };
}

/** Whether the brightest colour on the glass is this one alone. */
async function glassHas(colour: 'r' | 'g' | 'b'): Promise<boolean> {
  const png = await (await loop.client.frame('loop', 'png')).arrayBuffer();
  const { channels } = await sharp(Buffer.from(png)).stats();
  const most = channels.map(({ max }) => max);
  return most[['r', 'g', 'b'].indexOf(colour)] === 255 && most.filter((value) => value > 128).length === 1;
}

describe('media', () => {
  test('the list has every clip with all its fields', async () => {
    const { status, json } = await call('GET', 'api/media');
    assert.equal(status, 200);
    assert.deepEqual(json.media.map(({ slug }: { slug: string }) => slug).sort(), ['blue', 'green', 'red']);
    for (const one of json.media) assert.ok(clipSchema.safeParse(one).success);
  });

  test('one clip; title and tags change and everybody is told', async () => {
    await using listener = await openListener(loop.url);
    const { json } = await call('PATCH', 'api/media/red', { title: 'Röt', tags: ['warm'] });
    assert.deepEqual([json.media.title, json.media.tags, json.media.slug], ['Röt', ['warm'], 'red']);
    assert.equal((await call('GET', 'api/media/red')).json.media.title, 'Röt');
    const update = await listener.wait(({ type, data }) => type === 'dashboard_update' && data?.media !== undefined);
    assert.ok(update.data?.media?.some(({ title }) => title === 'Röt'));
    await call('PATCH', 'api/media/red', { title: 'Red', tags: [] });
  });

  test('clip and original come with tag, ranges and HEAD; the poster is a picture', async () => {
    for (const kind of ['clip', 'original']) {
      const whole = await fetch(new URL(`api/media/green/${kind}`, loop.url));
      const bytes = new Uint8Array(await whole.arrayBuffer());
      assert.ok(whole.headers.get('etag')?.startsWith('"'));
      const part = await fetch(new URL(`api/media/green/${kind}`, loop.url), { headers: { Range: 'bytes=10-19' } });
      assert.equal(part.status, 206);
      assert.deepEqual(new Uint8Array(await part.arrayBuffer()), bytes.subarray(10, 20));
      const head = await call('HEAD', `api/media/green/${kind}`);
      assert.equal(head.headers.get('content-length'), String(bytes.length));
      assert.equal((await call('GET', `api/media/green/${kind}`, undefined, { Range: 'bytes=99999999-' })).status, 416);
    }
    const poster = await fetch(new URL('api/media/green/poster', loop.url));
    assert.match(poster.headers.get('content-type') ?? '', /^image\//);
    assert.equal((await call('GET', 'api/media/nobody/poster')).json.error.code, 'CLIP_NOT_FOUND');
  });

  test('activating a clip answers once its picture is on the glass', async () => {
    for (const [slug, colour] of [
      ['green', 'g'],
      ['blue', 'b'],
      ['red', 'r'],
    ] as const) {
      const { status, json } = await call('POST', `api/media/${slug}/activate`);
      assert.deepEqual([status, json.playback.slug, json.playback.playing], [200, slug, true]);
      assert.ok(playbackSchema.safeParse(json.playback).success);
      assert.ok(await glassHas(colour), `${slug} is on the glass`);
    }
    assert.equal((await call('POST', 'api/media/nobody/activate')).status, 404);
  });

  test('a deleted clip is gone everywhere, and everybody is told', async () => {
    await addClip(loop.url, { title: 'Short lived' });
    await using listener = await openListener(loop.url);
    assert.equal((await call('DELETE', 'api/media/short-lived')).status, 204);
    await listener.wait(({ type, slug }) => type === 'media_deleted' && slug === 'short-lived');
    await listener.wait(({ type, loop: now }) => type === 'loop_updated' && now?.items.length === 3);
    assert.equal((await call('GET', 'api/media/short-lived')).status, 404);
    assert.equal((await call('GET', 'api/media/short-lived/clip')).status, 404);
    assert.equal((await call('GET', 'api/media')).json.media.length, 3);
    assert.equal((await call('DELETE', 'api/media/short-lived')).status, 404);
  });
});

describe('the loop', () => {
  test('order, version, and what does not fit', async () => {
    const { json: first } = await call('GET', 'api/loop');
    const slugs = first.items.map(({ slug }: { slug: string }) => slug);
    assert.ok(first.items.every(({ id }: { id: string }) => id.startsWith('item_')));
    const order = [...slugs].reverse();
    const { status, json: second } = await call('PUT', 'api/loop', { order, version: first.version });
    assert.equal(status, 200);
    assert.deepEqual(
      second.items.map(({ slug }: { slug: string }) => slug),
      order,
    );
    assert.ok(second.version > first.version);
    const stale = await call('PUT', 'api/loop', { order: slugs, version: first.version });
    assert.deepEqual([stale.status, stale.json.error.code], [409, 'LOOP_CHANGED']);
    assert.ok(JSON.stringify(stale.json.error.details).includes(second.items[0].id), 'the list as it is comes along');
    const short = await call('PUT', 'api/loop', { order: slugs.slice(1), version: second.version });
    assert.deepEqual([short.status, short.json.error.code], [422, 'LOOP_MISMATCH']);
    const ids = first.items.map(({ id }: { id: string }) => id);
    assert.equal((await call('PUT', 'api/loop', { order: ids, version: second.version })).status, 200);
  });

  test('adding, adding again, counting, removing by id and by slug', async () => {
    const twice = await call('POST', 'api/loop', { slug: 'red' });
    assert.deepEqual([twice.status, twice.json.error.code], [409, 'ALREADY_IN_LOOP']);
    const { status, json } = await call('POST', 'api/loop', { slug: 'red', again: true, position: 0 });
    assert.deepEqual([status, json.items.length, json.items[0].slug], [201, 4, 'red']);
    const counted = await call('PATCH', `api/loop/${json.items[0].id}`, { loop_count: 7 });
    assert.equal(counted.json.items[0].loop_count, 7);
    assert.equal((await call('DELETE', `api/loop/${json.items[0].id}`)).json.items.length, 3);
    assert.equal((await call('DELETE', 'api/loop/red')).json.items.length, 2);
    assert.equal((await call('DELETE', 'api/loop/red')).json.error.code, 'ITEM_NOT_FOUND');
    assert.equal((await call('POST', 'api/loop', { slug: 'nobody' })).json.error.code, 'CLIP_NOT_FOUND');
    assert.equal((await call('POST', 'api/loop', { slug: 'red' })).status, 201);
  });
});

describe('playback', () => {
  test('every command answers with what is true after it, and everybody is told', async () => {
    await using listener = await openListener(loop.url);
    assert.equal((await call('POST', 'api/playback/pause')).json.playback.playing, false);
    assert.equal((await call('POST', 'api/playback/toggle')).json.playback.playing, true);
    assert.equal((await call('POST', 'api/playback/toggle')).json.playback.playing, false);
    const before = (await call('GET', 'api/playback')).json.playback.slug;
    const next = (await call('POST', 'api/playback/next')).json.playback;
    assert.notEqual(next.slug, before);
    assert.equal(next.playing, true, 'next starts playing');
    assert.equal((await call('POST', 'api/playback/previous')).json.playback.slug, before);
    assert.equal((await call('POST', 'api/playback/pause', { display: 'loop' })).json.playback.playing, false);
    await listener.wait(({ type, playback }) => type === 'playback_changed' && playback?.slug === next.slug);
    const { position_ms: position } = (await call('GET', 'api/playback')).json.playback;
    assert.equal(
      (await call('GET', 'api/playback?display=loop')).json.playback.position_ms,
      position,
      'frozen while paused',
    );
    assert.equal((await call('POST', 'api/playback/play')).json.playback.playing, true);
    assert.equal((await call('POST', 'api/playback/jump')).status, 404);
    assert.equal((await call('POST', 'api/playback/next?display=tv')).json.error.code, 'DISPLAY_NOT_FOUND');
  });

  test('PUT takes any subset and refuses what it does not know', async () => {
    assert.equal((await call('PUT', 'api/playback', { mode: 'shuffle' })).json.playback.mode, 'shuffle');
    const both = (await call('PUT', 'api/playback', { mode: 'loop_all', playing: false })).json.playback;
    assert.deepEqual([both.mode, both.playing], ['loop_all', false]);
    assert.equal((await call('PUT', 'api/playback', {})).status, 200);
    assert.equal((await call('PUT', 'api/playback', { playing: true, playlist: 'loop' })).json.playback.playing, true);
    assert.equal((await call('PUT', 'api/playback', { mode: 'backwards' })).json.error.code, 'INVALID_REQUEST');
    assert.equal((await call('PUT', 'api/playback', { playlist: 'none' })).json.error.code, 'PLAYLIST_NOT_FOUND');
  });

  test('actions: by title as a person says it; the answer is the state', async () => {
    const { json } = await call('POST', 'api/actions', { action: 'show', clip: 'GREEN!' });
    assert.deepEqual(Object.keys(json).sort(), ['display', 'playback']);
    assert.equal(json.playback.slug, 'green');
    const unknown = await call('POST', 'api/actions', { action: 'explode' });
    assert.deepEqual([unknown.status, unknown.json.error.code], [400, 'INVALID_ACTION']);
    assert.match(unknown.json.error.message, /action is "explode".*show, next/);
    assert.equal((await call('POST', 'api/actions', { action: 'show' })).json.error.code, 'INVALID_ACTION');
  });
});

describe('displays', () => {
  test('the list and the display itself; on, off and brightness', async () => {
    const { json } = await call('GET', 'api/displays');
    assert.equal(json.displays.length, 1);
    const off = await call('PUT', 'api/displays/loop', { on: false });
    assert.equal(off.json.on, false);
    assert.deepEqual([(await call('PUT', 'api/displays/loop', { on: true, brightness: 40 })).json.brightness], [40]);
    assert.equal((await call('GET', 'api/displays/loop')).json.brightness, 40);
    await call('PUT', 'api/displays/loop', { brightness: 100 });
    assert.equal((await call('PUT', 'api/displays/loop', { brightness: 101 })).status, 400);
    assert.equal((await call('GET', 'api/displays/tv')).json.error.code, 'DISPLAY_NOT_FOUND');
  });

  const pixel = { create: { width: 4, height: 3, channels: 3, background: '#f0f' } } as const;
  const pictures: [type: string, body: () => Promise<Uint8Array<ArrayBuffer>>][] = [
    ['image/png', async () => new Uint8Array(await sharp(pixel).png().toBuffer())],
    ['image/jpeg', async () => new Uint8Array(await sharp(pixel).jpeg().toBuffer())],
    ['image/gif', async () => new Uint8Array(await sharp(pixel).gif().toBuffer())],
    [
      'application/octet-stream',
      async () => new Uint8Array(320 * 240 * 2).fill(0xf8).map((_, i) => (i % 2 ? 0x1f : 0xf8)),
    ],
  ];
  for (const [type, body] of pictures) {
    test(`a posted ${type} is on the glass when the answer comes, and goes after its seconds`, async () => {
      const init = { method: 'POST', headers: { 'Content-Type': type }, body: await body() };
      const answer = await fetch(new URL('api/displays/loop/frame?seconds=0.5', loop.url), init);
      const state = (await answer.json()) as { playback: { overlay: { kind: string } | null } };
      assert.deepEqual([answer.status, state.playback.overlay?.kind], [200, 'picture']);
      const png = Buffer.from(await (await fetch(new URL('api/displays/loop/frame.png', loop.url))).arrayBuffer());
      const { dominant } = await sharp(png).stats();
      assert.ok(dominant.r > 200 && dominant.g < 60 && dominant.b > 200, JSON.stringify(dominant));
      while ((await call('GET', 'api/playback')).json.playback.overlay)
        await new Promise((resolve) => setTimeout(resolve, 50));
    });
  }

  test('an animated GIF is shown frame by frame', async () => {
    const frames = ['#f00', '#0f0'].map((background) => ({
      create: { width: 8, height: 8, channels: 3 as const, background },
    }));
    const stacked = await Promise.all(frames.map((one) => sharp(one).png().toBuffer()));
    const gif = await sharp(stacked, { join: { animated: true } })
      .gif({ delay: [200, 200], loop: 0 })
      .toBuffer();
    const init = { method: 'POST', headers: { 'Content-Type': 'image/gif' }, body: new Uint8Array(gif) };
    assert.equal((await fetch(new URL('api/displays/loop/frame', loop.url), init)).status, 200);
    const seen = new Set<string>();
    for (let i = 0; i < 100 && seen.size < 2; i++) {
      for (const colour of ['r', 'g'] as const) if (await glassHas(colour)) seen.add(colour);
    }
    assert.deepEqual([...seen].sort(), ['g', 'r']);
    await call('POST', 'api/actions', { action: 'clear_overlay' });
  });

  test('what is no picture is refused by name', async () => {
    const post = async (type: string, body: Uint8Array<ArrayBuffer>, query = '') => {
      const answer = await fetch(new URL(`api/displays/loop/frame${query}`, loop.url), {
        method: 'POST',
        headers: { 'Content-Type': type },
        body,
      });
      return ((await answer.json()) as { error: { code: string } }).error.code;
    };
    const png = new Uint8Array(await sharp(pixel).png().toBuffer());
    assert.equal(await post('image/png', new Uint8Array(randomBytes(500))), 'MEDIA_DAMAGED');
    assert.equal(await post('image/png', png.slice(0, 40)), 'MEDIA_DAMAGED');
    assert.equal(await post('image/png', new Uint8Array()), 'FILE_EMPTY');
    assert.equal(await post('image/jpeg', png), 'MEDIA_UNSUPPORTED');
    assert.equal(await post('image/tiff', png), 'MEDIA_UNSUPPORTED');
    assert.equal(await post('application/octet-stream', new Uint8Array(5)), 'INVALID_REQUEST');
    assert.equal(await post('image/png', png, '?seconds=-1'), 'INVALID_REQUEST');
    assert.equal(await post('image/png', new Uint8Array((16 << 20) + 1)), 'PAYLOAD_TOO_LARGE');
  });

  test('the glass comes as JPEG too', async () => {
    const jpeg = Buffer.from(await (await fetch(new URL('api/displays/loop/frame.jpg', loop.url))).arrayBuffer());
    const { format, width, height } = await sharp(jpeg).metadata();
    assert.deepEqual([format, width, height], ['jpeg', 320, 240]);
  });
});

describe('what views need', () => {
  test('the dashboard has everything and is made once for fifty who ask at once', async () => {
    const made = async () => (await call('GET', 'api/stats')).json.http.caches.dashboard;
    await call('POST', 'api/playback/next');
    const before = await made();
    const answers = await Promise.all(Array.from({ length: 50 }, () => call('GET', 'api/dashboard')));
    for (const { json } of answers) assert.ok(dashboardSchema.safeParse(json).success);
    const after = await made();
    assert.ok(
      after.made - before.made <= 3,
      `made ${after.made - before.made} times: once, and again when playing changed something`,
    );
    assert.ok(after.shared - before.shared >= 47);
  });

  test('a change is in the next answer, at once', async () => {
    for (const title of ['One', 'Two', 'Three', 'Red']) {
      await call('PATCH', 'api/media/red', { title });
      for (const path of ['api/dashboard', 'api/media']) {
        const { json } = await call('GET', path);
        assert.equal(json.media.find(({ slug }: { slug: string }) => slug === 'red').title, title);
      }
      const { json } = await call('GET', 'api/loop');
      assert.equal(json.items.find(({ slug }: { slug: string }) => slug === 'red').title, title);
    }
  });

  test('light and unfinished uploads are in the next answer too, however they were changed', async () => {
    await using listener = await openListener(loop.url);
    listener.send({ type: 'action', id: 1, action: 'set_brightness', brightness: 33 });
    await listener.wait(({ type }) => type === 'result');
    assert.equal((await loop.client.dashboard()).displays[0]?.brightness, 33);
    await loop.client.action({ action: 'turn_off' });
    assert.equal((await loop.client.dashboard()).displays[0]?.on, false);
    await loop.client.action({ action: 'turn_on' });
    await loop.client.action({ action: 'set_brightness', brightness: 100 });
    await listener.wait(({ data }) => data?.displays?.[0]?.brightness === 100);
  });

  test('JSON is compressed, media bytes are not', async () => {
    const headers = { 'Accept-Encoding': 'gzip, br' };
    assert.equal((await call('GET', 'api/dashboard', undefined, headers)).headers.get('content-encoding'), 'gzip');
    assert.equal((await call('GET', 'api/media/red/clip', undefined, headers)).headers.get('content-encoding'), null);
  });

  test('storage, playlists, stats, health', async () => {
    const { json: storage } = await call('GET', 'api/dashboard/storage');
    assert.ok(storage.media_bytes > 0 && storage.free_bytes > 0 && Date.parse(storage.measured_at) > 0);
    assert.deepEqual((await call('GET', 'api/playlists')).json.playlists, [{ id: 'loop', name: 'Loop', items: 3 }]);
    assert.equal((await call('GET', 'api/playlists/loop')).json.playlist.items.length, 3);
    assert.equal((await call('GET', 'api/playlists/other')).json.error.code, 'PLAYLIST_NOT_FOUND');
    const { json: stats } = await call('GET', 'api/stats');
    assert.ok(stats.displays.loop.frames_shown > 0 && stats.process.rss_bytes > 0);
    const health = await call('GET', 'api/health');
    assert.deepEqual([health.status, health.json.services.player, health.json.services.store], [200, 'ok', 'ok']);
  });

  test('the count of WebSocket clients by room', async () => {
    await using one = await openListener(loop.url);
    await using two = await openListener(loop.url);
    two.send({ type: 'subscribe', rooms: ['progress'] });
    await two.wait(({ type }) => type === 'subscribed');
    const { json } = await call('GET', 'api/websocket/status');
    assert.deepEqual([json.clients, json.rooms.dashboard, json.rooms.progress], [2, 2, 1]);
    assert.equal(one.heard[0]?.type, 'initial_dashboard');
  });

  test('what is told adds up to the state', async () => {
    await using listener = await openListener(loop.url);
    await addClip(loop.url, { title: 'Told' });
    await call('POST', 'api/playback/pause');
    await call('PATCH', 'api/media/told', { title: 'Told twice' });
    await call('DELETE', 'api/media/told');
    await call('PUT', 'api/displays/loop', { brightness: 55 });
    await listener.wait(({ type, data }) => type === 'dashboard_update' && data?.displays?.[0]?.brightness === 55);
    const told = listener.state();
    const { json } = await call('GET', 'api/dashboard');
    for (const key of ['media', 'loop', 'playlists', 'uploads', 'version'] as const)
      assert.deepEqual(told[key], json[key], key);
    assert.deepEqual({ ...told.playback, position_ms: 0 }, { ...json.playback, position_ms: 0 });
    const uploaded = listener.heard.filter(({ type }) => type === 'media_uploaded');
    assert.equal(uploaded.length, 1);
    const numbers = listener.heard.flatMap(({ room, seq }) => (room === 'dashboard' ? [seq] : []));
    assert.deepEqual(
      numbers,
      numbers.map((_, i) => i + 1),
    );
    await call('POST', 'api/playback/play');
    await call('PUT', 'api/displays/loop', { brightness: 100 });
  });
});
