import { availableParallelism } from 'node:os';
import { type Placement, place } from '../../format/fit.ts';
import type { Fit, Geometry } from '../../format/frame.ts';
import { inputArguments, runFfmpeg } from './ffmpeg-job.ts';
import type { Probe } from './probe.ts';

/** What frames are wanted. */
export interface FrameRequest {
  readonly path: string;
  readonly demuxer: string;
  readonly probe: Probe;
  readonly geometry: Geometry;
  readonly fit: Fit;
  /** Frames a second the video is brought to; undefined: every frame as it is. */
  readonly framerate: number | undefined;
  readonly signal: AbortSignal;
  /** Takes one frame, RGBA8888 of the geometry's size; the bytes are reused after the promise resolves. */
  readonly onFrame: (rgba: Uint8Array) => Promise<void>;
}

/**
 * Area average where it shrinks, bilinear where it enlarges (libswscale's SWS_AREA does both), exact rounding, and chroma at
 * full resolution on both sides.
 */
const SCALER = 'area+accurate_rnd+full_chroma_int+full_chroma_inp';

/** Decodes a file frame by frame; resolves with how many there were. */
export async function readFrames(request: FrameRequest): Promise<number> {
  const { path, demuxer, probe, geometry, signal, onFrame } = request;
  const frame = new Uint8Array(geometry.width * geometry.height * 4);
  let filled = 0;
  let frames = 0;
  const onOutput = async (bytes: Uint8Array) => {
    for (let at = 0; at < bytes.length; ) {
      const part = bytes.subarray(at, at + frame.length - filled);
      frame.set(part, filled);
      filled += part.length;
      at += part.length;
      if (filled < frame.length) continue;
      filled = 0;
      frames++;
      await onFrame(frame);
    }
  };
  await runFfmpeg({
    program: 'ffmpeg',
    arguments: [
      '-nostdin',
      ...['-threads', String(Math.max(1, availableParallelism() - 1))],
      // Delays of 10 ms and less are shown as 100 ms, as browsers do; ffmpeg counts them in hundredths.
      ...(demuxer === 'gif' ? ['-min_delay', '2', '-default_delay', '10'] : []),
      ...inputArguments(path, demuxer),
      ...['-map', `0:${probe.stream}`, '-vf', filters(request), '-fps_mode', 'passthrough'],
      ...['-f', 'rawvideo', '-pix_fmt', 'rgba', 'pipe:1'],
    ],
    signal,
    onOutput,
  });
  return frames;
}

/** The filters between decoder and frames: frame rate, alpha over black, cut, size, colour, bars. */
function filters({ probe, geometry, fit, framerate }: FrameRequest): string {
  const { stored, pixelAspect } = probe;
  const shown = { width: stored.width * pixelAspect, height: stored.height };
  const placement = place(shown, geometry, fit);
  const { x, y, width, height } = placement.target;
  return [
    ...(framerate === undefined ? [] : [`fps=${framerate}:round=near`]),
    ...(hasAlpha(probe.pixelFormat) ? ['format=gbrap', 'premultiply=inplace=1', 'format=gbrp'] : []),
    ...cutAndScale(placement, probe),
    'format=rgba',
    ...(width === geometry.width && height === geometry.height
      ? []
      : [`pad=${geometry.width}:${geometry.height}:${x}:${y}:black`]),
  ].join(',');
}

/**
 * `crop` knows whole pixels alone. Where the picture shrinks it cuts the source, whose pixels are the finer ones; where it grows
 * the scaled picture. Either way the cut is less than half a pixel of the display off.
 */
function cutAndScale({ source, target }: Placement, probe: Probe): string[] {
  const { stored, pixelAspect } = probe;
  const cut = {
    x: source.x / pixelAspect,
    y: source.y,
    width: source.width / pixelAspect,
    height: source.height,
  };
  const isCut = Math.round(cut.width) < stored.width || Math.round(cut.height) < stored.height;
  if (!isCut) return [scaler(target, probe)];
  if (cut.width >= target.width && cut.height >= target.height) {
    const { x, y, width, height } = whole(cut);
    return [`crop=${width}:${height}:${x}:${y}`, scaler(target, probe)];
  }
  const across = target.width / cut.width;
  const down = target.height / cut.height;
  const all = { width: Math.round(stored.width * across), height: Math.round(stored.height * down) };
  const { x, y } = whole({ ...cut, x: cut.x * across, y: cut.y * down });
  return [scaler(all, probe), `crop=${target.width}:${target.height}:${x}:${y}`];
}

function scaler({ width, height }: Geometry, probe: Probe): string {
  const { matrix, range } = colours(probe);
  return `scale=${width}:${height}:flags=${SCALER}:in_color_matrix=${matrix}:in_range=${range}:out_range=full`;
}

/**
 * The matrix and range to read YUV by: the stream's own, untagged BT.709 from 720 lines up and BT.601 below, limited range
 * except for the full-range formats of JPEG.
 */
function colours({ colourSpace, colourRange, codedLines, pixelFormat }: Probe): { matrix: string; range: string } {
  const named: Readonly<Record<string, string>> = {
    bt709: 'bt709',
    smpte170m: 'bt601',
    bt470bg: 'bt601',
    smpte240m: 'smpte240m',
    fcc: 'fcc',
    bt2020nc: 'bt2020',
    bt2020c: 'bt2020',
  };
  const isFull = colourRange === 'pc' || pixelFormat.startsWith('yuvj');
  return {
    matrix: named[colourSpace] ?? (codedLines >= 720 ? 'bt709' : 'bt601'),
    range: isFull ? 'full' : 'limited',
  };
}

function hasAlpha(pixelFormat: string): boolean {
  return /^(yuva|rgba|bgra|argb|abgr|gbrap|ya\d|pal8)/.test(pixelFormat);
}

function whole({ x, y, width, height }: { x: number; y: number; width: number; height: number }) {
  return { x: Math.round(x), y: Math.round(y), width: Math.round(width), height: Math.round(height) };
}
