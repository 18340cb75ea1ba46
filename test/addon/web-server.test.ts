import assert from 'node:assert/strict';
import { connect } from 'node:net';
import { text } from 'node:stream/consumers';
import { after, test } from 'node:test';
import { Gate } from '../../addon/http/gate.ts';
import { loginRow } from '../../addon/http/login.ts';
import { LoginPage } from '../../addon/http/login-page.ts';
import { sendJson } from '../../addon/http/send.ts';
import { openWebServer, type Row, type WebServer } from '../../addon/http/server.ts';
import type { Policy } from '../../addon/http/who-may.ts';
import { OneTimeCode, Token } from '../../addon/token.ts';
import { silentLog } from '../../engine/log.ts';
import type { LoopError } from '../../format/errors.ts';

const ended = new AsyncDisposableStack();
after(() => ended.disposeAsync());

async function start(
  rows: Row[],
  policy: Partial<Policy> = {},
  requestTimeoutSeconds = 300,
  most = 12,
): Promise<WebServer> {
  const web = await openWebServer({
    host: '127.0.0.1',
    port: 0,
    requestTimeoutSeconds,
    gate: new Gate({ most }),
    loginPage: new LoginPage('<form>{{note}}</form>'),
    log: silentLog,
    policy: (port) => ({
      isLoopback: true,
      token: new Token('the-token'),
      cookieName: `loop_${port}`,
      allowedOrigins: ['https://panel.example'],
      ingressFrom: undefined,
      ...policy,
    }),
  });
  ended.use(web);
  web.mount(...rows);
  web.open();
  return web;
}

/** Sends bytes as they are, and returns all that comes back. */
async function raw(port: number, bytes: string): Promise<string> {
  const socket = connect(port, '127.0.0.1');
  socket.write(bytes);
  return text(socket);
}

const echo: Row = {
  pattern: /^\/echo(\/|$)/,
  counts: true,
  handle: ({ req, res, path }) => sendJson(req, res, 200, { path }),
};
const plain = await start([echo]);
const url = (web: WebServer, path: string) => `http://127.0.0.1:${web.port}${path}`;

for (const path of [
  '/echo/../etc',
  '/echo/%2e%2e/etc',
  '/echo/%2Fa',
  '/echo/a%5cb',
  '/echo/%00',
  '/echo/\\a',
  '/echo/%zz',
  '/echo/%ff',
  '*',
  'http://evil/echo',
]) {
  test(`the path ${path} is refused with 400`, async () => {
    const answer = await raw(plain.port, `GET ${path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n`);
    assert.match(answer, /^HTTP\/1\.1 400 /);
    assert.match(answer, /INVALID_REQUEST/);
  });
}

test('an unknown path is 404 as JSON, with the headers every answer has', async () => {
  const answer = await fetch(url(plain, '/nothing'));
  assert.equal(answer.status, 404);
  assert.equal(answer.headers.get('x-content-type-options'), 'nosniff');
  assert.equal(answer.headers.get('x-frame-options'), null, 'ingress shows LOOP in an iframe');
  assert.equal(((await answer.json()) as { error: { code: string } }).error.code, 'NOT_FOUND');
});

test('what is no HTTP gets an answer and no crash', async () => {
  assert.match(await raw(plain.port, '\x16\x03\x01 tls?\r\n\r\n'), /^HTTP\/1\.1 400 /);
  assert.match(
    await raw(plain.port, `GET /echo HTTP/1.1\r\nHost: localhost\r\nX: ${'x'.repeat(40_000)}\r\n\r\n`),
    /^HTTP\/1\.1 431 /,
  );
  assert.equal((await fetch(url(plain, '/echo'))).status, 200);
});

test('a fault of LOOP itself is 500 and tells nothing of its inside', async () => {
  const web = await start([
    { pattern: /^\/fail$/, counts: true, handle: () => Promise.reject(new Error('secret path /data')) },
  ]);
  const answer = await fetch(url(web, '/fail'));
  assert.equal(answer.status, 500);
  assert.doesNotMatch(await answer.text(), /secret/);
});

test('a foreign Host is 421 and a foreign page 403, an allowed one may read', async () => {
  assert.match(
    await raw(plain.port, 'GET /echo HTTP/1.1\r\nHost: evil.example\r\nConnection: close\r\n\r\n'),
    /^HTTP\/1\.1 421 /,
  );
  const foreign = await fetch(url(plain, '/echo'), { method: 'POST', headers: { Origin: 'https://evil.example' } });
  assert.equal(foreign.status, 403);
  assert.equal(foreign.headers.get('access-control-allow-origin'), null);
  const allowed = await fetch(url(plain, '/echo'), { method: 'POST', headers: { Origin: 'https://panel.example' } });
  assert.equal(allowed.headers.get('access-control-allow-origin'), 'https://panel.example');
  const asked = {
    Origin: 'https://panel.example',
    'Access-Control-Request-Method': 'PUT',
    'Access-Control-Request-Headers': 'authorization',
  };
  const preflight = await fetch(url(plain, '/echo'), { method: 'OPTIONS', headers: asked });
  assert.deepEqual([preflight.status, preflight.headers.get('access-control-allow-headers')], [204, 'authorization']);
});

test('until the API is there LOOP says that it is starting', async () => {
  await using web = await openWebServer({
    host: '127.0.0.1',
    port: 0,
    requestTimeoutSeconds: 300,
    gate: new Gate({ most: 1 }),
    loginPage: new LoginPage(''),
    log: silentLog,
    policy: () => plain.policy,
  });
  const answer = await fetch(url(web, '/api/media'));
  assert.deepEqual([answer.status, answer.headers.get('retry-after')], [503, '2']);
});

test('a taken port is named, with the mend', async () => {
  const options = { host: '127.0.0.1', port: plain.port, requestTimeoutSeconds: 1, gate: new Gate({ most: 1 }) };
  await assert.rejects(
    openWebServer({ ...options, loginPage: new LoginPage(''), log: silentLog, policy: () => plain.policy }),
    (error: LoopError) =>
      error.code === 'PORT_TAKEN' &&
      error.message.includes(`Port ${plain.port}`) &&
      error.message.includes('LOOP_PORT'),
  );
});

test('a request that does not arrive in time is 408, and the others go on', async () => {
  const body: Row = {
    pattern: /^\/body$/,
    counts: true,
    handle: async ({ req, res }) => sendJson(req, res, 200, { length: (await text(req)).length }),
  };
  const web = await start([body, echo], {}, 1);
  const slowBody = raw(web.port, 'POST /body HTTP/1.1\r\nHost: localhost\r\nContent-Length: 5\r\n\r\nab');
  const slowHead = raw(web.port, 'GET /echo HTTP/1.1\r\nHost: localh');
  assert.equal((await fetch(url(web, '/echo'))).status, 200);
  assert.match(await slowBody, /^HTTP\/1\.1 408 .*REQUEST_TIMEOUT/s);
  assert.match(await slowHead, /^HTTP\/1\.1 408 /);
});

test('more requests than fit wait at the gate; what does not count passes', async () => {
  const held: (() => void)[] = [];
  const hold: Row = {
    pattern: /^\/hold$/,
    counts: true,
    async handle({ req, res }) {
      await new Promise<void>((resolve) => held.push(resolve));
      await sendJson(req, res, 200, {});
    },
  };
  const free: Row = { pattern: /^\/free$/, counts: false, handle: ({ req, res }) => sendJson(req, res, 200, {}) };
  const web = await start([hold, free, echo], {}, 300, 2);
  const first = [fetch(url(web, '/hold')), fetch(url(web, '/hold'))];
  while (held.length < 2) await new Promise((resolve) => setTimeout(resolve, 5));
  const third = fetch(url(web, '/echo'));
  while (web.gate.figures.waiting < 1) await new Promise((resolve) => setTimeout(resolve, 5));
  assert.equal((await fetch(url(web, '/free'))).status, 200);
  assert.deepEqual(web.gate.figures, { inside: 2, waiting: 1, refused: 0, most: 2 });
  for (const go of held) go();
  assert.deepEqual(
    (await Promise.all([...first, third])).map(({ status }) => status),
    [200, 200, 200],
  );
  while (web.gate.figures.inside > 0) await new Promise((resolve) => setTimeout(resolve, 5));
});

test('a caller that leaves frees its place', async () => {
  const never: Row = { pattern: /^\/never$/, counts: true, handle: () => new Promise(() => {}) };
  const web = await start([never, echo], {}, 300, 1);
  const left = new AbortController();
  const gone = fetch(url(web, '/never'), { signal: left.signal }).catch(() => 'left');
  while (web.gate.figures.inside < 1) await new Promise((resolve) => setTimeout(resolve, 5));
  const next = fetch(url(web, '/echo'));
  left.abort();
  assert.equal(await gone, 'left');
  assert.equal((await next).status, 200);
});

async function beyondLoopback() {
  const code = new OneTimeCode(Date.now());
  const web = await start([echo], { isLoopback: false });
  web.mount(loginRow({ policy: web.policy, code, page: new LoginPage('<form>{{note}}</form>'), log: silentLog }));
  return { web, code };
}

test('login by form, by token and by the one-time code sets the cookie and goes home by a relative address', async () => {
  const { web, code } = await beyondLoopback();
  const ways: [string, RequestInit][] = [
    ['/login', { method: 'POST', body: new URLSearchParams({ token: 'the-token' }) }],
    ['/login?token=the-token', {}],
    [`/login?code=${code.code}`, {}],
  ];
  for (const [path, init] of ways) {
    const answer = await fetch(url(web, path), { redirect: 'manual', ...init });
    assert.deepEqual([answer.status, answer.headers.get('location')], [303, './']);
    const cookie = answer.headers.get('set-cookie') ?? '';
    assert.match(cookie, /; HttpOnly; SameSite=Strict$/, 'and not Secure on http');
    const headers = { Cookie: cookie.split(';', 1)[0] ?? '' };
    assert.equal((await fetch(url(web, '/echo'), { headers })).status, 200);
  }
  assert.equal((await fetch(url(web, `/login?code=${code.code}`), { redirect: 'manual' })).status, 401, 'one browser');
  assert.equal((await fetch(url(web, '/login?token=wrong'), { redirect: 'manual' })).status, 401);
  const secure = await fetch(url(web, '/login?token=the-token'), {
    redirect: 'manual',
    headers: { 'X-Forwarded-Proto': 'https' },
  });
  assert.match(secure.headers.get('set-cookie') ?? '', /; Secure$/);
});

test('looking at the link does not use it up', async () => {
  const { web, code } = await beyondLoopback();
  await fetch(url(web, `/login?code=${code.code}`), { method: 'HEAD', redirect: 'manual' });
  assert.equal((await fetch(url(web, `/login?code=${code.code}`), { redirect: 'manual' })).status, 303);
});

test('without the token a person sees the login, a program the error', async () => {
  const { web } = await beyondLoopback();
  const person = await fetch(url(web, '/'), { headers: { Accept: 'text/html' } });
  assert.deepEqual([person.status, await person.text()], [401, '<form></form>']);
  const program = await fetch(url(web, '/echo'));
  assert.equal(program.status, 401);
  assert.match(program.headers.get('www-authenticate') ?? '', /^Bearer/);
  assert.equal(((await program.json()) as { error: { code: string } }).error.code, 'UNAUTHORIZED');
});
