import { uploadMedia } from '../../client/upload.ts';
import type { Clip } from '../../contract/domain.ts';
import { isLoopError } from '../../format/errors.ts';
import type { Geometry, Picture } from '../../format/frame.ts';
import { type ConversionPlan, convert, planConversion } from '../convert/converter.ts';
import { inWorker } from '../convert/one-worker.ts';
import type { ClipSettings, Stage } from './upload-job.ts';

/** What sending one file needs, and whom it tells. */
export interface SendOptions {
  readonly base: string;
  readonly geometry: Geometry;
  readonly settings: ClipSettings;
  readonly signal: AbortSignal;
  readonly onPlan: (plan: ConversionPlan) => void;
  readonly onHash: (hash: string) => void;
  readonly onPreview: (picture: Picture) => void;
  /** `fraction` is of the stage, 0 to 1. */
  readonly onProgress: (stage: Stage, fraction: number) => void;
}

/**
 * Makes one file a clip in LOOP's library: converted here and uploaded while that runs, or uploaded as it is where this browser cannot.
 * A conversion that breaks off half-way is left to LOOP as well.
 */
export async function sendFile(file: File, options: SendOptions): Promise<Clip> {
  const plan = await planConversion(file);
  options.signal.throwIfAborted();
  options.onPlan(plan);
  if (plan.way === 'server') return sendOriginal(file, options);
  try {
    return await convertAndSend(file, options);
  } catch (error) {
    if (options.signal.aborted || !isLoopError(error, 'CONVERSION_FAILED')) throw error;
    options.onPlan({
      ...plan,
      way: 'server',
      why: 'This browser could not convert all of it, so LOOP does.',
      estimateSeconds: null,
    });
    return sendOriginal(file, options);
  }
}

async function convertAndSend(file: File, options: SendOptions): Promise<Clip> {
  const { settings, geometry, signal, onProgress } = options;
  const title = file.name.replace(/\.[^.]+$/, '');
  const run = convert(
    file,
    { ...settings, width: geometry.width, height: geometry.height, title },
    { signal, onPreview: options.onPreview, onProgress: ({ stage, fraction }) => onProgress(stage, fraction) },
  );
  // A failure reaches the upload through the clip's bytes.
  run.done.catch(() => undefined);
  const hash = await run.hash;
  options.onHash(hash);
  return upload(file, hash, options, run.clip);
}

async function sendOriginal(file: File, options: SendOptions): Promise<Clip> {
  const hash = await inWorker(
    { kind: 'hash', file },
    (message) => (message.kind === 'hashed' ? message.hash : undefined),
    options,
  );
  options.onHash(hash);
  return upload(file, hash, options);
}

function upload(file: File, hash: string, options: SendOptions, clip?: AsyncIterable<Uint8Array>): Promise<Clip> {
  const { base, settings, signal, onProgress } = options;
  return uploadMedia({
    base,
    file,
    filename: file.name,
    hash,
    ...(clip && { clip }),
    settings: { fit: settings.fit, dither: settings.dither, quality: settings.quality },
    signal,
    onProgress: ({ sentBytes, totalBytes }) => {
      // While the clip is still being made, the bar tells of that.
      if (totalBytes !== null) onProgress('uploading', sentBytes / totalBytes);
    },
  });
}
