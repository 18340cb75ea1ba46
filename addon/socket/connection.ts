import type { WebSocket } from 'ws';
import type { RoomEvent, ServerMessage } from '../../contract/messages.ts';

/** State waiting for a client that reads slowly; beyond it the connection is closed with 1013. One message may exceed it. */
export const MOST_QUEUED_BYTES = 1 << 20;
/** A preview frame is skipped for a client that has this much waiting already: about one frame. */
export const FRAME_QUEUE_BYTES = 128 * 1024;
/** How long a closed client may take to read the reason. */
const GOODBYE_MS = 2000;

/** What all connections together did; shown in /api/websocket/status. */
export interface SocketFigures {
  messages_sent: number;
  frames_sent: number;
  frames_skipped: number;
  closed_slow: number;
  closed_dead: number;
}

/** One client: its rooms, the count of what it was sent in each, and the bound of what may wait for it. */
export class Connection {
  readonly rooms = new Set<string>();
  /** The last preview frame it was sent, by room; a room it misses here needs a key frame. */
  readonly frames = new Map<string, number>();
  /** Set false by every ping, true by every sign of life. */
  isAlive = true;
  readonly #socket: WebSocket;
  readonly #figures: SocketFigures;
  readonly #counts = new Map<string, number>();
  #isClosing = false;

  constructor(socket: WebSocket, figures: SocketFigures) {
    this.#socket = socket;
    this.#figures = figures;
  }

  get isOpen(): boolean {
    return !this.#isClosing && this.#socket.readyState === this.#socket.OPEN;
  }

  /** Sends an event of a room, with the next number of that room. `json` is the event as text, made once for all clients. */
  tell(room: string, json: string): void {
    const seq = (this.#counts.get(room) ?? 0) + 1;
    this.#counts.set(room, seq);
    this.#send(`{"room":${JSON.stringify(room)},"seq":${seq},${json.slice(1)}`);
  }

  /** Sends an answer: no room, no number. */
  answer(message: Exclude<ServerMessage, { readonly seq: number }>): void {
    this.#send(JSON.stringify(message));
  }

  /** Sends a preview frame unless the last ones still wait; false = skipped. */
  sendFrame(bytes: Uint8Array): boolean {
    if (!this.isOpen || this.#socket.bufferedAmount > FRAME_QUEUE_BYTES) {
      this.#figures.frames_skipped++;
      return false;
    }
    this.#figures.frames_sent++;
    this.#socket.send(bytes);
    return true;
  }

  ping(): void {
    this.isAlive = false;
    if (this.isOpen) this.#socket.ping();
  }

  /** Says why in a message first (ingress loses close codes), then closes; who does not read it is cut off after 2 s. */
  close(code: number, reason: string): void {
    if (this.#isClosing) return;
    const event: RoomEvent = { type: 'closing', code, reason };
    const seq = (this.#counts.get('system') ?? 0) + 1;
    if (this.isOpen) this.#socket.send(JSON.stringify({ room: 'system', seq, ...event }));
    this.#isClosing = true;
    this.#socket.close(code, reason);
    setTimeout(() => this.#socket.terminate(), GOODBYE_MS).unref();
  }

  terminate(): void {
    this.#socket.terminate();
  }

  #send(text: string): void {
    if (!this.isOpen) return;
    if (this.#socket.bufferedAmount > MOST_QUEUED_BYTES) {
      this.#figures.closed_slow++;
      this.close(1013, 'This client reads too slowly; connect again.');
      return;
    }
    this.#figures.messages_sent++;
    this.#socket.send(text);
  }
}
