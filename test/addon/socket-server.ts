import { createServer } from 'node:http';
import { type AddressInfo, connect, type Socket } from 'node:net';
import { Hub, type HubOptions } from '../../addon/socket/hub.ts';
import type { State } from '../../contract/domain.ts';
import { silentLog } from '../../engine/log.ts';

/** A hub on a real server, with a dashboard of two keys; disposed with `await using`. */
export async function openHub(options: Partial<HubOptions> = {}) {
  const hub = new Hub({
    dashboard: async () => '{"media":[],"version":"1"}',
    run: async () => ({}) as State, // the hub passes a State on and looks at nothing in it
    displays: () => ['loop'],
    log: silentLog,
    ...options,
  });
  const server = createServer();
  server.on('upgrade', (req, socket, head) => hub.accept(req, socket, head));
  server.listen(0, '127.0.0.1');
  await new Promise((resolve) => server.once('listening', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    hub,
    port,
    base: `http://127.0.0.1:${port}/`,
    async [Symbol.asyncDispose]() {
      await hub[Symbol.asyncDispose]();
      server.closeAllConnections();
      server.close();
    },
  };
}

export interface Heard {
  readonly type: string;
  readonly room?: string;
  readonly seq?: number;
  readonly [key: string]: unknown;
}

/** A client that keeps all it hears. */
export async function openClient(port: number) {
  const socket = new WebSocket(`ws://127.0.0.1:${port}/ws`);
  socket.binaryType = 'arraybuffer';
  const heard: Heard[] = [];
  const frames: Uint8Array[] = [];
  let tell = () => {};
  socket.onmessage = ({ data }) => {
    if (typeof data === 'string') heard.push(JSON.parse(data) as Heard);
    else frames.push(new Uint8Array(data as ArrayBuffer));
    tell();
  };
  let isClosed = false;
  const closed = new Promise<number>((resolve) => {
    socket.onclose = ({ code }) => {
      isClosed = true;
      tell();
      resolve(code);
    };
  });
  /** Resolves with the next message; rejects when none can come any more. */
  const news = async () => {
    if (!isClosed) {
      await new Promise<void>((resolve) => {
        tell = resolve;
      });
    }
    if (isClosed) throw new Error(`The connection was closed; heard: ${JSON.stringify(heard).slice(0, 1000)}`);
  };
  await new Promise((resolve) => {
    socket.onopen = resolve;
  });
  return {
    heard,
    frames,
    closed,
    send: (message: unknown) => socket.send(typeof message === 'string' ? message : JSON.stringify(message)),
    sendBytes: (bytes: Uint8Array<ArrayBuffer>) => socket.send(bytes),
    /** Resolves with the first message that fits, heard already or to come. */
    async wait(fits: (message: Heard) => boolean): Promise<Heard> {
      for (;;) {
        const found = heard.find(fits);
        if (found) return found;
        await news();
      }
    },
    async waitFrames(count: number): Promise<void> {
      while (frames.length < count) await news();
    },
    close: () => socket.close(),
    async [Symbol.asyncDispose]() {
      socket.close();
      await closed;
    },
  };
}

/** A client that shakes hands and then never reads a byte. */
export async function openDeafClient(port: number): Promise<Socket> {
  const socket = connect(port, '127.0.0.1');
  socket.write(
    'GET /ws HTTP/1.1\r\nHost: localhost\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n\r\n',
  );
  await new Promise((resolve) => socket.once('readable', resolve));
  return socket;
}
