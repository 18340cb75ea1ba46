import type { Crc32 } from './crc32.ts';

/** Compresses to raw deflate (RFC 1951, no wrapper): node:zlib's `deflateRaw` or a browser's `CompressionStream('deflate-raw')`. */
export type Deflate = (bytes: Uint8Array) => Promise<Uint8Array>;

/**
 * Undoes Deflate. `inflatedBytes` is what the file promises (at most 524,288): the implementation never allocates beyond it,
 * and on damage throws or returns another number of bytes; the reader compares.
 */
export type Inflate = (bytes: Uint8Array, inflatedBytes: number) => Promise<Uint8Array>;

/** What the platform does for a reader: inflating, and a CRC-32 where it has a faster one than ours. */
export interface Unpacking {
  readonly inflate: Inflate;
  readonly crc32?: Crc32 | undefined;
}
