import assert from 'node:assert/strict';
import { test } from 'node:test';
import { MOST_QUEUED_BYTES } from '../../addon/socket/connection.ts';
import type { Action } from '../../contract/actions.ts';
import type { State } from '../../contract/domain.ts';
import { LoopError } from '../../format/errors.ts';
import { openClient, openDeafClient, openHub } from './socket-server.ts';

const notice = (message: string) => ({ type: 'notice', code: 'TEST', message }) as const;

test('the whole state comes first, whatever the client asked before', async () => {
  const made = Promise.withResolvers<string>();
  await using server = await openHub({ dashboard: () => made.promise });
  await using client = await openClient(server.port);
  client.send({ type: 'subscribe', rooms: ['system'] });
  client.send({ type: 'ping' });
  server.hub.publish('dashboard', { type: 'media_deleted', slug: 'too-early' });
  made.resolve('{"version":"7"}');
  await client.wait(({ type }) => type === 'pong');
  assert.deepEqual(client.heard[0], { room: 'dashboard', seq: 1, type: 'initial_dashboard', data: { version: '7' } });
  assert.equal(
    client.heard.some(({ type }) => type === 'media_deleted'),
    false,
  );
});

test('a room hears what is said in it, counted by one, and nothing of other rooms', async () => {
  await using server = await openHub();
  await using inside = await openClient(server.port);
  await using outside = await openClient(server.port);
  inside.send({ type: 'subscribe', rooms: ['system'] });
  await inside.wait(({ type }) => type === 'subscribed');
  await outside.wait(({ type }) => type === 'initial_dashboard');
  for (const message of ['a', 'b', 'c']) server.hub.publish('system', notice(message));
  await inside.wait(({ message }) => message === 'c');
  const system = inside.heard.filter(({ room }) => room === 'system');
  assert.deepEqual(
    system.map(({ seq, message }) => [seq, message]),
    [
      [1, 'a'],
      [2, 'b'],
      [3, 'c'],
    ],
  );
  outside.send({ type: 'ping' });
  await outside.wait(({ type }) => type === 'pong');
  assert.equal(
    outside.heard.some(({ room }) => room === 'system'),
    false,
  );
  assert.deepEqual(server.hub.counts(), { dashboard: 2, progress: 0, system: 1, wifi: 0 });
  inside.send({ type: 'unsubscribe', rooms: ['system', 'dashboard'] });
  await inside.wait(({ type, rooms }) => type === 'subscribed' && (rooms as string[]).length === 0);
  assert.deepEqual(server.hub.counts(), { dashboard: 1, progress: 0, system: 0, wifi: 0 });
});

test('asking for the dashboard again sends the whole state again, with the next number', async () => {
  await using server = await openHub();
  await using client = await openClient(server.port);
  client.send({ type: 'subscribe', rooms: ['dashboard'] });
  await client.wait(({ type, seq }) => type === 'initial_dashboard' && seq === 2);
});

test('actions run in order; each answer carries its id, the state or the error', async () => {
  const ran: string[] = [];
  const run = async (action: Action): Promise<State> => {
    await new Promise((resolve) => setImmediate(resolve));
    ran.push(action.action);
    if (action.action === 'previous') throw new LoopError('NOTHING_TO_PLAY', 'The loop is empty. Add a clip.');
    if (action.action === 'reload') throw new Error('inside');
    return { playback: { slug: action.action } } as unknown as State;
  };
  await using server = await openHub({ run });
  await using client = await openClient(server.port);
  client.send({ type: 'action', id: 1, action: 'next' });
  client.send({ type: 'action', id: 2, action: 'previous' });
  client.send({ type: 'action', id: 3, action: 'reload' });
  client.send({ type: 'action', id: 4, action: 'jump' });
  await client.wait(({ id }) => id === 4);
  const results = client.heard.filter(({ type }) => type === 'result');
  assert.deepEqual(ran, ['next', 'previous', 'reload']);
  assert.deepEqual(results[0], { type: 'result', id: 1, ok: true, state: { playback: { slug: 'next' } } });
  const codes = results.slice(1).map(({ error }) => (error as { code: string }).code);
  assert.deepEqual(codes, ['NOTHING_TO_PLAY', 'INTERNAL', 'INVALID_ACTION']);
  assert.doesNotMatch(JSON.stringify(results), /inside/);
});

test('more actions than may wait are refused, and the client stays', async () => {
  const gate = Promise.withResolvers<State>();
  await using server = await openHub({ run: () => gate.promise });
  await using client = await openClient(server.port);
  for (let id = 1; id <= 40; id++) client.send({ type: 'action', id, action: 'next' });
  const refused = await client.wait(({ ok }) => ok === false);
  assert.equal((refused.error as { code: string }).code, 'TOO_BUSY');
  gate.resolve({} as State);
  await client.wait(({ id, ok }) => id === 32 && ok === true);
});

const nonsense: (string | Uint8Array<ArrayBuffer>)[] = [
  'no json',
  '[]',
  'null',
  '{}',
  '{"type":"explode"}',
  '{"type":"subscribe"}',
  '{"type":"subscribe","rooms":"system"}',
  '{"type":"subscribe","rooms":["kitchen"]}',
  '{"type":"subscribe","rooms":["preview:other"]}',
  '{"type":"action","action":"next"}',
  '{"type":"action","id":"1","action":"next"}',
  '{"__proto__":{"type":"ping"}}',
  new Uint8Array([1, 2, 3]),
];
test('what nobody understands is answered with an error, and the connection stays', async () => {
  await using server = await openHub();
  await using client = await openClient(server.port);
  for (const message of nonsense) typeof message === 'string' ? client.send(message) : client.sendBytes(message);
  const errors = () => client.heard.filter(({ type }) => type === 'error');
  await client.wait(() => errors().length === nonsense.length);
  for (const { error } of errors()) assert.equal((error as { code: string }).code, 'INVALID_REQUEST');
  client.send({ type: 'ping' });
  await client.wait(({ type }) => type === 'pong');
});

test('a message over the bound ends that connection alone', async () => {
  await using server = await openHub();
  await using client = await openClient(server.port);
  await using other = await openClient(server.port);
  client.send(JSON.stringify({ type: 'ping', filler: 'x'.repeat(70_000) }));
  assert.equal(await client.closed, 1009);
  other.send({ type: 'ping' });
  await other.wait(({ type }) => type === 'pong');
});

test('a client that never reads is told why and closed with 1013 at its bound; the others notice nothing', async () => {
  await using server = await openHub();
  await using reader = await openClient(server.port);
  const deaf = await openDeafClient(server.port);
  while (server.hub.members('dashboard').length < 2) await new Promise((resolve) => setImmediate(resolve));
  const big = 'x'.repeat(200_000);
  let sent = 0;
  while (server.hub.figures.closed_slow === 0) {
    server.hub.publish('dashboard', notice(big));
    sent++;
    assert.ok(
      sent * big.length < MOST_QUEUED_BYTES + 50_000_000,
      'the kernel holds some megabytes, the hub no more than its bound',
    );
    await reader.wait(({ seq }) => seq === sent + 1);
  }
  assert.equal(server.hub.members('dashboard').length, 1);
  const bytes: Buffer[] = [];
  deaf.on('data', (data) => bytes.push(data));
  await new Promise((resolve) => deaf.once('close', resolve));
  const all = Buffer.concat(bytes).toString('latin1');
  assert.match(all.slice(-400), /"type":"closing","code":1013,"reason":"This client reads too slowly/);
  assert.equal(reader.heard.filter(({ type }) => type === 'notice').length, sent);
});

test('a dead client is noticed by its silence', async () => {
  await using server = await openHub({ pingMs: 300 });
  await using client = await openClient(server.port);
  const dead = await openDeafClient(server.port);
  dead.resume(); // reads, but never answers a ping
  await new Promise((resolve) => dead.once('close', resolve));
  assert.equal(server.hub.figures.closed_dead, 1);
  client.send({ type: 'ping' });
  await client.wait(({ type }) => type === 'pong');
});

test('at the end every client is told', async () => {
  const server = await openHub();
  const client = await openClient(server.port);
  await client.wait(({ type }) => type === 'initial_dashboard');
  await server[Symbol.asyncDispose]();
  assert.equal(await client.closed, 1001);
  assert.equal(client.heard.at(-1)?.type, 'closing');
});
