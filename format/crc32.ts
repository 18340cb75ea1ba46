// The checksum of zlib, PNG and Ethernet (polynomial EDB88320 reflected), four bytes a step ("slicing by 4", Kounavis and Berry 2005):
// table k gives the effect of a byte that is followed by k more bytes of zeros.
const TABLES = makeTables();

/** CRC-32 of zlib over `bytes`; `seed` is the CRC of what stands before them. 0 to 2^32 - 1. */
export function crc32(bytes: Uint8Array, seed = 0): number {
  const [t0, t1, t2, t3] = TABLES;
  const fours = bytes.length & ~3;
  let crc = ~seed;
  let i = 0;
  for (; i < fours; i += 4) {
    crc ^= bytes[i]! | (bytes[i + 1]! << 8) | (bytes[i + 2]! << 16) | (bytes[i + 3]! << 24);
    crc = t3[crc & 255]! ^ t2[(crc >>> 8) & 255]! ^ t1[(crc >>> 16) & 255]! ^ t0[crc >>> 24]!;
  }
  for (; i < bytes.length; i++) crc = t0[(crc ^ bytes[i]!) & 255]! ^ (crc >>> 8);
  return ~crc >>> 0;
}

/** CRC-32 over pixels as they stand in the file and on the bus: high byte first. */
export function crc32OfPixels(pixels: Uint16Array): number {
  const [t0, t1, t2, t3] = TABLES;
  const pairs = pixels.length & ~1;
  let crc = -1;
  let i = 0;
  for (; i < pairs; i += 2) {
    const both = pixels[i]! | (pixels[i + 1]! << 16);
    crc ^= ((both & 0x00ff00ff) << 8) | ((both >>> 8) & 0x00ff00ff);
    crc = t3[crc & 255]! ^ t2[(crc >>> 8) & 255]! ^ t1[(crc >>> 16) & 255]! ^ t0[crc >>> 24]!;
  }
  for (; i < pixels.length; i++) {
    const pixel = pixels[i]!;
    crc = t0[(crc ^ (pixel >> 8)) & 255]! ^ (crc >>> 8);
    crc = t0[(crc ^ pixel) & 255]! ^ (crc >>> 8);
  }
  return ~crc >>> 0;
}

function makeTables(): readonly [Int32Array, Int32Array, Int32Array, Int32Array] {
  const tables = [new Int32Array(256), new Int32Array(256), new Int32Array(256), new Int32Array(256)] as const;
  for (let byte = 0; byte < 256; byte++) {
    let crc = byte;
    for (let bit = 0; bit < 8; bit++) crc = crc & 1 ? (crc >>> 1) ^ 0xedb88320 : crc >>> 1;
    tables[0][byte] = crc;
  }
  for (let k = 1; k < 4; k++) {
    for (let byte = 0; byte < 256; byte++) {
      const crc = tables[k - 1]![byte]!;
      tables[k]![byte] = tables[0][crc & 255]! ^ (crc >>> 8);
    }
  }
  return tables;
}
