import type { ByteSource } from './byte-source.ts';
import { CHUNK_HEADER_BYTES, LIMITS } from './clip-layout.ts';
import { type Crc32, crc32 } from './crc32.ts';
import { LoopError } from './errors.ts';

/** Chunk types this code knows. `tICK` holds the times of the chunks; the END chunk's name ends with a space. */
export type ChunkType = 'FRMS' | 'wRAP' | 'tICK' | 'tHMB' | 'sTAT' | 'INDX' | 'END ';

/** A chunk whose checksum holds. */
export interface RawChunk {
  readonly type: string;
  /** Of its header in the file. */
  readonly offset: number;
  readonly payload: Uint8Array;
  /** Where the next chunk begins. */
  readonly end: number;
}

/** Bytes of a chunk; the payload may come in parts. */
export function writeChunk(type: ChunkType, ...payload: readonly Uint8Array[]): Uint8Array {
  const length = payload.reduce((sum, part) => sum + part.length, 0);
  const bytes = new Uint8Array(CHUNK_HEADER_BYTES + length);
  const view = new DataView(bytes.buffer);
  for (let i = 0; i < 4; i++) bytes[i] = type.charCodeAt(i);
  view.setUint32(4, length, true);
  let at = CHUNK_HEADER_BYTES;
  for (const part of payload) {
    bytes.set(part, at);
    at += part.length;
  }
  view.setUint32(8, checksum(bytes, bytes.subarray(CHUNK_HEADER_BYTES)), true);
  return bytes;
}

/**
 * Reads and checks the chunk at `offset`. `limit` is where it must end at the latest; nothing beyond it is read, and never more
 * than 1 MiB of payload.
 * @throws LoopError CLIP_TRUNCATED when it reaches beyond `limit`, CLIP_DAMAGED when it is too long or its checksum is wrong.
 */
export async function readChunkAt(
  source: ByteSource,
  offset: number,
  limit: number,
  options: { signal: AbortSignal },
): Promise<RawChunk> {
  if (offset + CHUNK_HEADER_BYTES > limit) throw cut(offset, limit);
  const header = await source.read(offset, CHUNK_HEADER_BYTES, options);
  const { length } = parseHeader(header, offset, limit);
  const payload = await source.read(offset + CHUNK_HEADER_BYTES, length, options);
  return checked(header, payload, offset);
}

/** As readChunkAt, for a chunk that is known to end at `end` or shortly before: one read instead of two. */
export async function readChunkBetween(
  source: ByteSource,
  offset: number,
  end: number,
  options: { signal: AbortSignal; crc32?: Crc32 | undefined },
): Promise<RawChunk> {
  const length = Math.min(end - offset, CHUNK_HEADER_BYTES + LIMITS.payload);
  if (length < CHUNK_HEADER_BYTES) throw cut(offset, end);
  const bytes = await source.read(offset, length, options);
  const header = parseHeader(bytes, offset, offset + length);
  return checked(bytes, bytes.subarray(CHUNK_HEADER_BYTES, CHUNK_HEADER_BYTES + header.length), offset, options.crc32);
}

/** Whether a reader that does not know the type must refuse the clip: its first letter is no small one. */
export function mustUnderstand(type: string): boolean {
  return !/^[a-z]/.test(type);
}

function parseHeader(bytes: Uint8Array, offset: number, limit: number): { length: number } {
  const length = new DataView(bytes.buffer, bytes.byteOffset).getUint32(4, true);
  if (length > LIMITS.payload) {
    throw new LoopError(
      'CLIP_DAMAGED',
      `The chunk at byte ${offset} says it has ${length} bytes; at most ${LIMITS.payload} are allowed. Upload the clip again.`,
    );
  }
  if (offset + CHUNK_HEADER_BYTES + length > limit) throw cut(offset, limit);
  return { length };
}

function checked(header: Uint8Array, payload: Uint8Array, offset: number, crc?: Crc32): RawChunk {
  const view = new DataView(header.buffer, header.byteOffset);
  if (checksum(header, payload, crc) !== view.getUint32(8, true)) {
    throw new LoopError(
      'CLIP_DAMAGED',
      `The checksum of the chunk at byte ${offset} is wrong; its bytes changed. Upload the clip again.`,
    );
  }
  const type = String.fromCharCode(...header.subarray(0, 4));
  return { type, offset, payload, end: offset + CHUNK_HEADER_BYTES + payload.length };
}

function checksum(header: Uint8Array, payload: Uint8Array, crc: Crc32 = crc32): number {
  return crc(payload, crc(header.subarray(0, 4)));
}

function cut(offset: number, limit: number): LoopError {
  return new LoopError(
    'CLIP_TRUNCATED',
    `The chunk at byte ${offset} goes on beyond byte ${limit}, where it must have ended. Upload the clip again, whole.`,
  );
}
