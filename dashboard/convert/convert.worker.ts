import { planFile } from './conversion-plan.ts';
import type { FromWorker, ToWorker } from './convert-protocol.ts';
import { decodeFile } from './decode-file.ts';
import { encodePictures } from './encode-pictures.ts';
import { hashFile } from './file-hash.ts';
import { PictureSender } from './picture-sender.ts';
import { packFailure } from './worker-failure.ts';

/** Bytes of the clip that may wait for a slow reader; then the encoder waits, and by it the decoder. */
const mostWaiting = 4 << 20;

let waiting = 0;
let wake: (() => void) | undefined;

function post(message: FromWorker, transfer: Transferable[] = []): void {
  postMessage(message, { transfer });
}

async function write(bytes: Uint8Array): Promise<void> {
  const own = new Uint8Array(bytes);
  waiting += own.length;
  post({ kind: 'clip', bytes: own }, [own.buffer]);
  while (waiting > mostWaiting) {
    await new Promise<void>((resolve) => {
      wake = resolve;
    });
  }
}

async function answer(message: ToWorker): Promise<void> {
  switch (message.kind) {
    case 'plan':
      return post({ kind: 'planned', plan: await planFile(message.file) });
    case 'hash':
      return post({ kind: 'hashed', hash: await hashFile(message.file) });
    case 'decode': {
      const { file, settings, wantsPreview, port } = message;
      await decodeFile(file, settings, new PictureSender(port), {
        onProgress: (stage, fraction) => post({ kind: 'progress', stage, fraction }),
        ...(wantsPreview && { onPreview: (picture) => post({ kind: 'preview', picture }, [picture.pixels.buffer]) }),
      });
      return;
    }
    case 'encode':
      return post({ kind: 'encoded', summary: await encodePictures(message.port, write) });
    case 'taken':
      waiting -= message.bytes;
      wake?.();
  }
}

addEventListener('message', ({ data }: MessageEvent<ToWorker>) => {
  answer(data).catch((error: unknown) => post(packFailure(error)));
});
post({ kind: 'ready' });
