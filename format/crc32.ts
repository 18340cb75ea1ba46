// The checksum of zlib, PNG and Ethernet (polynomial EDB88320, reflected), four bytes a step ("slicing by 4", Kounavis and Berry 2005):
// entry 256 * k + byte holds the effect of a byte that k more bytes follow. One table, so that the engine checks it once a step.
const TABLE = new Int32Array(1024);
for (let entry = 0; entry < 1024; entry++) {
  let crc = entry < 256 ? entry : TABLE[entry - 256]!;
  for (let bit = 0; bit < 8; bit++) crc = crc & 1 ? (crc >>> 1) ^ 0xedb88320 : crc >>> 1;
  TABLE[entry] = crc;
}

/** CRC-32 of zlib over bytes; `seed` is the CRC of what stands before them. 0 to 2^32 - 1. Where the platform has one, it is faster than ours. */
export type Crc32 = (bytes: Uint8Array, seed?: number) => number;

/** The Crc32 that every platform has. */
export function crc32(bytes: Uint8Array, seed = 0): number {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  const length = bytes.length | 0;
  const fours = length & ~3;
  let crc = ~seed;
  let i = 0;
  for (; i < fours; i += 4) crc = followedByFour(crc ^ view.getInt32(i, true));
  for (; i < length; i++) crc = followedByOne(crc ^ view.getUint8(i));
  return ~crc >>> 0;
}

/** CRC-32 over pixels as they stand in the file and on the bus: high byte first. */
export function crc32OfPixels(pixels: Uint16Array): number {
  const length = pixels.length | 0;
  const pairs = length & ~1;
  let crc = -1;
  let i = 0;
  for (; i < pairs; i += 2) {
    const both = pixels[i]! | (pixels[i + 1]! << 16);
    crc = followedByFour(crc ^ (((both & 0x00ff00ff) << 8) | ((both >>> 8) & 0x00ff00ff)));
  }
  for (; i < length; i++) crc = followedByOne(followedByOne(crc ^ (pixels[i]! >> 8)) ^ (pixels[i]! & 255));
  return ~crc >>> 0;
}

function followedByOne(crc: number): number {
  return TABLE[crc & 255]! ^ (crc >>> 8);
}

function followedByFour(crc: number): number {
  return (
    TABLE[768 | (crc & 255)]! ^
    TABLE[512 | ((crc >>> 8) & 255)]! ^
    TABLE[256 | ((crc >>> 16) & 255)]! ^
    TABLE[crc >>> 24]!
  );
}
