import { PREVIEW_HEADER_BYTES, writePreviewHeader } from '../../contract/messages.ts';
import type { Picture } from '../../format/frame.ts';
import { encodeFrame } from '../../format/frame-codec.ts';
import type { Connection } from './connection.ts';

/** Where the pictures come from. */
export interface PreviewSource {
  /** Rises with every frame presented. */
  version(): number;
  /** A copy; the room keeps it. */
  picture(): Picture;
}

/** A picture taken from the glass, and its number in the room. */
interface Taken {
  readonly picture: Picture;
  readonly version: number;
  readonly sequence: number;
}

/** How often the version is looked at while somebody watches: reading it costs nothing, and 60 pictures a second pass. */
const LOOK_MS = 15;
/** Share of the main thread that copying, encoding and sending may take. */
const SHARE = 0.2;

/**
 * The live picture of one display, for those who watch it. Latest wins: a frame that nobody was ready for is never sent.
 * Nothing is copied or encoded while nobody watches or the glass stays as it is. Each picture is encoded at most twice,
 * as a delta for those who have the one before, as a key frame for those who do not.
 */
export class Preview implements Disposable {
  readonly #room: string;
  readonly #display: number;
  readonly #source: PreviewSource;
  readonly #members: () => readonly Connection[];
  #timer: NodeJS.Timeout | undefined;
  #last: Taken | undefined;
  #sequence = 0;
  #notBefore = 0;
  #encodings = 0;

  constructor(options: {
    readonly room: string;
    /** Place of the display in the list of displays. */
    readonly display: number;
    readonly source: PreviewSource;
    readonly members: () => readonly Connection[];
  }) {
    this.#room = options.room;
    this.#display = options.display;
    this.#source = options.source;
    this.#members = options.members;
  }

  /** Frames encoded since start. */
  get encodings(): number {
    return this.#encodings;
  }

  /** Looks for watchers; runs until the last one is gone. */
  wake(): void {
    this.#timer ??= setInterval(() => this.#look(), LOOK_MS).unref();
  }

  [Symbol.dispose](): void {
    clearInterval(this.#timer);
    this.#timer = undefined;
    this.#last = undefined;
  }

  #look(): void {
    const members = this.#members();
    if (members.length === 0) {
      this[Symbol.dispose]();
      return;
    }
    const begin = performance.now();
    if (begin < this.#notBefore) return;
    const before = this.#last;
    const current = before?.version === this.#source.version() ? before : this.#take();
    const late = members.filter((member) => member.frames.get(this.#room) !== current.sequence);
    if (late.length === 0) return;
    this.#send(current, before, late);
    const spentMs = performance.now() - begin;
    this.#notBefore = begin + spentMs / SHARE;
  }

  #take(): Taken {
    // The version first: a frame presented in between is taken again, never missed.
    const version = this.#source.version();
    this.#sequence = (this.#sequence + 1) >>> 0;
    this.#last = { version, picture: this.#source.picture(), sequence: this.#sequence };
    return this.#last;
  }

  #send(current: Taken, before: Taken | undefined, members: readonly Connection[]): void {
    let delta: Uint8Array | undefined;
    let key: Uint8Array | undefined;
    for (const member of members) {
      const follows = before !== undefined && before !== current && member.frames.get(this.#room) === before.sequence;
      let frame: Uint8Array;
      if (follows) {
        delta ??= this.#encode(current, before);
        frame = delta;
      } else {
        key ??= this.#encode(current, undefined);
        frame = key;
      }
      if (member.sendFrame(frame)) member.frames.set(this.#room, current.sequence);
      else member.frames.delete(this.#room);
    }
  }

  /** A message of its own: the socket keeps it until it is sent. */
  #encode(current: Taken, before: Taken | undefined): Uint8Array {
    this.#encodings++;
    const { picture, sequence } = current;
    const { width, height, pixels } = picture;
    const base =
      before?.picture.width === width && before.picture.height === height ? before.picture.pixels : undefined;
    const message = new Uint8Array(PREVIEW_HEADER_BYTES + pixels.length * 3);
    const kind = base ? 'delta' : 'key';
    writePreviewHeader(message, { kind, display: this.#display, width, height, sequence });
    const bytes = encodeFrame(pixels, base, width, message.subarray(PREVIEW_HEADER_BYTES));
    return message.slice(0, PREVIEW_HEADER_BYTES + bytes);
  }
}
