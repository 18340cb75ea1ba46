import { crc32 } from './crc32.ts';
import type { Deflate } from './deflate.ts';
import type { Picture } from './frame.ts';
import { toRgba } from './pixels.ts';

const SIGNATURE = Uint8Array.of(0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a);
/** Row filter "Up": each byte minus the one above (PNG, second edition, 9.2). */
const FILTER_UP = 2;

/** A picture as a PNG file, 8 bits a channel, no alpha. */
export async function encodePng(picture: Picture, deflate: Deflate): Promise<Uint8Array> {
  const { width, height } = picture;
  const rows = filteredRows(picture);
  const compressed = await deflate(rows);
  const header = new Uint8Array(13);
  const view = new DataView(header.buffer);
  view.setUint32(0, width);
  view.setUint32(4, height);
  header.set([8, 2, 0, 0, 0], 8); // bits a channel, RGB, deflate, adaptive filters, not interlaced (11.2.2)
  const zlib = new Uint8Array(compressed.length + 6);
  zlib.set([0x78, 0x9c]); // RFC 1950: deflate with a window of 32 KiB, no dictionary
  zlib.set(compressed, 2);
  new DataView(zlib.buffer).setUint32(zlib.length - 4, adler32(rows));
  return concatenate([SIGNATURE, chunk('IHDR', header), chunk('IDAT', zlib), chunk('IEND', new Uint8Array(0))]);
}

function filteredRows({ width, height, pixels }: Picture): Uint8Array {
  const rgba = new Uint8Array(width * height * 4);
  toRgba(pixels, rgba);
  const rows = new Uint8Array((width * 3 + 1) * height);
  let at = 0;
  for (let y = 0; y < height; y++) {
    rows[at++] = FILTER_UP;
    for (let i = y * width * 4; i < (y + 1) * width * 4; i += 4) {
      for (let channel = i; channel < i + 3; channel++) {
        rows[at++] = rgba[channel]! - (y > 0 ? rgba[channel - width * 4]! : 0);
      }
    }
  }
  return rows;
}

function chunk(type: string, data: Uint8Array): Uint8Array {
  const bytes = new Uint8Array(data.length + 12);
  const view = new DataView(bytes.buffer);
  view.setUint32(0, data.length);
  for (let i = 0; i < 4; i++) bytes[4 + i] = type.charCodeAt(i);
  bytes.set(data, 8);
  view.setUint32(data.length + 8, crc32(bytes.subarray(4, data.length + 8)));
  return bytes;
}

/** Checksum of RFC 1950. 5552 bytes are the most whose sums stay below 2^32, so the remainder is taken that seldom. */
function adler32(bytes: Uint8Array): number {
  let a = 1;
  let b = 0;
  for (let start = 0; start < bytes.length; start += 5552) {
    const end = Math.min(start + 5552, bytes.length);
    for (let i = start; i < end; i++) {
      a += bytes[i]!;
      b += a;
    }
    a %= 65_521;
    b %= 65_521;
  }
  return b * 65_536 + a;
}

function concatenate(parts: readonly Uint8Array[]): Uint8Array {
  const whole = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}
