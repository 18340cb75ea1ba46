import { promisify } from 'node:util';
import { inflateRaw } from 'node:zlib';
import type { Inflate } from '../../format/deflate.ts';

const inflateRawAsync = promisify(inflateRaw);

/**
 * Inflates in libuv's thread pool, so that the clock of the thread that asks is not held up; never makes more than `inflatedBytes`.
 * One byte more than that in one piece: zlib asks for another piece whenever one is full.
 */
export const nodeInflate: Inflate = (bytes, inflatedBytes) =>
  inflateRawAsync(bytes, { maxOutputLength: Math.max(1, inflatedBytes), chunkSize: Math.max(64, inflatedBytes + 1) });
