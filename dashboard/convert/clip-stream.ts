/**
 * Bytes on their way from a worker to whoever uploads them, read once. It keeps what was not read yet; how much that may be is the
 * worker's rule, which waits until enough was taken.
 */
export class ClipStream implements AsyncIterable<Uint8Array> {
  readonly #waiting: { bytes: Uint8Array; onTaken: () => void }[] = [];
  readonly #onLeave: () => void;
  #end: { error?: unknown } | undefined;
  #wake: (() => void) | undefined;

  /** @param onLeave the reader stopped before the end */
  constructor(onLeave: () => void) {
    this.#onLeave = onLeave;
  }

  /** @param onTaken the reader asked for these bytes */
  push(bytes: Uint8Array, onTaken: () => void): void {
    this.#waiting.push({ bytes, onTaken });
    this.#wake?.();
  }

  /** No more bytes will come; with an error the reader gets it once it has read what came before. */
  end(end: { error?: unknown } = {}): void {
    this.#end ??= end;
    this.#wake?.();
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<Uint8Array> {
    try {
      for (;;) {
        const next = this.#waiting.shift();
        if (next) {
          next.onTaken();
          yield next.bytes;
        } else if (this.#end) {
          if ('error' in this.#end) throw this.#end.error;
          return;
        } else await new Promise<void>((resolve) => (this.#wake = resolve));
      }
    } finally {
      if (!this.#end) this.#onLeave();
    }
  }
}
