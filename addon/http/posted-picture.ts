import type { IncomingMessage } from 'node:http';
import type { Metadata } from 'sharp';
import type { ShownPicture } from '../../engine/engine.ts';
import { LoopError } from '../../format/errors.ts';
import { scale } from '../../format/fit.ts';
import type { Geometry } from '../../format/frame.ts';
import { quantise, readBigEndian } from '../../format/pixels.ts';
import { readBody } from './body.ts';
import { openSharp } from './sharp.ts';

/** Most bytes of a posted picture, as a file. */
const MOST_BYTES = 16 << 20;
/** Most pixels of one decoded frame, RGBA in memory: 64 MB. */
const MOST_PIXELS = 16_000_000;
/** Most bytes of an animation once it is fitted and RGB565: 218 frames of 320 x 240. */
const MOST_SHOWN_BYTES = 32 << 20;
/** Decoded at once; a GIF is read from its start for each lot. */
const FRAMES_AT_ONCE = 16;
/** Of a picture that has no delay of its own; it stays until the time is over or something else is asked for. */
const STILL_US = 1_000_000;

/**
 * Reads the picture a program posts for a display, fitted whole with black bars.
 * @throws LoopError MEDIA_UNSUPPORTED, MEDIA_DAMAGED, FILE_EMPTY, PAYLOAD_TOO_LARGE, INVALID_REQUEST
 */
export async function postedPictures(req: IncomingMessage, target: Geometry): Promise<ShownPicture[]> {
  const type = (req.headers['content-type'] ?? '').split(';', 1)[0]?.trim().toLowerCase() ?? '';
  switch (type) {
    case 'application/octet-stream':
      return [rawPicture(await readBody(req, { most: MOST_BYTES }), target)];
    case 'image/png':
    case 'image/jpeg':
    case 'image/gif':
      return decode(await readBody(req, { most: MOST_BYTES }), type, target);
    default:
      throw new LoopError(
        'MEDIA_UNSUPPORTED',
        `The Content-Type is "${type.slice(0, 80)}"; a frame is image/png, image/jpeg, image/gif, or application/octet-stream with RGB565. Send one of these.`,
      );
  }
}

function rawPicture(body: Buffer, { width, height }: Geometry): ShownPicture {
  const bytes = width * height * 2;
  if (body.length !== bytes) {
    throw new LoopError(
      'INVALID_REQUEST',
      `The picture has ${body.length} bytes; RGB565 big-endian of ${width} x ${height} has ${bytes}. Send exactly that.`,
    );
  }
  const pixels = new Uint16Array(width * height);
  readBigEndian(body, pixels);
  return { pixels, durationUs: STILL_US };
}

async function decode(body: Buffer, type: string, target: Geometry): Promise<ShownPicture[]> {
  if (body.length === 0) throw new LoopError('FILE_EMPTY', 'The picture has no bytes; a picture has some. Send it.');
  try {
    const sharp = await openSharp();
    const facts = await sharp(body, { limitInputPixels: MOST_PIXELS }).metadata();
    if (`image/${facts.format}` !== type) {
      const message = `The body is ${facts.format ?? 'no picture'}, its Content-Type says ${type}. Send the right one.`;
      throw new LoopError('MEDIA_UNSUPPORTED', message);
    }
    return await decodeFrames(body, facts, target);
  } catch (error) {
    if (error instanceof LoopError) throw error;
    const why = error instanceof Error ? error.message.split('\n', 1)[0]?.slice(0, 200) : '';
    throw new LoopError(
      'MEDIA_DAMAGED',
      `The picture cannot be read (${why}). Try to open it elsewhere, or send another one.`,
      {
        cause: error,
      },
    );
  }
}

async function decodeFrames(body: Buffer, facts: Metadata, target: Geometry): Promise<ShownPicture[]> {
  const frames = facts.pages ?? 1;
  if (frames * target.width * target.height * 2 > MOST_SHOWN_BYTES) {
    const most = Math.floor(MOST_SHOWN_BYTES / (target.width * target.height * 2));
    const message = `The animation has ${frames} frames; ${most} fit in here. Upload it with POST /api/media instead.`;
    throw new LoopError('PAYLOAD_TOO_LARGE', message, { details: { most } });
  }
  const pictures: ShownPicture[] = [];
  const lot = Math.max(1, Math.min(FRAMES_AT_ONCE, Math.floor(MOST_PIXELS / (facts.width * facts.height))));
  for (let page = 0; page < frames; page += lot) {
    for (const rgba of await decodeLot(body, page, Math.min(lot, frames - page))) {
      const durationUs = frames === 1 ? STILL_US : shownDelay(facts.delay?.[pictures.length]) * 1000;
      pictures.push({ pixels: fitted(rgba, target), durationUs });
    }
  }
  return pictures;
}

interface Frame extends Geometry {
  readonly rgba: Uint8Array;
}

async function decodeLot(body: Buffer, page: number, pages: number): Promise<Frame[]> {
  const sharp = await openSharp();
  const { data, info } = await sharp(body, { page, pages, limitInputPixels: MOST_PIXELS * pages })
    .autoOrient()
    .flatten({ background: '#000' })
    .toColourspace('srgb')
    .ensureAlpha()
    .raw()
    .toBuffer({ resolveWithObject: true });
  const { width } = info;
  const height = info.height / pages;
  const bytes = width * height * 4;
  return Array.from({ length: pages }, (_, i) => ({ width, height, rgba: data.subarray(i * bytes, (i + 1) * bytes) }));
}

function fitted({ rgba, width, height }: Frame, target: Geometry): Uint16Array {
  const scaled = new Uint8Array(target.width * target.height * 4);
  scale(rgba, { width, height }, target, 'contain', scaled);
  const pixels = new Uint16Array(target.width * target.height);
  quantise(scaled, pixels, { dither: 'none', width: target.width });
  return pixels;
}

/** Browsers show delays of 10 ms and less as 100 ms; so does everybody who draws GIFs for them. */
function shownDelay(delayMs: number | undefined): number {
  return delayMs === undefined || delayMs <= 10 ? 100 : delayMs;
}
