import { readFile, writeFile } from 'node:fs/promises';
import { crc32, deflateSync } from 'node:zlib';

/** Frames of `oddGif`: delay in hundredths of a second, and how the frame is disposed of (GIF89a, 23: 1 keep, 2 background, 3 previous). */
export const ODD_GIF = [
  { delay: 0, disposal: 1 },
  { delay: 1, disposal: 2 },
  { delay: 2, disposal: 3 },
  { delay: 3, disposal: 1 },
  { delay: 7, disposal: 2 },
  { delay: 33, disposal: 1 },
] as const;

const SIDE = 8;
/** Colour table: black, red, green, transparent. */
const COLOURS = [0, 0, 0, 255, 0, 0, 0, 255, 0, 255, 255, 255];

/**
 * An 8x8 GIF: the first frame red all over, each later one a green 4x4 square that moves, its lower half transparent; uneven
 * delays, every disposal.
 */
export function oddGif(): Uint8Array {
  const bytes = [...ascii('GIF89a'), SIDE, 0, SIDE, 0, 0x91, 0, 0, ...COLOURS];
  bytes.push(0x21, 0xff, 11, ...ascii('NETSCAPE2.0'), 3, 1, 0, 0, 0);
  ODD_GIF.forEach(({ delay, disposal }, i) => {
    const side = i === 0 ? SIDE : SIDE / 2;
    const at = i === 0 ? 0 : i - 1;
    const pixels = Array.from({ length: side * side }, (_, p) => (i === 0 ? 1 : p < (side * side) / 2 ? 2 : 3));
    bytes.push(0x21, 0xf9, 4, (disposal << 2) | 1, delay, 0, 3, 0);
    bytes.push(0x2c, at, 0, at, 0, side, 0, side, 0, 0, 2, ...lzw(pixels), 0);
  });
  return Uint8Array.from([...bytes, 0x3b]);
}

/** LZW that never grows its codes: a clear code before every second pixel keeps them at three bits. */
function lzw(pixels: readonly number[]): number[] {
  const codes = pixels.flatMap((pixel, i) => (i % 2 === 0 ? [4, pixel] : [pixel]));
  const bits = [...codes, 5].flatMap((code) => [code & 1, (code >> 1) & 1, (code >> 2) & 1]);
  const bytes: number[] = [];
  for (let i = 0; i < bits.length; i += 8)
    bytes.push(bits.slice(i, i + 8).reduce((sum, bit, n) => sum | (bit << n), 0));
  const blocks: number[] = [];
  for (let i = 0; i < bytes.length; i += 255) blocks.push(Math.min(255, bytes.length - i), ...bytes.slice(i, i + 255));
  return blocks;
}

/** A JPEG with an EXIF block that says how it is to be turned (Exif 2.32, 4.6.4: Orientation, tag 0x0112). */
export function withOrientation(jpeg: Uint8Array, orientation: number): Uint8Array {
  const ifd = [1, 0, 0x12, 0x01, 3, 0, 1, 0, 0, 0, orientation, 0, 0, 0, 0, 0, 0, 0];
  const exif = [...ascii('Exif'), 0, 0, ...ascii('II'), 42, 0, 8, 0, 0, 0, ...ifd];
  const app1 = [0xff, 0xe1, 0, exif.length + 2, ...exif];
  return Uint8Array.from([...jpeg.subarray(0, 2), ...app1, ...jpeg.subarray(2)]);
}

/** Writes a matrix that turns the picture 90 degrees clockwise into the first track of a MOV (ISO/IEC 14496-12, 8.3.2). */
export async function turnTrack(path: string): Promise<void> {
  const bytes = await readFile(path);
  const header = bytes.indexOf('tkhd') - 4;
  const height = bytes.readInt32BE(header + 88);
  const matrix = [0, 0x10000, 0, -0x10000, 0, 0, height, 0, 0x40000000];
  for (const [i, value] of matrix.entries()) bytes.writeInt32BE(value, header + 48 + 4 * i);
  await writeFile(path, bytes);
}

/** A black PNG of one bit a pixel (PNG, third edition, 11.2): small however many pixels it has. */
export function blackPng(width: number, height: number): Uint8Array {
  const header = Buffer.alloc(13);
  header.writeUInt32BE(width, 0);
  header.writeUInt32BE(height, 4);
  header[8] = 1;
  const rows = deflateSync(Buffer.alloc((1 + Math.ceil(width / 8)) * height));
  const chunk = (type: string, data: Uint8Array) => {
    const bytes = Buffer.alloc(12 + data.length);
    bytes.writeUInt32BE(data.length, 0);
    bytes.write(type, 4, 'latin1');
    bytes.set(data, 8);
    bytes.writeUInt32BE(crc32(bytes.subarray(4, 8 + data.length)), 8 + data.length);
    return bytes;
  };
  const signature = Buffer.from('\x89PNG\r\n\x1a\n', 'latin1');
  return Buffer.concat([signature, chunk('IHDR', header), chunk('IDAT', rows), chunk('IEND', Buffer.alloc(0))]);
}

function ascii(text: string): number[] {
  return [...Buffer.from(text, 'latin1')];
}
