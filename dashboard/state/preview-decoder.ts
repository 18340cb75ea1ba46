import { PREVIEW_HEADER_BYTES, readPreviewHeader } from '../../contract/messages.ts';
import type { Picture } from '../../format/frame.ts';
import { decodeFrame } from '../../format/frame-codec.ts';

/** Turns the binary messages of a preview room back into pictures; keeps the last one, which the next delta changes in place. */
export class PreviewDecoder {
  #picture: Picture | undefined;
  #sequence: number | undefined;

  /**
   * Takes one message. The picture is the decoder's own and changes with the next message.
   * Undefined when the message is no preview frame, is damaged, or builds on a frame that was missed: then the next key frame mends it.
   */
  take(message: Uint8Array): Picture | undefined {
    const header = readPreviewHeader(message);
    if (header === undefined) return undefined;
    const follows = this.#sequence !== undefined && header.sequence === (this.#sequence + 1) % 2 ** 32;
    if (header.kind === 'delta' && !(follows && this.#fits(header))) return undefined;
    const { width, height } = header;
    const picture = this.#fits(header) ? this.#picture! : { width, height, pixels: new Uint16Array(width * height) };
    try {
      decodeFrame(message.subarray(PREVIEW_HEADER_BYTES), picture.pixels, width, header.kind);
    } catch {
      this.#sequence = undefined;
      return undefined;
    }
    this.#picture = picture;
    this.#sequence = header.sequence;
    return picture;
  }

  #fits(header: { readonly width: number; readonly height: number }): boolean {
    return this.#picture?.width === header.width && this.#picture.height === header.height;
  }
}
