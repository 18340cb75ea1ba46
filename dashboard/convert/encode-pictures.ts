import { ClipEncoder } from '../../format/clip-encoder.ts';
import type { ClipSummary } from '../../format/clip-writer.ts';
import { LoopError } from '../../format/errors.ts';
import type { PictureMessage, PictureTaken } from './convert-protocol.ts';
import { deflateRaw } from './deflate-raw.ts';

/**
 * The other end of a PictureSender: makes a clip of what comes, one thing after the other.
 * @param write the next bytes of the clip, lent until it resolves; the sender waits meanwhile
 */
export function encodePictures(port: MessagePort, write: (bytes: Uint8Array) => Promise<void>): Promise<ClipSummary> {
  const { promise, resolve, reject } = Promise.withResolvers<ClipSummary>();
  let encoder: ClipEncoder | undefined;
  let last = Promise.resolve();
  const taken = (message: PictureTaken, transfer: Transferable[] = []): void => port.postMessage(message, transfer);

  async function take(message: PictureMessage): Promise<void> {
    if (message.kind === 'clip') encoder = new ClipEncoder(message.description, { deflate: deflateRaw, write });
    if (!encoder)
      throw new LoopError('INTERNAL', `"${message.kind}" came before "clip". Correct the sender of pictures.`);
    switch (message.kind) {
      case 'picture':
        await encoder.addRgba(message.rgba, message.ticks);
        return taken({ rgba: message.rgba }, [message.rgba.buffer]);
      case 'hold':
        await encoder.hold(message.ticks);
        return taken({});
      case 'end':
        resolve(await encoder.finish());
    }
  }

  port.onmessage = ({ data }: MessageEvent<PictureMessage>) => {
    last = last.then(() => take(data));
    last.catch(reject);
  };
  return promise;
}
