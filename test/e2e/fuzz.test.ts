import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { connect } from 'node:net';
import { text as readText } from 'node:stream/consumers';
import { after, before, test } from 'node:test';
import fc from 'fast-check';
import { type Route, type RouteName, routes } from '../../contract/api.ts';
import { errorTable } from '../../contract/errors.ts';
import { addClip } from './add-clip.ts';
import { type RunningLoop, startLoop } from './app.ts';

const KEPT = ['Kept one', 'Kept two'];
let loop: RunningLoop;
let clipsBefore: string;
before(async () => {
  loop = await startLoop();
  for (const title of KEPT) await addClip(loop.url, { title });
  clipsBefore = await library();
});
after(async () => {
  const { log } = loop;
  await loop[Symbol.asyncDispose]();
  assert.equal(log.includes('request_failed'), false, log.slice(0, 4000));
});

/** Every clip with the hash of its bytes. */
async function library(): Promise<string> {
  const media = await loop.client.media();
  const lines = media.map(async ({ slug, content_hash }) => {
    const bytes = new Uint8Array(await (await fetch(new URL(`api/media/${slug}/clip`, loop.url))).arrayBuffer());
    return `${slug} ${content_hash} ${createHash('sha256').update(bytes).digest('hex')}`;
  });
  return (await Promise.all(lines)).sort().join('\n');
}

/** Values that broke somebody's server once. */
const nasty = fc.constantFrom<unknown>(
  null,
  true,
  -1,
  1e308,
  '',
  ' ',
  '..',
  '../../etc/passwd',
  '%00',
  '\u0000',
  '\ud800',
  '𝕏🎞️e\u0301',
  'x'.repeat(300),
  'item_',
  '__proto__',
  'constructor',
  [],
  {},
  [[]],
  { toString: 1 },
  "'; DROP TABLE clips; --",
);
const value = fc.oneof({ weight: 3, arbitrary: nasty }, fc.jsonValue({ maxDepth: 3 }), fc.string({ unit: 'binary' }));
const fields = [
  'slug',
  'title',
  'tags',
  'order',
  'version',
  'position',
  'again',
  'mode',
  'playing',
  'playlist',
  'on',
  'brightness',
];
fields.push('name', 'display', 'action', 'clip', 'seconds', 'loop_count', 'rooms', 'id');
const body = fc.oneof(
  value,
  fc.dictionary(fc.constantFrom(...fields), value, { maxKeys: 5 }),
  fc.record({ action: fc.constantFrom('show', 'next', 'set_mode', 'set_brightness', 'overlay') }, { requiredKeys: [] }),
);
const name = fc.oneof(
  { weight: 2, arbitrary: fc.constantFrom('kept-one', 'kept-two', 'loop', 'tv', 'Kept ONE') },
  fc.string({ unit: 'binary' }),
);
const number = fc.oneof(fc.integer({ min: -1, max: 5 }), fc.integer(), fc.double());
/** Bodies of the right shape, or nearly: what gets past the first check. */
const nearlyRight: Partial<Record<RouteName, fc.Arbitrary<unknown>>> = {
  changeClip: some({ title: fc.oneof(name, fc.constantFrom(' ', 'x'.repeat(300), '🎞️')), tags: fc.array(name) }),
  addToLoop: some({ slug: name, position: number, again: fc.boolean(), loop_count: number }),
  orderLoop: some({ order: fc.array(name, { maxLength: 4 }), version: number }),
  changeLoopItem: some({ loop_count: number }),
  changePlayback: some({
    mode: fc.constantFrom('loop_all', 'loop_one', 'shuffle', 'x'),
    playlist: name,
    playing: fc.boolean(),
    display: name,
  }),
  changeDisplay: some({ on: fc.boolean(), brightness: number }),
  commandPlayback: some({ display: name }),
  activateClip: some({ display: name }),
  runAction: some({
    action: fc.constantFrom(
      'show',
      'next',
      'previous',
      'play',
      'pause',
      'toggle',
      'set_mode',
      'set_playlist',
      'set_brightness',
      'turn_on',
      'reload',
      'clear_overlay',
    ),
    clip: name,
    seconds: number,
    playlist: name,
    mode: fc.constant('loop_all'),
    brightness: number,
    display: fc.constant('loop'),
  }),
};

function some(shape: Record<string, fc.Arbitrary<unknown>>): fc.Arbitrary<unknown> {
  return fc.record(shape, { requiredKeys: [] });
}

const segment = fc.oneof(
  { weight: 2, arbitrary: fc.constantFrom('kept-one', 'kept-two', 'loop') },

  fc.constantFrom('kept-one', 'loop', 'item_1', 'nobody', 'pause', '..', '%2e%2e', '%2f', '%00', 'a%zz'),
  fc.string({ unit: 'binary', maxLength: 40 }),
);
const query = fc.constantFrom(
  '',
  '?display=tv',
  '?seconds=NaN',
  '?seconds=1e999',
  '?display=%00',
  '?wait=-1',
  '?wait=x',
  '?a[b]=c',
  '?%',
);
const type = fc.constantFrom(
  'application/json',
  'text/plain',
  'image/png',
  'image/gif',
  'application/octet-stream',
  'multipart/form-data',
  'multipart/form-data; boundary=x',
  'application/offset+octet-stream',
  '',
);
const extra = fc.constantFrom<Record<string, string>>(
  {},
  { Range: 'bytes=9-1' },
  { Range: 'bytes=-' },
  { 'If-Range': '"' },
  { 'If-None-Match': ',,,"' },
  { 'Accept-Encoding': 'gzip;q=0, br;q=nope' },
  { 'Upload-Length': '-1', 'Tus-Resumable': '1.0.0' },
  { 'Upload-Offset': 'x', 'Tus-Resumable': '1.0.0' },
  { 'Upload-Metadata': 'hash !!!', 'Upload-Length': '1', 'Tus-Resumable': '1.0.0' },
  { 'Content-Encoding': 'gzip' },
  { Cookie: 'loop_=;;=' },
  { Authorization: 'Bearer' },
);

/** Sends what fetch would clean up first; the path goes as it is. */
async function send(
  method: string,
  path: string,
  headers: Record<string, string>,
  payload: Buffer,
): Promise<{ status: number; body: string }> {
  const { hostname, port } = new URL(loop.url);
  const lines = Object.entries({
    Host: 'localhost',
    Connection: 'close',
    'Content-Length': String(payload.length),
    ...headers,
  });
  const socket = connect(Number(port), hostname);
  socket.on('error', () => {}); // the server may close before all was sent
  socket.write(
    `${method} ${path} HTTP/1.1\r\n${lines.map(([key, text]) => `${key}: ${text}\r\n`).join('')}\r\n`,
    'latin1',
  );
  socket.write(payload);
  const answer = await readText(socket);
  return { status: Number(answer.slice(9, 12)), body: answer.slice(answer.indexOf('\r\n\r\n') + 4) };
}

/** The route's path with its variables filled in; raw spaces and control characters would end the request line. */
function fill(path: string, parts: readonly string[]): string {
  let i = 0;
  return path.replace(/:\w+/g, () => {
    const part = parts[i++ % parts.length] ?? '';
    return /^[\x21-\x7e]*$/.test(part) ? part : encodeURIComponent(part.toWellFormed());
  });
}

const walked: (Route & { readonly name?: RouteName })[] = [
  ...(Object.keys(routes) as RouteName[]).map((name) => ({ name, ...routes[name] })),
  ...(['POST', 'GET'] as const).map((method) => ({ method, path: '/login', kind: 'bytes' as const, does: '' })),
];

for (const { name: route, method, path } of walked) {
  test(`${method} ${path}: whatever comes, it is no 500, and errors are of the table`, async (t) => {
    const statuses: Record<string, number> = {};
    await fc.assert(
      fc.asyncProperty(
        (route && nearlyRight[route] && fc.oneof(nearlyRight[route], nearlyRight[route], body)) ?? body,
        fc.array(segment, { minLength: 1, maxLength: 3 }),
        query,
        type,
        extra,
        fc.oneof({ weight: 4, arbitrary: fc.constant(true) }, fc.constant(false)),
        async (said, parts, ask, contentType, more, isJson) => {
          // What is right would delete or hide what must stay; here only what is wrong is of interest.
          const target =
            fill(path, method === 'DELETE' ? parts.map((part) => (part.startsWith('kept') ? 'nobody' : part)) : parts) +
            ask;
          const payload = isJson
            ? Buffer.from(JSON.stringify(said) ?? '')
            : Buffer.from(String(JSON.stringify(said)).slice(1));
          const headers = { ...(contentType && { 'Content-Type': contentType }), ...more };
          const answer = await send(method, target, headers, payload);
          statuses[answer.status] = (statuses[answer.status] ?? 0) + 1;
          const shown = `${method} ${target} ${JSON.stringify(headers)} ${payload.toString().slice(0, 200)} -> ${answer.status} ${answer.body.slice(0, 300)}`;
          assert.ok(answer.status >= 200 && answer.status !== 500, shown);
          if (answer.status < 400 || answer.status === 431 || !answer.body.includes('"error"')) return;
          const { error } = JSON.parse(answer.body.slice(answer.body.indexOf('{'))) as {
            error: { code: keyof typeof errorTable };
          };
          assert.ok(errorTable[error.code], shown);
          assert.equal(errorTable[error.code].status, answer.status, shown);
        },
      ),
      { numRuns: 100 },
    );
    t.diagnostic(JSON.stringify(statuses));
  });
}

test('after all that every clip is there, byte for byte, and the loop plays', async () => {
  assert.equal(await library(), clipsBefore);
  const { frames_shown: before = 0 } = (await loop.client.stats()).displays.loop ?? {};
  await loop.client.activate('kept-one');
  assert.ok(((await loop.client.stats()).displays.loop?.frames_shown ?? 0) > before);
});
