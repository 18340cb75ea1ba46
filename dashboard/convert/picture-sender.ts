import type { ClipDescription } from '../../format/clip-header.ts';
import type { PictureMessage, PictureTaken } from './convert-protocol.ts';

/** Pictures and holds that may be on their way: enough that neither side waits for the other, 1.2 MB of pixels at 320 x 240. */
const mostUnderWay = 4;

/** The decoding worker's end of the way to the encoding one. Await each call before the next: that wait is the back-pressure. */
export class PictureSender {
  readonly #port: MessagePort;
  /** Buffers that came back. */
  readonly #free: Uint8ClampedArray<ArrayBuffer>[] = [];
  #underWay = 0;
  #wake: (() => void) | undefined;

  constructor(port: MessagePort) {
    this.#port = port;
    port.onmessage = ({ data }: MessageEvent<PictureTaken>) => {
      if (data.rgba) this.#free.push(data.rgba);
      this.#underWay--;
      this.#wake?.();
    };
  }

  /** Says what the clip will be like; once, before the first picture. */
  begin(description: ClipDescription): void {
    this.#tell({ kind: 'clip', description });
  }

  /** Sends a picture, which stays the caller's. */
  async send(rgba: Uint8ClampedArray, ticks: number): Promise<void> {
    await this.#room();
    const own = this.#free.pop() ?? new Uint8ClampedArray(rgba.length);
    own.set(rgba);
    this.#tell({ kind: 'picture', rgba: own, ticks }, [own.buffer]);
  }

  async hold(ticks: number): Promise<void> {
    await this.#room();
    this.#tell({ kind: 'hold', ticks });
  }

  end(): void {
    this.#tell({ kind: 'end' });
  }

  async #room(): Promise<void> {
    while (this.#underWay >= mostUnderWay) {
      await new Promise<void>((wake) => {
        this.#wake = wake;
      });
    }
    this.#underWay++;
  }

  #tell(message: PictureMessage, transfer: Transferable[] = []): void {
    this.#port.postMessage(message, transfer);
  }
}
