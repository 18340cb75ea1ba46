import assert from 'node:assert/strict';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { openPageFiles } from '../../addon/http/page-files.ts';
import { sendError } from '../../addon/http/send.ts';
import { type SentFile, sendFile } from '../../addon/http/send-file.ts';
import type { Exchange } from '../../addon/http/server.ts';
import { silentLog } from '../../engine/log.ts';

const folder = await mkdtemp(join(tmpdir(), 'loop-files-'));
after(() => rm(folder, { recursive: true }));

async function serve(
  t: { after(done: () => void): void },
  handle: (exchange: Exchange) => Promise<void> | void,
): Promise<string> {
  const listener: RequestListener = async (req, res) => {
    const exchange = { req, res, path: req.url ?? '', groups: {}, caller: { kind: 'local' }, leaveGate() {} } as const;
    try {
      await handle(exchange);
    } catch (error) {
      sendError(req, res, error, silentLog);
    }
  };
  const server = createServer(listener).listen(0, '127.0.0.1');
  t.after(() => server.close());
  await new Promise((resolve) => server.once('listening', resolve));
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

const bytes = Uint8Array.from({ length: 700_000 }, (_, i) => (i * 7) & 255);
const path = join(folder, 'film.bin');
await writeFile(path, bytes);
const kinds: [string, SentFile][] = [
  ['a file', { type: 'video/mp4', etag: '"v1"', path }],
  ['bytes in memory', { type: 'video/mp4', etag: '"v1"', bytes }],
];

for (const [what, file] of kinds) {
  test(`${what}: whole, in parts, by tag, HEAD and 416`, async (t) => {
    const url = await serve(t, (exchange) => sendFile(exchange, file));
    const get = async (headers: Record<string, string> = {}, method = 'GET') => {
      const answer = await fetch(url, { method, headers });
      return { answer, body: new Uint8Array(await answer.arrayBuffer()) };
    };
    const whole = await get();
    assert.equal(whole.answer.status, 200);
    assert.deepEqual(whole.body, bytes);
    assert.equal(whole.answer.headers.get('accept-ranges'), 'bytes');
    const part = await get({ Range: 'bytes=300000-600000' });
    assert.equal(part.answer.status, 206);
    assert.equal(part.answer.headers.get('content-range'), 'bytes 300000-600000/700000');
    assert.deepEqual(part.body, bytes.subarray(300_000, 600_001));
    assert.deepEqual((await get({ Range: 'bytes=-5' })).body, bytes.subarray(-5));
    const none = await get({ Range: 'bytes=700000-' });
    assert.deepEqual([none.answer.status, none.answer.headers.get('content-range')], [416, 'bytes */700000']);
    assert.match(new TextDecoder().decode(none.body), /RANGE_NOT_SATISFIABLE/);
    assert.equal((await get({ Range: 'bytes=0-1', 'If-Range': '"v1"' })).answer.status, 206);
    assert.equal((await get({ Range: 'bytes=0-1', 'If-Range': '"v0"' })).answer.status, 200);
    assert.equal((await get({ 'If-None-Match': '"v1"' })).answer.status, 304);
    const head = await get({ Range: 'bytes=0-9' }, 'HEAD');
    assert.deepEqual([head.answer.status, head.answer.headers.get('content-length'), head.body.length], [206, '10', 0]);
  });
}

test('a file that is gone is 404; an empty one is empty', async (t) => {
  const empty = join(folder, 'empty.bin');
  await writeFile(empty, '');
  const url = await serve(t, (exchange) =>
    sendFile(exchange, { type: 'a/b', etag: '"e"', path: exchange.path === '/empty' ? empty : join(folder, 'no') }),
  );
  assert.equal((await fetch(`${url}/gone`)).status, 404);
  const answer = await fetch(`${url}/empty`);
  assert.deepEqual([answer.status, await answer.text()], [200, '']);
});

test('the page: index, names without .html, compressed forms, tags; nothing beside its folder', async (t) => {
  const page = join(folder, 'page');
  await mkdir(join(page, 'sub'), { recursive: true });
  await writeFile(join(page, 'index.html'), '<!doctype html><title>LOOP</title>');
  await writeFile(join(page, 'diagnostics.html'), 'facts');
  await writeFile(join(page, 'login.html'), '{{note}}');
  await writeFile(join(page, 'page.js'), 'export {};\n'.repeat(500));
  await writeFile(join(page, 'sub', 'a.png'), 'png');
  const { row, count } = await openPageFiles(`${page}/`);
  assert.equal(count, 6);
  for (const secret of ['/login', '/login.html', '/../film.bin', '/page', '/sub', '/index'])
    assert.equal(row.pattern.test(secret), false, secret);
  const url = await serve(t, (exchange) => row.handle(exchange));
  const index = await fetch(`${url}/`);
  assert.match(index.headers.get('content-type') ?? '', /^text\/html/);
  assert.match(index.headers.get('content-security-policy') ?? '', /frame-ancestors 'self'/);
  assert.equal(await (await fetch(`${url}/diagnostics`)).text(), 'facts');
  for (const coding of ['br', 'gzip', null]) {
    const script = await fetch(`${url}/page.js`, { headers: { 'Accept-Encoding': coding ?? 'identity' } });
    assert.equal(script.headers.get('content-encoding'), coding);
    assert.equal((await script.text()).length, 5500);
  }
  const picture = await fetch(`${url}/sub/a.png`);
  assert.deepEqual([picture.headers.get('content-type'), picture.headers.get('content-encoding')], ['image/png', null]);
  const etag = picture.headers.get('etag') ?? '';
  assert.equal((await fetch(`${url}/sub/a.png`, { headers: { 'If-None-Match': etag } })).status, 304);
  assert.equal((await fetch(`${url}/page.js`, { method: 'POST' })).status, 405);
});

test('a page that is not built has no files', async () => {
  const { row, count } = await openPageFiles(join(folder, 'nowhere'));
  assert.equal(count, 0);
  assert.equal(row.pattern.test('/'), false);
});
