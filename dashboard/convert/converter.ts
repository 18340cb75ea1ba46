import type { ClipSummary } from '../../format/clip-writer.ts';
import { LoopError } from '../../format/errors.ts';
import type { Picture } from '../../format/frame.ts';
import { ClipStream } from './clip-stream.ts';
import type { ConversionPlan } from './conversion-plan.ts';
import type { FromWorker } from './convert-protocol.ts';
import type { ConvertSettings } from './convert-settings.ts';
import { inWorker } from './one-worker.ts';

export type { ConversionPlan } from './conversion-plan.ts';
export type { ConvertSettings } from './convert-settings.ts';

/** What the page hears while a file is converted. */
export interface ConvertHooks {
  onProgress(progress: { stage: 'resizing' | 'converting'; fraction: number }): void;
  /** A few times a second a picture of the clip as the panel will show it. */
  onPreview?(picture: Picture): void;
  /** Ends the conversion at once and leaves nothing running. */
  readonly signal: AbortSignal;
}

/** A conversion that runs. When it fails with CONVERSION_FAILED, the original can still be uploaded: LOOP converts it itself. */
export interface Conversion {
  /** The clip's bytes while they are made. Who does not read stops the conversion after 4 MB; who leaves before the end, ends it. */
  readonly clip: AsyncIterable<Uint8Array>;
  /** SHA-256 of the original, 64 hex digits; long before the clip is done, and also when the conversion fails. */
  readonly hash: Promise<string>;
  /** What the clip came to, once all of it is made. */
  readonly done: Promise<ClipSummary>;
}

/** Looks at a file's bytes and at what this browser can do on this page, and says how the file will be converted. @throws LoopError FILE_EMPTY */
export function planConversion(file: File): Promise<ConversionPlan> {
  const never = new AbortController();
  return inWorker({ kind: 'plan', file }, (message) => (message.kind === 'planned' ? message.plan : undefined), never);
}

/** Starts converting a file, in workers: one decodes, one encodes, one hashes. No pixel crosses the page's thread but the preview's. */
export function convert(file: File, settings: ConvertSettings, hooks: ConvertHooks): Conversion {
  const stopping = new AbortController();
  const either = { signal: AbortSignal.any([hooks.signal, stopping.signal]) };
  const left = new LoopError('ABORTED', `Nobody reads the clip of "${file.name}" any more. Start again to get it.`);
  const clip = new ClipStream(() => stopping.abort(left));
  const { port1, port2 } = new MessageChannel();
  const hash = inWorker(
    { kind: 'hash', file },
    (message) => (message.kind === 'hashed' ? message.hash : undefined),
    hooks,
  );
  const decoding = inWorker<never>(
    { kind: 'decode', file, settings, wantsPreview: hooks.onPreview !== undefined, port: port1 },
    (message) => hear(message, hooks),
    either,
  );
  const done = inWorker(
    { kind: 'encode', port: port2 },
    (message, tell) => {
      if (message.kind === 'encoded') return message.summary;
      if (message.kind !== 'clip') return undefined;
      const { bytes } = message;
      clip.push(bytes, () => tell({ kind: 'taken', bytes: bytes.length }));
      return undefined;
    },
    either,
  );
  // Where one of the two ends the other is ended, a failure with its reason.
  decoding.catch((error: unknown) => stopping.abort(error));
  done.then(
    () => {
      clip.end();
      stopping.abort();
    },
    (error: unknown) => {
      clip.end({ error });
      stopping.abort(error);
    },
  );
  // Who reads the clip alone hears of a failure there.
  hash.catch(() => undefined);
  return { clip, hash, done };
}

function hear(message: FromWorker, hooks: ConvertHooks): undefined {
  if (message.kind === 'progress') hooks.onProgress({ stage: message.stage, fraction: message.fraction });
  if (message.kind === 'preview') hooks.onPreview?.(message.picture);
}
