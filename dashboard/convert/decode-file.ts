import { THRESHOLDS } from '../../format/clip-encoder.ts';
import type { ClipDescription } from '../../format/clip-header.ts';
import { isLoopError, LoopError } from '../../format/errors.ts';
import type { Picture } from '../../format/frame.ts';
import { quantise } from '../../format/pixels.ts';
import { openAnimationSource } from './animation-source.ts';
import type { ConvertSettings } from './convert-settings.ts';
import { openKernel } from './kernel.ts';
import type { PictureSender } from './picture-sender.ts';
import type { PictureSource } from './picture-source.ts';
import { fileKinds, sniff, sniffedBytes } from './sniff.ts';
import { openStillSource } from './still-source.ts';
import { openVideoSource } from './video-source.ts';

/** What is told meanwhile. */
export interface DecodeHooks {
  onProgress(stage: 'resizing' | 'converting', fraction: number): void;
  /** A picture as the clip has it now and then, its pixels the receiver's to keep. */
  onPreview?: (picture: Picture) => void;
}

/** How often people are told, in milliseconds. */
const progressMs = 100;
const previewMs = 250;

/**
 * Decodes a file and sends its pictures, brought to the panel's size, in memory that does not grow with its length. Nothing ends it from
 * inside: whoever wants that ends the worker.
 * @throws LoopError CONVERSION_FAILED when the browser could not after all: the original can still be converted by LOOP
 */
export async function decodeFile(
  file: File,
  settings: ConvertSettings,
  sender: PictureSender,
  hooks: DecodeHooks,
): Promise<void> {
  try {
    hooks.onProgress('resizing', 0);
    using source = await openSource(file, settings);
    sender.begin(describe(source, file, settings));
    await sendPictures(source, settings, sender, hooks);
    hooks.onProgress('converting', 1);
    sender.end();
  } catch (error) {
    if (isLoopError(error)) throw error;
    const reason = (error instanceof Error ? error.message : String(error)).replace(/\.+$/, '');
    throw new LoopError(
      'CONVERSION_FAILED',
      `This browser gave up on "${file.name}": ${reason}. LOOP converts it itself when the original is uploaded.`,
      { cause: error },
    );
  }
}

async function openSource(file: File, settings: ConvertSettings): Promise<PictureSource> {
  const kernel = await openKernel();
  const { kind } = sniff(new Uint8Array(await file.slice(0, sniffedBytes).arrayBuffer()));
  if (kind === 'mp4' || kind === 'matroska') return openVideoSource(file, settings, kernel);
  if (fileKinds[kind].type === 'gif') return openAnimationSource(file, fileKinds[kind].mime, settings, kernel);
  return openStillSource(file, settings, kernel);
}

async function sendPictures(
  source: PictureSource,
  { width, height, dither }: ConvertSettings,
  sender: PictureSender,
  { onProgress, onPreview }: DecodeHooks,
): Promise<void> {
  const isProgressDue = every(progressMs);
  const isPreviewDue = every(previewMs);
  let pictures = 0;
  for await (const { rgba, ticks, repeats, fraction } of source.pictures()) {
    if (pictures++ === 0) onProgress('resizing', 1);
    await sender.send(rgba, ticks);
    for (let i = 0; i < repeats; i++) await sender.hold(1);
    if (onPreview && isPreviewDue()) {
      const pixels = new Uint16Array(width * height);
      quantise(rgba, pixels, { dither, width });
      onPreview({ width, height, pixels });
    }
    if (isProgressDue()) onProgress('converting', fraction);
  }
  if (pictures === 0) throw new Error('no picture came out of its decoder');
}

function describe(source: PictureSource, file: File, settings: ConvertSettings): ClipDescription {
  const { width, height, title, quality, dither, fit } = settings;
  return {
    width,
    height,
    timebase: source.timebase,
    title,
    scan: 'rows',
    conversion: { mode: quality, threshold: THRESHOLDS[quality], dither, fit },
    source: { name: file.name, fps: source.fps },
    made: new Date().toISOString(),
  };
}

/** True at most once in so many milliseconds, and the first time. */
function every(milliseconds: number): () => boolean {
  let next = 0;
  return () => {
    const now = performance.now();
    if (now < next) return false;
    next = now + milliseconds;
    return true;
  };
}
