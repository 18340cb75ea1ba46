import assert from 'node:assert/strict';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { test } from 'node:test';
import { WebSocketServer } from 'ws';
import { Hub } from '../../addon/socket/hub.ts';
import { Backoff } from '../../client/backoff.ts';
import { LiveState } from '../../client/live-state.ts';
import type { Dashboard, Playback, State } from '../../contract/domain.ts';
import { silentLog } from '../../engine/log.ts';
import { LoopError } from '../../format/errors.ts';

/** What these tests look at of a dashboard. */
function dashboard(version: string): Dashboard {
  return { version, media: [], playback: { display: 'loop' }, playbacks: {}, uploads: [] } as unknown as Dashboard;
}

/** A server that can die and come back on its port. */
class Host {
  version = 'a';
  hub: Hub | undefined;
  port = 0;
  connections = 0;
  #server: Server | undefined;

  async open(): Promise<void> {
    const hub = new Hub({
      dashboard: async () => JSON.stringify(dashboard(this.version)),
      run: async (action) => {
        if (action.action === 'previous') throw new LoopError('NOTHING_TO_PLAY', 'The loop is empty. Add a clip.');
        return { playback: { slug: action.action } } as unknown as State;
      },
      displays: () => ['loop'],
      log: silentLog,
    });
    this.#server = createServer().listen(this.port, '127.0.0.1');
    this.#server.on('upgrade', (req, socket, head) => {
      this.connections++;
      hub.accept(req, socket, head);
    });
    await new Promise((resolve) => this.#server?.once('listening', resolve));
    this.port = (this.#server.address() as AddressInfo).port;
    this.hub = hub;
  }

  async close(): Promise<void> {
    await this.hub?.[Symbol.asyncDispose]();
    this.#server?.closeAllConnections();
    await new Promise((resolve) => this.#server?.close(resolve));
  }

  async [Symbol.asyncDispose]() {
    await this.close();
  }
}

async function openHost(): Promise<Host> {
  const host = new Host();
  await host.open();
  return host;
}

function live(host: Host): LiveState {
  const state = new LiveState({ base: `http://127.0.0.1:${host.port}/` }, new Backoff(() => 0));
  state.start();
  return state;
}

async function until(what: () => boolean): Promise<void> {
  while (!what()) await new Promise((resolve) => setTimeout(resolve, 5));
}

test('it holds the whole state and follows what changes', async () => {
  await using host = await openHost();
  using state = live(host);
  await until(() => state.connection === 'live');
  assert.equal(state.dashboard?.version, 'a');
  const changes: string[] = [];
  state.on('change', ({ version, playback }) => changes.push(`${version} ${playback.slug}`));
  host.hub?.publish('dashboard', { type: 'playback_changed', playback: { display: 'loop', slug: 'cat' } as Playback });
  host.hub?.publish('dashboard', { type: 'dashboard_update', data: { version: 'b' } });
  await until(() => changes.length === 2);
  assert.deepEqual(changes, ['a cat', 'b cat']);
});

test('after the server was away it connects again, joins its rooms again and takes the state anew', async () => {
  await using host = await openHost();
  using state = live(host);
  const heard: number[] = [];
  state.on('progress', ({ progress }) => heard.push(progress));
  state.subscribe('progress');
  await until(() => host.hub?.members('progress').length === 1);
  const states: string[] = [];
  state.on('connection', (connection) => states.push(connection));
  await host.close();
  await until(() => state.connection === 'gone');
  assert.equal(state.dashboard?.version, 'a', 'what was known stays visible');
  host.version = 'z';
  await host.open();
  await until(() => state.connection === 'live' && host.hub?.members('progress').length === 1);
  assert.equal(state.dashboard?.version, 'z');
  assert.deepEqual(states, ['gone', 'live']);
  host.hub?.publish('progress', {
    type: 'upload_progress',
    transaction: 'h',
    filename: 'f',
    stage: 'uploading',
    progress: 60,
    error: null,
  });
  await until(() => heard.length === 1);
});

test('a message that went missing has the whole state sent again', async () => {
  const server = new WebSocketServer({ port: 0, host: '127.0.0.1' });
  const asked = new Promise<unknown>((resolve) => {
    server.on('connection', (socket) => {
      const say = (message: object) => socket.send(JSON.stringify({ room: 'dashboard', ...message }));
      socket.on('message', (data) => {
        say({ type: 'initial_dashboard', seq: 4, data: dashboard('true') });
        resolve(JSON.parse(String(data)));
      });
      say({ type: 'initial_dashboard', seq: 1, data: dashboard('a') });
      say({ type: 'media_deleted', seq: 3, slug: 'x' });
    });
  });
  await new Promise((resolve) => server.once('listening', resolve));
  const state = new LiveState({ base: `http://127.0.0.1:${(server.address() as AddressInfo).port}/` });
  state.start();
  assert.deepEqual(await asked, { type: 'subscribe', rooms: ['dashboard'] });
  await until(() => state.dashboard?.version === 'true');
  state.stop();
  server.close();
});

test('actions over the socket answer with the state or the error, and fail without a connection', async () => {
  await using host = await openHost();
  using state = live(host);
  await until(() => state.connection === 'live');
  assert.equal((await state.run({ action: 'next' })).playback.slug, 'next');
  await assert.rejects(state.run({ action: 'previous' }), {
    code: 'NOTHING_TO_PLAY',
    message: 'The loop is empty. Add a clip. (NOTHING_TO_PLAY)',
  });
  state.stop();
  await assert.rejects(state.run({ action: 'next' }), { code: 'ABORTED' });
});

test('a room is left when its last listener leaves', async () => {
  await using host = await openHost();
  using state = live(host);
  const undo = [state.subscribe('system'), state.subscribe('system')];
  await until(() => host.hub?.members('system').length === 1);
  undo[0]?.();
  undo[0]?.();
  assert.equal((await state.run({ action: 'next' })).playback.slug, 'next');
  assert.equal(host.hub?.members('system').length, 1);
  undo[1]?.();
  await until(() => host.hub?.members('system').length === 0);
});
