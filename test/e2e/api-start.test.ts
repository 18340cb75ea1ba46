import assert from 'node:assert/strict';
import { mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { LiveState } from '../../client/live-state.ts';
import { addClip } from './add-clip.ts';
import { runLoop, startLoop } from './app.ts';

const temp = await mkdtemp(join(tmpdir(), 'loop-start-'));
after(() => rm(temp, { recursive: true, force: true }));

test('a start from nothing says where it is, and an end saves what was', async () => {
  const folder = join(temp, 'kept');
  const first = await startLoop({ folder });
  assert.match(first.stdout, /^LOOP is ready: http:\/\/127\.0\.0\.1:\d+\/\n$/);
  await addClip(first.url, { title: 'One' });
  await addClip(first.url, { title: 'Two' });
  await first.client.changePlayback({ mode: 'loop_one' });
  await first.client.activate('two');
  await first.client.command('pause');
  const { position_ms: position } = await first.client.playback();
  assert.equal(await first.stop('SIGTERM'), 0);
  const second = await startLoop({ folder });
  const playback = await second.client.playback();
  assert.deepEqual([playback.slug, playback.mode, playback.playing], ['two', 'loop_one', false]);
  assert.ok(Math.abs(playback.position_ms - position) <= 40, `${playback.position_ms} after ${position}`);
  assert.equal(await second.stop('SIGINT'), 0);
});

test('a second signal changes nothing; open sockets and requests do not hold up the end', async () => {
  await using loop = await startLoop();
  using live = new LiveState({ base: loop.url });
  live.start();
  await new Promise<void>((resolve) => live.on('connection', () => resolve()));
  const never = fetch(new URL('api/actions', loop.url), {
    method: 'POST',
    body: new ReadableStream({ start: (controller) => controller.enqueue(new Uint8Array(10)) }),
    duplex: 'half',
  } as RequestInit).catch(() => 'cut');
  const begun = performance.now();
  loop.child.kill('SIGTERM');
  loop.child.kill('SIGINT');
  loop.child.kill('SIGTERM');
  assert.equal(await loop.stop(), 0);
  assert.ok(performance.now() - begun < 5000);
  assert.equal(await never, 'cut');
});

test('bad options: every fault on stderr, exit 2, nothing started', async () => {
  const path = join(temp, 'bad.json');
  await writeFile(path, '{"displays":[{"speed_hz":5}],"colour":"red"}');
  const folder = join(temp, 'never-made');
  const { code, log, stdout } = await runLoop({ LOOP_DATA: folder, LOOP_OPTIONS: path, LOOP_PORT: '0' });
  assert.deepEqual([code, stdout], [2, '']);
  assert.match(log, /displays\[0\]\.speed_hz is 5: .*\n.*colour is "red": /);
  await assert.rejects(stat(folder), { code: 'ENOENT' });
});

test('a taken port is named, and the panel and the data of who holds it are left alone', async () => {
  const server = createServer().listen(0, '127.0.0.1');
  await new Promise((resolve) => server.once('listening', resolve));
  const address = server.address();
  const port = typeof address === 'object' ? String(address?.port) : '';
  const folder = join(temp, 'second');
  const { code, log } = await runLoop({ LOOP_DATA: folder, LOOP_PORT: port });
  server.close();
  assert.equal(code, 1);
  assert.match(log, new RegExp(`Port ${port} of 127.0.0.1 is taken.*LOOP_PORT`));
  await assert.rejects(stat(join(folder, 'loop.sqlite')), { code: 'ENOENT' });
});

test('beyond loopback: a link that logs one browser in, never the token; nobody without it', async () => {
  await using loop = await startLoop({ env: { LOOP_HOST: '0.0.0.0', LOOP_INGRESS_FROM: '127.0.0.9' } });
  const token = (await readFile(join(loop.folder, 'token'), 'utf8')).trim();
  assert.equal((await stat(join(loop.folder, 'token'))).mode & 0o777, 0o600);
  const link = /http:\/\/\S+\/login\?code=\S+/.exec(loop.stdout)?.[0];
  assert.ok(link, loop.stdout);
  assert.match(loop.stdout, /[█▀▄]/, 'the QR code');
  assert.equal((loop.stdout + loop.log).includes(token), false);

  const get = (path: string, headers: Record<string, string> = {}) =>
    fetch(new URL(path, loop.url), { headers, redirect: 'manual' });
  for (const path of ['', 'api/media', 'api/nothing', 'api/dashboard', 'page.js', 'ws']) {
    assert.equal((await get(path)).status, 401, path);
  }
  assert.deepEqual(await (await get('api/health')).json(), { status: 'ok' });
  assert.equal((await get('api/media', { Authorization: `Bearer ${token}` })).status, 200);
  const code = new URL(link).searchParams.get('code');
  const login = await get(`login?code=${code}`);
  assert.deepEqual([login.status, login.headers.get('location')], [303, './']);
  const cookie = login.headers.get('set-cookie')?.split(';', 1)[0] ?? '';
  assert.equal((await get('api/media', { Cookie: cookie })).status, 200);
  assert.equal((await get(`login?code=${code}`)).status, 401);

  const closed = new Promise((resolve) => {
    const socket = new WebSocket(new URL('ws', loop.url.replace('http', 'ws')));
    socket.onerror = () => resolve('refused');
    socket.onopen = () => resolve('open');
  });
  assert.equal(await closed, 'refused');
  using live = new LiveState({ base: loop.url, token });
  live.start();
  await new Promise<void>((resolve) => live.on('change', () => resolve()));
});

test('a data folder that cannot be written is named', {
  skip: process.getuid?.() === 0 && 'root may write anywhere',
}, async () => {
  const { code, log } = await runLoop({ LOOP_DATA: '/proc/loop', LOOP_PORT: '0' });
  assert.equal(code, 1);
  assert.match(log, /STORAGE_READ_ONLY/);
});
