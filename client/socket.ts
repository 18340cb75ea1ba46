import type { ClientMessage, ServerMessage } from '../contract/messages.ts';
import { Backoff } from './backoff.ts';
import type { Place } from './request.ts';

/** Silence after which the server is asked for a sign of life. */
const QUIET_MS = 15_000;
/** How long it may take to give one. */
const ANSWER_MS = 10_000;

export interface SocketListener {
  onOpen(): void;
  onMessage(message: ServerMessage): void;
  /** A preview frame. */
  onFrame(message: Uint8Array): void;
  /** The connection is gone; it is tried again by itself. */
  onLost(): void;
}

/** LOOP's WebSocket, opened again after any close for as long as it is wanted: ingress loses close codes, so none means the end. */
export class LoopSocket implements Disposable {
  readonly #place: Place;
  readonly #listener: SocketListener;
  readonly #backoff: Backoff;
  #socket: WebSocket | undefined;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #isWanted = true;

  constructor(place: Place, listener: SocketListener, backoff: Backoff) {
    this.#place = place;
    this.#listener = listener;
    this.#backoff = backoff;
  }

  /** Sends when the connection stands; false when it does not: whoever joins rooms does so again in `onOpen`. */
  send(message: ClientMessage): boolean {
    if (this.#socket?.readyState !== WebSocket.OPEN) return false;
    this.#socket.send(JSON.stringify(message));
    return true;
  }

  /** Connects; the first try is at once. */
  connect(): void {
    const url = new URL('ws', this.#place.base);
    url.protocol = url.protocol.replace('http', 'ws');
    const socket = openWebSocket(url, this.#place.token);
    this.#socket = socket;
    socket.binaryType = 'arraybuffer';
    socket.onopen = () => {
      this.#listenFor(QUIET_MS);
      this.#listener.onOpen();
    };
    socket.onmessage = ({ data }) => {
      this.#listenFor(QUIET_MS);
      if (typeof data === 'string') this.#read(data);
      else this.#listener.onFrame(new Uint8Array(data as ArrayBuffer)); // binaryType says so
    };
    socket.onclose = () => this.#lose(socket);
  }

  [Symbol.dispose](): void {
    this.#isWanted = false;
    clearTimeout(this.#timer);
    this.#socket?.close();
  }

  #read(data: string): void {
    const message = JSON.parse(data) as ServerMessage; // LOOP's own server speaks the contract
    // A connection that was accepted and closed at once is no success.
    if (message.type === 'initial_dashboard') this.#backoff.reset();
    this.#listener.onMessage(message);
  }

  /** After `ms` of silence asks for a sign of life, and takes the connection for dead when none comes. */
  #listenFor(ms: number): void {
    clearTimeout(this.#timer);
    const socket = this.#socket;
    this.#timer = setTimeout(() => {
      this.send({ type: 'ping' });
      this.#timer = setTimeout(() => this.#lose(socket), ANSWER_MS);
    }, ms);
  }

  #lose(socket: WebSocket | undefined): void {
    if (socket === undefined || socket !== this.#socket) return;
    clearTimeout(this.#timer);
    this.#socket = undefined;
    socket.onclose = null;
    socket.onmessage = null;
    socket.close();
    if (!this.#isWanted) return;
    this.#timer = setTimeout(() => this.connect(), this.#backoff.next());
    this.#listener.onLost();
  }
}

/** Opens LOOP's WebSocket and keeps it open until disposed. */
export function openSocket(place: Place, listener: SocketListener, backoff = new Backoff()): LoopSocket {
  const socket = new LoopSocket(place, listener, backoff);
  socket.connect();
  return socket;
}

/** Browsers send their cookie and cannot send headers; Node's WebSocket takes them as its second argument. */
function openWebSocket(url: URL, token: string | undefined): WebSocket {
  if (token === undefined) return new WebSocket(url);
  const NodeWebSocket = WebSocket as unknown as new (url: URL, init: { headers: Record<string, string> }) => WebSocket;
  return new NodeWebSocket(url, { headers: { Authorization: `Bearer ${token}` } });
}
