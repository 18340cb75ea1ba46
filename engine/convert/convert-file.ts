import { type FileHandle, open, rm } from 'node:fs/promises';
import { basename } from 'node:path';
import type { MediaType } from '../../contract/domain.ts';
import { titleOf } from '../../contract/slug.ts';
import { ClipEncoder, THRESHOLDS } from '../../format/clip-encoder.ts';
import type { ClipDescription } from '../../format/clip-header.ts';
import type { ClipSummary } from '../../format/clip-writer.ts';
import { LoopError } from '../../format/errors.ts';
import type { Fit, Geometry, Quality } from '../../format/frame.ts';
import { nodeDeflate } from './node-deflate.ts';
import { readPictures } from './picture-frames.ts';
import { type Probe, probe } from './probe.ts';
import { type MediaFormat, sniffFile } from './sniff.ts';
import { readFrames } from './video-frames.ts';

/** Ticks a second of clips whose frames have delays of their own: milliseconds. */
const TICKS_PER_SECOND = 1000;
/** A picture stands as long as the playlist says; its clip says a second. */
const STILL_TICKS = 1000;
/** A video may end this much before its own header says; more is missing data. Sound is often a little longer than picture. */
const MAY_MISS = 0.1;

export interface Conversion {
  readonly input: string;
  /** The `.loop` file, written anew; removed again when the conversion fails. */
  readonly output: string;
  readonly geometry: Geometry;
  readonly fit: Fit;
  readonly quality: Quality;
  readonly dither: 'none' | 'bayer';
  /** Frames a second that video is brought to. */
  readonly framerate: number;
  /** Missing: made from `name`. */
  readonly title?: string;
  /** What the file was called; missing: what it is called. */
  readonly name?: string;
  readonly signal: AbortSignal;
  /** Hears the share that is done, 0 to 1. */
  readonly onProgress?: (fraction: number) => void;
}

/** Where frames go: RGBA8888 of the clip's size, and how long each stands. */
type Take = (rgba: Uint8Array, ticks: number) => Promise<void>;

/**
 * Converts a file to a clip: what it is is told by its bytes; its frames come one at a time and leave as soon as a chunk is full,
 * so memory does not grow with its length.
 * @throws LoopError FILE_EMPTY, MEDIA_UNSUPPORTED, MEDIA_DAMAGED, CONVERSION_FAILED, FFMPEG_MISSING, or the signal's reason
 */
export async function convertFile(conversion: Conversion): Promise<ClipSummary & { type: MediaType }> {
  const { input, output, signal } = conversion;
  const format = await sniffFile(input);
  const probed = format.kind === 'picture' ? undefined : await probe(input, format, { signal });
  const file = await open(output, 'w', 0o644);
  try {
    const encoder = new ClipEncoder(describe(conversion, format, probed), {
      deflate: nodeDeflate,
      write: writer(file),
    });
    const take: Take = (rgba, ticks) => encoder.addRgba(rgba, ticks);
    if (format.kind === 'picture') await takePictures(conversion, take);
    else if (probed !== undefined) await takeFrames(conversion, format, probed, take);
    const summary = await encoder.finish();
    await file.sync();
    return { ...summary, type: mediaType(format, summary.frames) };
  } catch (error) {
    await rm(output, { force: true });
    throw error;
  } finally {
    await file.close();
  }
}

/** What a clip is by its original: one frame is a picture, whatever it came in. */
export function mediaType({ kind }: Pick<MediaFormat, 'kind'>, frames: number): MediaType {
  if (frames === 1) return 'image';
  return kind === 'video' ? 'video' : 'gif';
}

async function takePictures({ input, geometry, fit, signal, onProgress }: Conversion, take: Take): Promise<void> {
  for await (const { rgba, delayMs, done } of readPictures(input, geometry, fit, { signal })) {
    await take(rgba, delayMs ?? STILL_TICKS);
    onProgress?.(done);
  }
}

async function takeFrames(
  { input, geometry, fit, framerate, signal, onProgress }: Conversion,
  { kind, demuxer }: Exclude<MediaFormat, { kind: 'picture' }>,
  probed: Probe,
  take: Take,
): Promise<void> {
  const isVideo = kind === 'video';
  const expected = isVideo ? Math.round((probed.duration ?? 0) * framerate) : probed.delays.length;
  let done = 0;
  await readFrames({
    path: input,
    demuxer,
    probe: probed,
    geometry,
    fit,
    framerate: isVideo ? framerate : undefined,
    signal,
    onFrame: async (rgba) => {
      await take(rgba, isVideo ? 1 : delayTicks(probed.delays[done]));
      done++;
      if (expected > 0) onProgress?.(Math.min(1, done / expected));
    },
  });
  if (done === 0) throw cut('it holds no frame that can be read');
  if (isVideo && expected - done > Math.max(1, expected * MAY_MISS)) {
    throw cut(`it ends after ${seconds(done / framerate)} of ${seconds(expected / framerate)}`);
  }
}

/** Delays of 10 ms and less are shown as 100 ms, as browsers do. */
function delayTicks(delay = 0): number {
  const ticks = Math.round(delay * TICKS_PER_SECOND);
  return ticks > 10 ? ticks : 100;
}

function describe(
  { geometry, fit, quality, dither, framerate, input, name = basename(input), title = titleOf(name) }: Conversion,
  { kind }: MediaFormat,
  probed: Probe | undefined,
): ClipDescription {
  return {
    width: geometry.width,
    height: geometry.height,
    timebase: [1, kind === 'video' ? framerate : TICKS_PER_SECOND],
    title,
    scan: 'rows',
    conversion: { mode: quality, threshold: THRESHOLDS[quality], dither, fit },
    source: { name, fps: Math.round((probed?.fps ?? 0) * 1000) / 1000 },
    made: new Date().toISOString(),
  };
}

function writer(file: FileHandle): (bytes: Uint8Array) => Promise<void> {
  return async (bytes) => {
    for (let at = 0; at < bytes.length; ) at += (await file.write(bytes, at)).bytesWritten;
  };
}

function seconds(count: number): string {
  return `${Math.round(count * 10) / 10} s`;
}

function cut(what: string): LoopError {
  return new LoopError(
    'MEDIA_DAMAGED',
    `The file cannot be converted whole: ${what}. It may be cut or damaged. Try to open it elsewhere, or choose another one.`,
  );
}
