import { ClipEncoder } from '../../format/clip-encoder.ts';
import type { FromEncoder, ToEncoder } from './convert-protocol.ts';
import { deflateRaw } from './deflate-raw.ts';

/** The other end of a RemoteEncoder: encodes what it is told, one thing after the other. */
export class EncoderHost {
  readonly #post: (message: FromEncoder, transfer?: Transferable[]) => void;
  readonly #encoder: ClipEncoder;
  #last: Promise<void> = Promise.resolve();
  #written: (() => void) | undefined;

  constructor(
    { description }: ToEncoder & { kind: 'encode' },
    post: (message: FromEncoder, transfer?: Transferable[]) => void,
  ) {
    this.#post = post;
    this.#encoder = new ClipEncoder(description, { deflate: deflateRaw, write: (bytes) => this.#write(bytes) });
  }

  /** Takes a message; rejects when encoding failed, and then for every message after it. */
  handle(message: ToEncoder): Promise<void> {
    if (message.kind === 'written') {
      this.#written?.();
      return Promise.resolve();
    }
    this.#last = this.#last.then(() => this.#encode(message));
    return this.#last;
  }

  async #encode(message: ToEncoder): Promise<void> {
    switch (message.kind) {
      case 'picture':
        await this.#encoder.addRgba(message.rgba, message.ticks);
        return this.#post({ kind: 'encoded', rgba: message.rgba }, [message.rgba.buffer]);
      case 'hold':
        await this.#encoder.hold(message.ticks);
        return this.#post({ kind: 'encoded' });
      case 'finish':
        this.#post({ kind: 'done', summary: await this.#encoder.finish() });
    }
  }

  async #write(bytes: Uint8Array): Promise<void> {
    const own = new Uint8Array(bytes);
    this.#post({ kind: 'clip', bytes: own }, [own.buffer]);
    await new Promise<void>((written) => {
      this.#written = written;
    });
  }
}
