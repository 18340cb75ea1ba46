import type { MediaType } from '../../contract/domain.ts';
import type { Geometry } from '../../format/frame.ts';

/** What a file is by its first bytes; names and extensions lie. */
export type FileKind =
  | 'mp4'
  | 'matroska'
  | 'gif'
  | 'png'
  | 'apng'
  | 'jpeg'
  | 'webp'
  | 'animated-webp'
  | 'avif'
  | 'heic'
  | 'bmp'
  | 'avi'
  | 'mpeg-ts'
  | 'mpeg-ps'
  | 'flv'
  | 'asf'
  | 'ogg'
  | 'unknown';

/** How many bytes `sniff` wants to see; a PNG says only after its metadata whether it moves. */
export const sniffedBytes = 65536;

/** What the page and people call each kind, its type, and the MIME type the browser's decoders know it by. */
export const fileKinds: Readonly<Record<FileKind, { name: string; type: MediaType; mime: string }>> = {
  mp4: { name: 'MP4 or MOV', type: 'video', mime: 'video/mp4' },
  matroska: { name: 'MKV or WebM', type: 'video', mime: 'video/webm' },
  gif: { name: 'GIF', type: 'gif', mime: 'image/gif' },
  png: { name: 'PNG', type: 'image', mime: 'image/png' },
  apng: { name: 'animated PNG', type: 'gif', mime: 'image/png' },
  jpeg: { name: 'JPEG', type: 'image', mime: 'image/jpeg' },
  webp: { name: 'WebP', type: 'image', mime: 'image/webp' },
  'animated-webp': { name: 'animated WebP', type: 'gif', mime: 'image/webp' },
  avif: { name: 'AVIF', type: 'image', mime: 'image/avif' },
  heic: { name: 'HEIC', type: 'image', mime: 'image/heic' },
  bmp: { name: 'BMP', type: 'image', mime: 'image/bmp' },
  avi: { name: 'AVI', type: 'video', mime: 'video/x-msvideo' },
  'mpeg-ts': { name: 'MPEG transport stream', type: 'video', mime: 'video/mp2t' },
  'mpeg-ps': { name: 'MPEG program stream', type: 'video', mime: 'video/mpeg' },
  flv: { name: 'Flash video', type: 'video', mime: 'video/x-flv' },
  asf: { name: 'Windows Media', type: 'video', mime: 'video/x-ms-asf' },
  ogg: { name: 'Ogg', type: 'video', mime: 'video/ogg' },
  unknown: { name: 'unknown', type: 'video', mime: 'application/octet-stream' },
};

/** Signatures by their place: each row is a kind, and texts (Latin-1) with their offsets that must all stand there. */
const signatures: readonly (readonly [FileKind, ...(readonly [number, string])[]])[] = [
  ['gif', [0, 'GIF8']],
  ['png', [0, '\x89PNG\r\n\x1a\n']],
  ['jpeg', [0, '\xff\xd8\xff']],
  ['webp', [0, 'RIFF'], [8, 'WEBP']],
  ['avi', [0, 'RIFF'], [8, 'AVI ']],
  ['avif', [4, 'ftypavi']],
  ['heic', [4, 'ftyphe']],
  ['heic', [4, 'ftypmif1']],
  ['mp4', [4, 'ftyp']],
  ['mp4', [4, 'moov']],
  ['mp4', [4, 'mdat']],
  ['mp4', [4, 'wide']],
  ['mp4', [4, 'free']],
  ['mp4', [4, 'skip']],
  ['matroska', [0, '\x1a\x45\xdf\xa3']],
  ['bmp', [0, 'BM'], [6, '\0\0\0\0']],
  ['mpeg-ts', [0, 'G'], [188, 'G'], [376, 'G']],
  ['mpeg-ps', [0, '\0\0\x01\xba']],
  ['flv', [0, 'FLV\x01']],
  ['asf', [0, '\x30\x26\xb2\x75\x8e\x66\xcf\x11']],
  ['ogg', [0, 'OggS']],
];

/** A file's kind, and the size in pixels of a picture where its head tells it. */
export interface Sniffed {
  readonly kind: FileKind;
  readonly size: Geometry | undefined;
}

/** Tells what a file is from its first bytes (`sniffedBytes`, or the whole of a shorter file). */
export function sniff(head: Uint8Array): Sniffed {
  const stands = (at: number, text: string): boolean =>
    [...text].every((character, index) => head[at + index] === character.charCodeAt(0));
  const found = signatures.find(([, ...places]) => places.every(([at, text]) => stands(at, text)))?.[0] ?? 'unknown';
  const view = new DataView(head.buffer, head.byteOffset, head.byteLength);
  switch (found) {
    case 'gif':
      return { kind: 'gif', size: gifSize(view) };
    case 'png':
      return { kind: pngIsAnimated(view) ? 'apng' : 'png', size: pngSize(view) };
    case 'webp':
      return sniffWebp(view, stands(12, 'VP8X'));
    case 'jpeg':
      return { kind: 'jpeg', size: jpegSize(view) };
    default:
      return { kind: found, size: undefined };
  }
}

/** GIF89a 18: the logical screen, after the 6 bytes of the signature. */
function gifSize(view: DataView): Geometry | undefined {
  if (view.byteLength < 10) return undefined;
  return { width: view.getUint16(6, true), height: view.getUint16(8, true) };
}

/** PNG 11.2.2: `IHDR` is the first chunk. */
function pngSize(view: DataView): Geometry | undefined {
  if (view.byteLength < 24) return undefined;
  return { width: view.getUint32(16), height: view.getUint32(20) };
}

/** APNG 1.0: an `acTL` chunk stands before the first `IDAT`. */
function pngIsAnimated(view: DataView): boolean {
  for (let at = 8; at + 8 <= view.byteLength; at += view.getUint32(at) + 12) {
    const type = view.getUint32(at + 4);
    if (type === 0x6163544c) return true; // acTL
    if (type === 0x49444154) return false; // IDAT
  }
  return false;
}

/** WebP container: only the extended form can move; bit 1 of its flags says so, the canvas is 24 bits each, less one. */
function sniffWebp(view: DataView, isExtended: boolean): Sniffed {
  if (!isExtended || view.byteLength < 30) return { kind: 'webp', size: undefined };
  const canvas = (at: number): number => view.getUint16(at, true) + (view.getUint8(at + 2) << 16) + 1;
  const kind = view.getUint8(20) & 2 ? 'animated-webp' : 'webp';
  return { kind, size: { width: canvas(24), height: canvas(27) } };
}

/** ITU-T T.81 B.1: segments of a marker and a length, until the frame header (SOF0 to SOF15 without DHT, JPG, DAC). */
function jpegSize(view: DataView): Geometry | undefined {
  for (let at = 2; at + 9 <= view.byteLength && view.getUint8(at) === 0xff; at += view.getUint16(at + 2) + 2) {
    const marker = view.getUint8(at + 1);
    const isFrame = marker >= 0xc0 && marker <= 0xcf && ![0xc4, 0xc8, 0xcc].includes(marker);
    if (isFrame) return { width: view.getUint16(at + 7), height: view.getUint16(at + 5) };
  }
  return undefined;
}
