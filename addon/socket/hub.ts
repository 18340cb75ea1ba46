import type { IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import { type RawData, type WebSocket, WebSocketServer } from 'ws';
import type { Action } from '../../contract/actions.ts';
import { action } from '../../contract/actions.ts';
import type { State } from '../../contract/domain.ts';
import type { RoomEvent } from '../../contract/messages.ts';
import { Emitter } from '../../engine/emitter.ts';
import type { Log } from '../../engine/log.ts';
import { LoopError } from '../../format/errors.ts';
import { checkShape } from '../check-shape.ts';
import { wireError } from '../http/send.ts';
import { Connection, type SocketFigures } from './connection.ts';
import { readMessage } from './message.ts';

export interface HubOptions {
  /** The whole dashboard as JSON text, of this very moment. */
  readonly dashboard: () => Promise<string>;
  readonly run: (action: Action) => Promise<State>;
  /** Displays whose picture can be watched. */
  readonly displays: () => readonly string[];
  readonly log: Log;
  /** Between two pings; a client that answered none in between is dead. */
  readonly pingMs?: number;
}

/** WebSockets at once; each may hold MOST_QUEUED_BYTES. */
const MOST_CLIENTS = 200;
/** Actions of one client that wait for the one before; more are refused. */
const MOST_ACTIONS = 32;
/** Largest message of a client. */
const MOST_MESSAGE_BYTES = 64 * 1024;
const ROOMS = ['dashboard', 'progress', 'system', 'wifi'];

interface HubEvents {
  /** Somebody joined or left a room. */
  membership: { readonly room: string };
}

/** All WebSocket clients, by room. Whoever has something to tell says it once; who is in the room hears it. */
export class Hub implements AsyncDisposable {
  readonly figures: SocketFigures = {
    messages_sent: 0,
    frames_sent: 0,
    frames_skipped: 0,
    closed_slow: 0,
    closed_dead: 0,
  };
  readonly #options: HubOptions;
  readonly #server = new WebSocketServer({ noServer: true, maxPayload: MOST_MESSAGE_BYTES, perMessageDeflate: false });
  readonly #connections = new Set<Connection>();
  readonly #emitter = new Emitter<HubEvents>();
  #pinging: NodeJS.Timeout | undefined;

  constructor(options: HubOptions) {
    this.#options = options;
  }

  /** Takes a judged upgrade request of the web server. */
  accept(req: IncomingMessage, socket: Duplex, head: Buffer): void {
    if (this.#connections.size >= MOST_CLIENTS) {
      socket.end(
        'HTTP/1.1 503 Service Unavailable\r\nRetry-After: 5\r\nContent-Length: 0\r\nConnection: close\r\n\r\n',
      );
      return;
    }
    this.#server.handleUpgrade(req, socket, head, (webSocket) => void this.#welcome(webSocket));
  }

  onMembership(listener: (change: { readonly room: string }) => void): () => void {
    return this.#emitter.on('membership', listener);
  }

  /** Tells an event to everybody in the room. */
  publish(room: string, event: RoomEvent): void {
    const members = this.members(room);
    if (members.length === 0) return;
    const json = JSON.stringify(event);
    this.#options.log.debug('broadcast', `${event.type} to ${members.length} in ${room}`, { bytes: json.length });
    for (const member of members) member.tell(room, json);
  }

  members(room: string): Connection[] {
    return [...this.#connections].filter((connection) => connection.isOpen && connection.rooms.has(room));
  }

  /** Clients by room. */
  counts(): Record<string, number> {
    const counts: Record<string, number> = Object.fromEntries(ROOMS.map((room) => [room, 0]));
    for (const { rooms } of this.#connections) {
      for (const room of rooms) counts[room] = (counts[room] ?? 0) + 1;
    }
    return counts;
  }

  get clients(): number {
    return this.#connections.size;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    clearInterval(this.#pinging);
    const ends = [...this.#server.clients].map((client) => new Promise((resolve) => client.once('close', resolve)));
    for (const connection of this.#connections) connection.close(1001, 'LOOP is ending; connect again later.');
    await Promise.race([Promise.all(ends), new Promise((resolve) => setTimeout(resolve, 500))]);
    for (const connection of this.#connections) connection.terminate();
  }

  async #welcome(socket: WebSocket): Promise<void> {
    const connection = new Connection(socket, this.figures);
    this.#connections.add(connection);
    this.#pinging ??= setInterval(() => this.#ping(), this.#options.pingMs ?? 20_000).unref();
    socket.on('close', () => this.#forget(connection));
    // ws closes by itself after an error (bad UTF-8, a message over the bound); 'close' follows.
    socket.on('error', (error) => this.#options.log.debug('socket_error', error.message));
    socket.on('pong', () => {
      connection.isAlive = true;
    });
    const first = this.#join(connection, 'dashboard');
    const listen = listenTo(connection, this.#options, (rooms, isJoining) =>
      this.#change(connection, rooms, isJoining),
    );
    socket.on('message', (data, isBinary) => {
      connection.isAlive = true;
      // The whole state comes first, whatever the client asks for.
      void first.then(() => listen(data, isBinary));
    });
    await first;
  }

  /** The dashboard room begins with the whole state; asking for it again sends it again, after a gap. */
  async #join(connection: Connection, room: string): Promise<void> {
    if (room === 'dashboard') {
      try {
        const dashboard = await this.#options.dashboard();
        connection.rooms.add(room);
        connection.tell(room, `{"type":"initial_dashboard","data":${dashboard}}`);
      } catch (error) {
        connection.close(1011, wireError(error).message);
      }
    }
    connection.rooms.add(room);
    this.#emitter.emit('membership', { room });
  }

  async #change(connection: Connection, rooms: readonly string[], isJoining: boolean): Promise<void> {
    const known = [...ROOMS, ...this.#options.displays().map((id) => `preview:${id}`)];
    const unknown = rooms.find((room) => !known.includes(room));
    if (unknown !== undefined) {
      const shown = JSON.stringify(unknown.slice(0, 80));
      throw new LoopError('INVALID_REQUEST', `rooms names ${shown}; there are ${known.join(', ')}. Name one of these.`);
    }
    for (const room of rooms) {
      if (isJoining) {
        await this.#join(connection, room);
        continue;
      }
      connection.rooms.delete(room);
      connection.frames.delete(room);
      this.#emitter.emit('membership', { room });
    }
    connection.answer({ type: 'subscribed', rooms: [...connection.rooms] });
  }

  #forget(connection: Connection): void {
    this.#connections.delete(connection);
    for (const room of connection.rooms) this.#emitter.emit('membership', { room });
    if (this.#connections.size > 0) return;
    clearInterval(this.#pinging);
    this.#pinging = undefined;
  }

  #ping(): void {
    for (const connection of this.#connections) {
      if (connection.isAlive) {
        connection.ping();
        continue;
      }
      this.figures.closed_dead++;
      connection.terminate();
    }
  }
}

/** What a client says is done in order; every fault is answered, none ends the connection. */
function listenTo(
  connection: Connection,
  options: HubOptions,
  change: (rooms: readonly string[], isJoining: boolean) => Promise<void>,
): (data: RawData, isBinary: boolean) => void {
  let actions: Promise<void> = Promise.resolve();
  let waiting = 0;
  const fail = (error: unknown) => {
    if (wireError(error).code === 'INTERNAL')
      options.log.error('socket_failed', String(error), { stack: (error as Error)?.stack });
    return wireError(error);
  };
  const run = async (id: number, said: unknown) => {
    try {
      connection.answer({
        type: 'result',
        id,
        ok: true,
        state: await options.run(checkShape(action, said, 'INVALID_ACTION')),
      });
    } catch (error) {
      connection.answer({ type: 'result', id, ok: false, error: fail(error) });
    }
  };
  return (data, isBinary) => {
    void (async () => {
      try {
        const message = readMessage(data, isBinary);
        if (message.kind === 'ping') return connection.answer({ type: 'pong' });
        if (message.kind === 'rooms') return await change(message.rooms, message.isJoining);
        if (waiting >= MOST_ACTIONS) {
          const error = new LoopError(
            'TOO_BUSY',
            `${MOST_ACTIONS} actions of this client wait already. Wait for their results.`,
          );
          return connection.answer({ type: 'result', id: message.id, ok: false, error: wireError(error) });
        }
        waiting++;
        actions = actions.then(() => run(message.id, message.said)).finally(() => waiting--);
      } catch (error) {
        connection.answer({ type: 'error', error: fail(error) });
      }
    })();
  };
}
