import type { Action } from '../contract/actions.ts';
import type { Dashboard, State } from '../contract/domain.ts';
import { type Room, readPreviewHeader, type ServerMessage, type UploadProgress } from '../contract/messages.ts';
import { LoopError } from '../format/errors.ts';
import { Backoff } from './backoff.ts';
import { applyEvent } from './dashboard-state.ts';
import { Emitter } from './emitter.ts';
import { errorFromWire, type Place } from './request.ts';
import { type LoopSocket, openSocket } from './socket.ts';

export type ConnectionState = 'connecting' | 'live' | 'gone';

export interface LiveEvents {
  /** The dashboard is another one than before. */
  change: Dashboard;
  connection: ConnectionState;
  progress: UploadProgress;
  notice: { readonly code: string; readonly message: string };
  /** A binary message of a preview room, and whose picture it is. */
  preview: { readonly display: string; readonly message: Uint8Array };
}

/**
 * What is true at LOOP, told by it: the whole state once, then what changes. After a lost connection, or a message that went
 * missing, the whole state comes again. Nothing is ever polled.
 */
export class LiveState extends Emitter<LiveEvents> implements Disposable {
  readonly #place: Place;
  readonly #backoff: Backoff;
  readonly #rooms = new Map<Room, number>();
  readonly #seen = new Map<string, number>();
  readonly #asked = new Map<number, PromiseWithResolvers<State>>();
  #nextId = 1;
  #socket: LoopSocket | undefined;
  #dashboard: Dashboard | undefined;
  #connection: ConnectionState = 'connecting';

  constructor(place: Place, backoff = new Backoff()) {
    super();
    this.#place = place;
    this.#backoff = backoff;
  }

  /** Undefined until the first connection; kept, and out of date, while the connection is gone. */
  get dashboard(): Dashboard | undefined {
    return this.#dashboard;
  }

  get connection(): ConnectionState {
    return this.#connection;
  }

  start(): void {
    this.#socket ??= openSocket(
      this.#place,
      {
        onOpen: () => this.#joinAgain(),
        onMessage: (message) => this.#take(message),
        onFrame: (message) => this.#preview(message),
        onLost: () => this.#lose(),
      },
      this.#backoff,
    );
  }

  stop(): void {
    this.#socket?.[Symbol.dispose]();
    this.#socket = undefined;
    this.#lose();
  }

  [Symbol.dispose](): void {
    this.stop();
  }

  /** Joins a room until the returned function is called; also after the connection was lost and came back. */
  subscribe(room: Room): () => void {
    const members = this.#rooms.get(room) ?? 0;
    this.#rooms.set(room, members + 1);
    if (members === 0) this.#socket?.send({ type: 'subscribe', rooms: [room] });
    let isIn = true;
    return () => {
      if (!isIn) return;
      isIn = false;
      this.#leave(room);
    };
  }

  /** Runs an action over the socket; resolves with the state after it. @throws LoopError of the action, or ABORTED without a connection */
  run(action: Action): Promise<State> {
    const id = this.#nextId++;
    const answer = Promise.withResolvers<State>();
    this.#asked.set(id, answer);
    if (this.#socket?.send({ type: 'action', id, ...action }) !== true) this.#abortAsked();
    return answer.promise;
  }

  #leave(room: Room): void {
    const members = this.#rooms.get(room) ?? 0;
    if (members > 1) {
      this.#rooms.set(room, members - 1);
      return;
    }
    this.#rooms.delete(room);
    this.#socket?.send({ type: 'unsubscribe', rooms: [room] });
  }

  #joinAgain(): void {
    this.#seen.clear();
    if (this.#rooms.size > 0) this.#socket?.send({ type: 'subscribe', rooms: [...this.#rooms.keys()] });
  }

  #take(message: ServerMessage): void {
    if (message.type === 'result') {
      const answer = this.#asked.get(message.id);
      this.#asked.delete(message.id);
      if (message.ok) answer?.resolve(message.state);
      else answer?.reject(errorFromWire(message.error));
    } else if ('seq' in message) this.#hear(message);
  }

  #hear(message: Extract<ServerMessage, { seq: number }>): void {
    const seen = this.#seen.get(message.room);
    this.#seen.set(message.room, message.seq);
    const isWhole = message.type === 'initial_dashboard';
    if (!isWhole && seen !== undefined && message.seq !== seen + 1) {
      this.#socket?.send({ type: 'subscribe', rooms: ['dashboard'] });
    }
    if (message.type === 'upload_progress') this.emit('progress', message);
    if (message.type === 'notice') this.emit('notice', message);
    const after = applyEvent(this.#dashboard, message);
    if (after !== undefined && after !== this.#dashboard) {
      this.#dashboard = after;
      this.emit('change', after);
    }
    if (isWhole) this.#setConnection('live');
  }

  #preview(message: Uint8Array): void {
    const display = this.#dashboard?.displays[readPreviewHeader(message)?.display ?? -1];
    if (display) this.emit('preview', { display: display.id, message });
  }

  #lose(): void {
    this.#setConnection('gone');
    this.#abortAsked();
  }

  #abortAsked(): void {
    const error = new LoopError(
      'ABORTED',
      'The connection to LOOP is gone; nobody knows what became of the action. Look, and try again.',
    );
    for (const answer of this.#asked.values()) answer.reject(error);
    this.#asked.clear();
  }

  #setConnection(connection: ConnectionState): void {
    if (this.#connection === connection) return;
    this.#connection = connection;
    this.emit('connection', connection);
  }
}
