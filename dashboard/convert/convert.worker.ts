import { type ConversionOutput, convertFile } from './conversion.ts';
import { planFile } from './conversion-plan.ts';
import type { FromEncoder, FromWorker, ToEncoder, ToWorker } from './convert-protocol.ts';
import { EncoderHost } from './encoder-host.ts';
import { hashFile } from './file-hash.ts';
import { packFailure } from './worker-failure.ts';

/** Bytes of the clip that may wait for a slow reader; then the conversion waits too. */
const mostWaiting = 4 << 20;

let waiting = 0;
let wake: (() => void) | undefined;
let encoder: EncoderHost | undefined;

function post(message: FromWorker | FromEncoder, transfer: Transferable[] = []): void {
  // The page's types know only the window's postMessage, whose second parameter may be these options too.
  postMessage(message, { transfer });
}

async function write(bytes: Uint8Array<ArrayBuffer>): Promise<void> {
  waiting += bytes.length;
  post({ kind: 'clip', bytes }, [bytes.buffer]);
  while (waiting > mostWaiting) {
    await new Promise<void>((resolve) => {
      wake = resolve;
    });
  }
}

async function convert({ file, settings, wantsPreview }: ToWorker & { kind: 'convert' }): Promise<void> {
  const output: ConversionOutput = {
    write,
    onProgress: (stage, fraction) => post({ kind: 'progress', stage, fraction }),
    ...(wantsPreview && { onPreview: (picture) => post({ kind: 'preview', picture }, [picture.pixels.buffer]) }),
  };
  // Nothing stops a conversion from inside; the page ends the worker.
  const { signal } = new AbortController();
  post({ kind: 'done', summary: await convertFile(file, settings, output, { signal }) });
}

async function answer(message: ToWorker | ToEncoder): Promise<void> {
  switch (message.kind) {
    case 'plan':
      return post({ kind: 'planned', plan: await planFile(message.file) });
    case 'hash':
      return post({ kind: 'hashed', hash: await hashFile(message.file) });
    case 'convert':
      return convert(message);
    case 'taken':
      waiting -= message.bytes;
      return wake?.();
    case 'encode':
      encoder = new EncoderHost(message, post);
      return;
    default:
      return encoder?.handle(message);
  }
}

addEventListener('message', ({ data }: MessageEvent<ToWorker | ToEncoder>) => {
  answer(data).catch((error: unknown) => post(packFailure(error)));
});
post({ kind: 'ready' });
