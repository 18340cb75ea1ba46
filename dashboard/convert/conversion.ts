import { THRESHOLDS } from '../../format/clip-encoder.ts';
import type { ClipDescription } from '../../format/clip-header.ts';
import type { ClipSummary } from '../../format/clip-writer.ts';
import { isLoopError, LoopError } from '../../format/errors.ts';
import type { Picture } from '../../format/frame.ts';
import { quantise } from '../../format/pixels.ts';
import type { ConvertSettings } from './convert-settings.ts';
import { openAnimation, openStill } from './image-source.ts';
import { openKernel } from './kernel.ts';
import type { PictureSource } from './picture-source.ts';
import { openRemoteEncoder } from './remote-encoder.ts';
import { fileKinds, sniff, sniffedBytes } from './sniff.ts';
import { openVideoSource } from './video-source.ts';

/** Where a conversion's results go. */
export interface ConversionOutput {
  /** The next bytes of the clip, the receiver's to keep; resolves when there is room for more. */
  write(bytes: Uint8Array<ArrayBuffer>): Promise<void>;
  onProgress(stage: 'resizing' | 'converting', fraction: number): void;
  /** A picture of the clip now and then, its pixels the receiver's to keep. */
  onPreview?: (picture: Picture) => void;
}

/** How often people are told, in milliseconds. */
const progressMs = 100;
const previewMs = 250;

/**
 * Makes a file into a clip in this browser, in memory that does not grow with its length.
 * @throws LoopError CONVERSION_FAILED when the browser could not after all: the original can still be converted by LOOP
 */
export async function convertFile(
  file: File,
  settings: ConvertSettings,
  output: ConversionOutput,
  options: { signal: AbortSignal },
): Promise<ClipSummary> {
  try {
    output.onProgress('resizing', 0);
    using source = await openSource(file, settings);
    return await encode(source, file, settings, output, options);
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
  if (fileKinds[kind].type === 'gif') return openAnimation(file, fileKinds[kind].mime, settings, kernel);
  return openStill(file, settings, kernel);
}

async function encode(
  source: PictureSource,
  file: File,
  settings: ConvertSettings,
  output: ConversionOutput,
  options: { signal: AbortSignal },
): Promise<ClipSummary> {
  const { width, height, dither } = settings;
  using encoder = await openRemoteEncoder(describe(source, file, settings), (bytes) => output.write(bytes));
  const isProgressDue = every(progressMs);
  const isPreviewDue = every(previewMs);
  let pictures = 0;
  for await (const { rgba, ticks, repeats, fraction } of source.pictures(options)) {
    if (pictures++ === 0) output.onProgress('resizing', 1);
    await encoder.addRgba(rgba, ticks);
    for (let i = 0; i < repeats; i++) await encoder.hold(1);
    if (output.onPreview && isPreviewDue()) {
      const pixels = new Uint16Array(width * height);
      quantise(rgba, pixels, { dither, width });
      output.onPreview({ width, height, pixels });
    }
    if (isProgressDue()) output.onProgress('converting', fraction);
  }
  if (pictures === 0) throw new Error('no picture came out of its decoder');
  const summary = await encoder.finish();
  output.onProgress('converting', 1);
  return summary;
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
