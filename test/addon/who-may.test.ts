import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type Asking, type Caller, isLoopback, judge, type Policy } from '../../addon/http/who-may.ts';
import { OneTimeCode, Token } from '../../addon/token.ts';
import { isLoopError } from '../../format/errors.ts';

const token = new Token('the-token');
const beyond: Policy = {
  isLoopback: false,
  token,
  cookieName: 'loop_8765',
  allowedOrigins: ['https://panel.example', 'http://tv.local:8080'],
  ingressFrom: '172.30.32.2',
};
const loopback: Policy = { ...beyond, isLoopback: true, ingressFrom: undefined };

function verdict(policy: Policy, asking: Partial<Asking>): Caller['kind'] | string {
  try {
    const { headers = {}, ...rest } = asking;
    const whole = { method: 'GET', path: '/api/media', remoteAddress: '192.168.1.9', isUpgrade: false, ...rest };
    return judge({ ...whole, headers: { host: '127.0.0.1:8765', ...headers } }, policy).kind;
  } catch (error) {
    if (isLoopError(error)) return error.code;
    throw error;
  }
}

const bearer = { authorization: 'Bearer the-token' };
const ingress = { remoteAddress: '172.30.32.2' };

const table: readonly (readonly [what: string, policy: Policy, asking: Partial<Asking>, expected: string])[] = [
  ['loopback: 127.0.0.1 with a port', loopback, { headers: { host: '127.0.0.1:8765' } }, 'local'],
  ['loopback: localhost', loopback, { headers: { host: 'LocalHost:1' } }, 'local'],
  ['loopback: [::1]', loopback, { headers: { host: '[::1]:8765' } }, 'local'],
  [
    'loopback: a foreign name (DNS rebinding)',
    loopback,
    { headers: { host: 'evil.example:8765' } },
    'HOST_MISDIRECTED',
  ],
  ['loopback: a name that begins right', loopback, { headers: { host: 'localhost.evil.example' } }, 'HOST_MISDIRECTED'],
  ['loopback: no Host', loopback, { headers: { host: undefined as never } }, 'HOST_MISDIRECTED'],
  [
    'loopback: even /login wants the right Host',
    loopback,
    { path: '/login', headers: { host: 'a' } },
    'HOST_MISDIRECTED',
  ],
  ['loopback: POST without Origin (curl)', loopback, { method: 'POST' }, 'local'],
  [
    'loopback: POST of its own page',
    loopback,
    { method: 'POST', headers: { origin: 'http://127.0.0.1:8765' } },
    'local',
  ],
  [
    'loopback: POST of another port',
    loopback,
    { method: 'POST', headers: { origin: 'http://127.0.0.1:80' } },
    'ORIGIN_FORBIDDEN',
  ],
  [
    'loopback: POST of another page',
    loopback,
    { method: 'POST', headers: { origin: 'https://evil.example' } },
    'ORIGIN_FORBIDDEN',
  ],
  [
    'loopback: POST of a page without origin',
    loopback,
    { method: 'POST', headers: { origin: 'null' } },
    'ORIGIN_FORBIDDEN',
  ],
  ['loopback: GET of another page', loopback, { headers: { origin: 'https://evil.example' } }, 'local'],
  [
    'loopback: WebSocket of another page',
    loopback,
    { isUpgrade: true, headers: { origin: 'https://evil.example' } },
    'ORIGIN_FORBIDDEN',
  ],
  [
    'loopback: WebSocket of its own page',
    loopback,
    { isUpgrade: true, headers: { origin: 'http://127.0.0.1:8765' } },
    'local',
  ],
  [
    'loopback: a page that is allowed',
    loopback,
    { method: 'PUT', headers: { origin: 'https://panel.example' } },
    'local',
  ],
  ['loopback: scheme is ignored', loopback, { method: 'PUT', headers: { origin: 'http://panel.example:80' } }, 'local'],
  [
    'loopback: the port counts',
    loopback,
    { method: 'PUT', headers: { origin: 'http://tv.local' } },
    'ORIGIN_FORBIDDEN',
  ],
  ['beyond: nobody', beyond, {}, 'UNAUTHORIZED'],
  ['beyond: not even from this machine', beyond, { remoteAddress: '127.0.0.1' }, 'UNAUTHORIZED'],
  ['beyond: the page', beyond, { path: '/' }, 'UNAUTHORIZED'],
  ['beyond: a WebSocket', beyond, { isUpgrade: true, path: '/ws' }, 'UNAUTHORIZED'],
  ['beyond: the way in', beyond, { path: '/login' }, 'stranger'],
  ['beyond: whether it lives', beyond, { path: '/api/health' }, 'stranger'],
  ['beyond: nothing behind the way in', beyond, { path: '/login/../api/media' }, 'UNAUTHORIZED'],
  ['beyond: the token, any Host', beyond, { headers: { ...bearer, host: 'loop.example' } }, 'token'],
  ['beyond: the scheme in small letters', beyond, { headers: { authorization: 'bearer the-token' } }, 'token'],
  ['beyond: a wrong token', beyond, { headers: { authorization: 'Bearer the-token2' } }, 'UNAUTHORIZED'],
  ['beyond: the token as Basic', beyond, { headers: { authorization: 'Basic the-token' } }, 'UNAUTHORIZED'],
  ['beyond: the cookie', beyond, { headers: { cookie: `a=b; loop_8765=${token.cookie}` } }, 'token'],
  ['beyond: the cookie of another port', beyond, { headers: { cookie: `loop_8766=${token.cookie}` } }, 'UNAUTHORIZED'],
  ['beyond: the token as cookie', beyond, { headers: { cookie: 'loop_8765=the-token' } }, 'UNAUTHORIZED'],
  [
    'beyond: the cookie with a foreign Origin',
    beyond,
    { method: 'POST', headers: { cookie: `loop_8765=${token.cookie}`, origin: 'https://evil.example' } },
    'ORIGIN_FORBIDDEN',
  ],
  ['ingress: no token, any Host', beyond, { ...ingress, headers: { host: 'homeassistant.local:8123' } }, 'ingress'],
  ['ingress: written as IPv6', beyond, { remoteAddress: '::ffff:172.30.32.2' }, 'ingress'],
  [
    'ingress: on loopback the Host is not checked',
    { ...loopback, ingressFrom: '127.0.0.9' },
    { remoteAddress: '127.0.0.9', headers: { host: 'ha' } },
    'ingress',
  ],
  [
    'ingress: Origin still counts',
    beyond,
    { ...ingress, method: 'POST', headers: { host: 'ha:8123', origin: 'https://evil.example' } },
    'ORIGIN_FORBIDDEN',
  ],
  [
    'ingress: its own page',
    beyond,
    { ...ingress, method: 'POST', headers: { host: 'ha:443', origin: 'https://ha' } },
    'ingress',
  ],
  [
    'ingress: its headers from elsewhere mean nothing',
    beyond,
    { headers: { 'x-ingress-path': '/a', 'x-remote-user-name': 'anna' } },
    'UNAUTHORIZED',
  ],
];

for (const [what, policy, asking, expected] of table) {
  test(`${what}: ${expected}`, () => assert.equal(verdict(policy, asking), expected));
}

test('the name of the person comes from ingress alone', () => {
  const headers = { host: 'a', 'x-remote-user-display-name': 'Anna', ...bearer };
  const asking = { method: 'GET', path: '/', headers, isUpgrade: false };
  assert.deepEqual(judge({ ...asking, remoteAddress: '172.30.32.2' }, beyond), { kind: 'ingress', user: 'Anna' });
  assert.deepEqual(judge({ ...asking, remoteAddress: '172.30.32.3' }, beyond), { kind: 'token' });
});

test('loopback is 127.0.0.0/8, ::1 and localhost', () => {
  assert.deepEqual(['127.0.0.1', '127.1.2.3', '::1', 'localhost'].map(isLoopback), [true, true, true, true]);
  assert.deepEqual(['0.0.0.0', '::', '192.168.1.1', '127.0.0.1.example'].map(isLoopback), [false, false, false, false]);
});

test('a one-time code opens once, in time, for the right text', () => {
  const code = new OneTimeCode(0);
  assert.equal(code.take('wrong', 1), false);
  assert.equal(code.take(code.code, 1), true);
  assert.equal(code.take(code.code, 2), false);
  const late = new OneTimeCode(0);
  assert.equal(late.take(late.code, 10 * 60_000 + 1), false);
});

test('the cookie does not tell the token', () => {
  assert.equal(token.isToken(token.cookie), false);
  assert.equal(token.cookie.includes('the-token'), false);
});
