import { open } from 'node:fs/promises';
import { LoopError } from '../../format/errors.ts';

/** How a file is read. */
export type MediaFormat =
  /** A film: resampled to the frame rate of the display. */
  | { readonly kind: 'video'; readonly extension: string; readonly demuxer: string }
  /** Pictures with delays of their own, read by ffmpeg. */
  | { readonly kind: 'animation'; readonly extension: string; readonly demuxer: string }
  /** One picture or several, read by libvips. */
  | { readonly kind: 'picture'; readonly extension: string };

/** Bytes looked at: enough to find the animation chunk of a PNG behind a colour profile. */
const HEAD = 65_536;

/** Tells what a file is by its first bytes; its name says nothing. @throws LoopError FILE_EMPTY, MEDIA_UNSUPPORTED */
export async function sniffFile(path: string): Promise<MediaFormat> {
  await using file = await open(path, 'r');
  const { buffer, bytesRead } = await file.read(new Uint8Array(HEAD), 0, HEAD, 0);
  if (bytesRead === 0)
    throw new LoopError('FILE_EMPTY', 'The file has 0 bytes; media has at least one. Choose another one.');
  const format = sniff(buffer.subarray(0, bytesRead));
  if (format) return format;
  const start = Array.from(buffer.subarray(0, Math.min(4, bytesRead)), (byte) => byte.toString(16).padStart(2, '0'));
  throw new LoopError(
    'MEDIA_UNSUPPORTED',
    `The file begins with ${start.join(' ')}, which no video or picture LOOP knows does, whatever its name says. Send MP4, MOV, MKV, WebM, AVI, GIF, WebP, APNG, PNG or JPEG.`,
  );
}

/** What the first bytes of a file say it is; undefined for what LOOP does not read. */
export function sniff(bytes: Uint8Array): MediaFormat | undefined {
  const text = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString('latin1');
  const video = (extension: string, demuxer: string) => ({ kind: 'video', extension, demuxer }) as const;
  if (/^GIF8[79]a/.test(text)) return { kind: 'animation', extension: '.gif', demuxer: 'gif' };
  if (text.startsWith('\x89PNG\r\n\x1a\n')) return png(text);
  if (text.startsWith('\xff\xd8\xff')) return { kind: 'picture', extension: '.jpg' };
  if (/^RIFF.{4}WEBP/s.test(text)) return { kind: 'picture', extension: '.webp' };
  if (/^RIFF.{4}AVI /s.test(text)) return video('.avi', 'avi');
  if (/^.{4}(ftyp|moov|mdat|wide|free|skip|pnot)/s.test(text)) {
    return video(/^.{4}ftyp(?!qt)/s.test(text) ? '.mp4' : '.mov', 'mov');
  }
  if (text.startsWith('\x1a\x45\xdf\xa3'))
    return video(text.slice(0, 64).includes('webm') ? '.webm' : '.mkv', 'matroska');
  if (text.startsWith('FLV\x01')) return video('.flv', 'flv');
  if (text[0] === 'G' && text[188] === 'G' && text[376] === 'G') return video('.ts', 'mpegts');
  return undefined;
}

/** An APNG says so by an acTL chunk before its first IDAT (PNG, third edition, 11.3.6). */
function png(text: string): MediaFormat {
  const animation = text.indexOf('acTL');
  const picture = text.indexOf('IDAT');
  const isAnimated = animation >= 0 && (picture < 0 || animation < picture);
  return isAnimated
    ? { kind: 'animation', extension: '.png', demuxer: 'apng' }
    : { kind: 'picture', extension: '.png' };
}
