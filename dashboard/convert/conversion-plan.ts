import type { MediaType } from '../../contract/domain.ts';
import { LoopError } from '../../format/errors.ts';
import type { Geometry } from '../../format/frame.ts';
import { fileKinds, type Sniffed, sniff, sniffedBytes } from './sniff.ts';
import { openVideoInput } from './video-input.ts';

/** Where a file is best converted, and what to tell people about it. */
export interface ConversionPlan {
  readonly way: 'webcodecs' | 'image' | 'server';
  /** One sentence: why this way. */
  readonly why: string;
  /** Seconds the conversion takes, roughly; the way of the bytes not counted. Null when there is nothing to judge by. */
  readonly estimateSeconds: number | null;
  readonly type: MediaType;
}

/**
 * Source pixels a second. Browser: half of what Chromium did on two cores of a 2020 server (Big Buck Bunny, 1080p, 20 s in under 4 s).
 * Device: a quarter of ffmpeg on one such core, a guess for a Pi Zero 2 W.
 */
const browserPixels = 125e6;
const devicePixels = 60e6;
/** Frames a second where only the duration is known, and pixels a byte where not even that is: 1080p24 of 6 Mbit/s. */
const guessedRate = 30;
const guessedPixelsPerByte = 66;
/** Most pixels of a picture that is unpacked here: 4 bytes each, and phones end a page at a few hundred megabytes. */
const mostPixels = 120e6;

/** Decides by the first bytes and by what this very worker can do. @throws LoopError FILE_EMPTY */
export async function planFile(file: File): Promise<ConversionPlan> {
  if (file.size === 0) {
    throw new LoopError(
      'FILE_EMPTY',
      `"${file.name}" has 0 bytes. LOOP needs a picture or a video; choose another file.`,
    );
  }
  const sniffed = sniff(new Uint8Array(await file.slice(0, sniffedBytes).arrayBuffer()));
  switch (sniffed.kind) {
    case 'mp4':
    case 'matroska':
      return planVideo(file, sniffed);
    case 'gif':
    case 'apng':
    case 'animated-webp':
      return planAnimation(file, sniffed);
    case 'png':
    case 'jpeg':
    case 'webp':
    case 'avif':
    case 'bmp':
      return planStill(file, sniffed);
    default:
      return onDevice(
        file,
        sniffed,
        `Browsers do not open ${nameOf(sniffed)} files, so LOOP converts it itself after the upload.`,
      );
  }
}

async function planVideo(file: File, sniffed: Sniffed): Promise<ConversionPlan> {
  if (typeof VideoDecoder === 'undefined') return onDevice(file, sniffed, lacking('video decoder'));
  using input = openVideoInput(file);
  const track = await input.getPrimaryVideoTrack().catch(() => null);
  if (!track)
    return onDevice(file, sniffed, 'The browser finds no video track in it; LOOP tries itself after the upload.');
  const seconds = (await track.getDurationFromMetadata()) ?? null;
  const pixels = (await track.getCodedWidth()) * (await track.getCodedHeight()) * guessedRate * (seconds ?? 0);
  if (!(await track.canDecode())) {
    const codec = ((await track.getCodec()) ?? 'this codec').toUpperCase();
    const why = `This browser cannot decode ${codec}, so LOOP converts it itself after the upload.`;
    return { way: 'server', why, estimateSeconds: seconds && Math.ceil(pixels / devicePixels), type: 'video' };
  }
  const estimateSeconds = seconds && Math.ceil(pixels / browserPixels);
  return {
    way: 'webcodecs',
    why: 'Converted in this browser; the device has nothing to do.',
    estimateSeconds,
    type: 'video',
  };
}

async function planAnimation(file: File, sniffed: Sniffed): Promise<ConversionPlan> {
  const { mime } = fileKinds[sniffed.kind];
  if (typeof ImageDecoder === 'undefined') return onDevice(file, sniffed, lacking('decoder of animations'));
  if (!(await ImageDecoder.isTypeSupported(mime))) {
    return onDevice(
      file,
      sniffed,
      `This browser cannot decode ${nameOf(sniffed)}, so LOOP converts it itself after the upload.`,
    );
  }
  return planStill(file, sniffed);
}

async function planStill(file: File, sniffed: Sniffed): Promise<ConversionPlan> {
  if (sniffed.size && area(sniffed.size) > mostPixels) {
    const { width, height } = sniffed.size;
    return onDevice(
      file,
      sniffed,
      `A picture of ${width} x ${height} is more than a browser page can unpack; LOOP tries itself after the upload.`,
    );
  }
  const { type } = fileKinds[sniffed.kind];
  return { way: 'image', why: 'Converted in this browser; the device has nothing to do.', estimateSeconds: 1, type };
}

function onDevice(file: File, sniffed: Sniffed, why: string): ConversionPlan {
  const { type } = fileKinds[sniffed.kind];
  const pixels = type === 'image' && sniffed.size ? area(sniffed.size) : file.size * guessedPixelsPerByte;
  const estimateSeconds = sniffed.kind === 'unknown' ? null : Math.ceil(pixels / devicePixels);
  return { way: 'server', why, estimateSeconds, type };
}

const nameOf = ({ kind }: Sniffed): string => fileKinds[kind].name;
const area = ({ width, height }: Geometry): number => width * height;

function lacking(what: string): string {
  const reason = globalThis.isSecureContext
    ? `This browser has no ${what}`
    : `Browsers give a page no ${what} over plain http from another machine`;
  return `${reason}, so LOOP converts it itself after the upload.`;
}
