import type { ClipDescription } from '../../format/clip-header.ts';
import type { ClipSummary } from '../../format/clip-writer.ts';
import type { FromEncoder, ToEncoder } from './convert-protocol.ts';
import { openWorker } from './open-worker.ts';
import type { PictureEncoder } from './picture-encoder.ts';
import { unpackFailure } from './worker-failure.ts';

/** Pictures and holds that may be on their way: enough that neither side waits for the other, 1.2 MB of pixels at 320 x 240. */
const mostUnderWay = 4;

/** Opens an encoder in a worker of its own, so that encoding a picture and decoding the next ones go on side by side. */
export async function openRemoteEncoder(
  description: ClipDescription,
  write: (bytes: Uint8Array<ArrayBuffer>) => Promise<void>,
): Promise<PictureEncoder & Disposable> {
  const worker = await openWorker();
  return new RemoteEncoder(worker, description, write);
}

class RemoteEncoder implements PictureEncoder {
  readonly #worker: Worker;
  readonly #done = Promise.withResolvers<ClipSummary>();
  /** Buffers that came back. */
  readonly #free: Uint8ClampedArray<ArrayBuffer>[] = [];
  #underWay = 0;
  #failure: Error | undefined;
  #wake: (() => void) | undefined;

  constructor(worker: Worker, description: ClipDescription, write: (bytes: Uint8Array<ArrayBuffer>) => Promise<void>) {
    this.#worker = worker;
    // Who adds a picture hears of it too, sooner.
    this.#done.promise.catch(() => undefined);
    worker.addEventListener('message', ({ data }: MessageEvent<FromEncoder>) => this.#hear(data, write));
    this.#tell({ kind: 'encode', description });
  }

  async addRgba(rgba: Uint8ClampedArray, ticks: number): Promise<void> {
    await this.#room();
    const own = this.#free.pop() ?? new Uint8ClampedArray(rgba.length);
    own.set(rgba);
    this.#tell({ kind: 'picture', rgba: own, ticks }, [own.buffer]);
  }

  async hold(ticks: number): Promise<void> {
    await this.#room();
    this.#tell({ kind: 'hold', ticks });
  }

  async finish(): Promise<ClipSummary> {
    this.#tell({ kind: 'finish' });
    return this.#done.promise;
  }

  [Symbol.dispose](): void {
    this.#worker.terminate();
  }

  async #room(): Promise<void> {
    while (this.#underWay >= mostUnderWay && !this.#failure) {
      await new Promise<void>((wake) => {
        this.#wake = wake;
      });
    }
    if (this.#failure) throw this.#failure;
    this.#underWay++;
  }

  #hear(message: FromEncoder, write: (bytes: Uint8Array<ArrayBuffer>) => Promise<void>): void {
    switch (message.kind) {
      case 'encoded':
        this.#underWay--;
        if (message.rgba) this.#free.push(message.rgba);
        break;
      case 'clip':
        // Until this is answered the encoder waits.
        void write(message.bytes).then(() => this.#tell({ kind: 'written' }));
        break;
      case 'done':
        this.#done.resolve(message.summary);
        break;
      case 'failed':
        this.#failure = unpackFailure(message);
        this.#done.reject(this.#failure);
    }
    this.#wake?.();
  }

  #tell(message: ToEncoder, transfer: Transferable[] = []): void {
    this.#worker.postMessage(message, transfer);
  }
}
