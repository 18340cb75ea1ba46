import { promisify } from 'node:util';
import { deflateRaw } from 'node:zlib';
import type { Deflate } from '../../format/deflate.ts';

const deflateRawAsync = promisify(deflateRaw);

/** Compresses in libuv's thread pool at zlib's level 6, the level the size figures of docs/benchmarks.md are for. */
export const nodeDeflate: Deflate = (bytes) => deflateRawAsync(bytes, { level: 6 });
