import type { RawChunk } from './clip-chunk.ts';
import { CODEC, FRAMES_HEADER_BYTES, LIMITS, WRAP_HEADER_BYTES } from './clip-layout.ts';
import type { Deflate, Inflate } from './deflate.ts';
import { LoopError } from './errors.ts';
import type { Geometry } from './frame.ts';
import { type FrameRecord, isKey, parseRecords, unpackBody } from './frame-record.ts';

/** The frames of one FRMS chunk. */
export interface Chunk {
  /** Number of its first frame in the clip, from 0. */
  readonly firstFrame: number;
  /** Whether it can be decoded without the chunks before it. */
  readonly startsWithKey: boolean;
  /** 1 to 64. */
  readonly records: readonly FrameRecord[];
}

/** Payload of FRMS for records that were written one after another; stored when deflate gains nothing. */
export async function packFrames(
  chunk: { firstFrame: number; frames: number; startsWithKey: boolean },
  records: Uint8Array,
  deflate: Deflate,
): Promise<[header: Uint8Array, body: Uint8Array]> {
  const { codec, body } = await pack(records, deflate);
  const header = new Uint8Array(FRAMES_HEADER_BYTES);
  const view = new DataView(header.buffer);
  view.setUint32(0, chunk.firstFrame, true);
  view.setUint16(4, chunk.frames, true);
  view.setUint8(6, codec);
  view.setUint8(7, chunk.startsWithKey ? 1 : 0);
  view.setUint32(8, records.length, true);
  return [header, body];
}

/** Payload of wRAP for one written record. */
export async function packWrap(record: Uint8Array, deflate: Deflate): Promise<[header: Uint8Array, body: Uint8Array]> {
  const { codec, body } = await pack(record, deflate);
  const header = new Uint8Array(WRAP_HEADER_BYTES);
  const view = new DataView(header.buffer);
  view.setUint32(0, record.length, true);
  view.setUint8(4, codec);
  return [header, body];
}

async function pack(bytes: Uint8Array, deflate: Deflate): Promise<{ codec: number; body: Uint8Array }> {
  const deflated = await deflate(bytes);
  return deflated.length < bytes.length
    ? { codec: CODEC.deflateRaw, body: deflated }
    : { codec: CODEC.stored, body: bytes };
}

/** Unpacks an FRMS chunk. @throws LoopError CLIP_DAMAGED, CLIP_FEATURE_UNSUPPORTED; the message names the chunk. */
export async function unpackFrames(chunk: RawChunk, geometry: Geometry, inflate: Inflate): Promise<Chunk> {
  const where = `The chunk at byte ${chunk.offset}`;
  if (chunk.payload.length < FRAMES_HEADER_BYTES) throw damaged(where, 'it has no frames');
  const view = viewOf(chunk.payload);
  const firstFrame = view.getUint32(0, true);
  const frames = view.getUint16(4, true);
  if (frames < 1 || frames > LIMITS.chunkFrames) {
    throw damaged(where, `it says it has ${frames} frames, 1 to ${LIMITS.chunkFrames} are allowed`);
  }
  const body = chunk.payload.subarray(FRAMES_HEADER_BYTES);
  const bytes = await unpackBody(body, view.getUint8(6), view.getUint32(8, true), inflate, where);
  const records = parseRecords(bytes, frames, geometry, where);
  const startsWithKey = isKey(records[0]!); // there is at least one
  if (startsWithKey !== ((view.getUint8(7) & 1) === 1))
    throw damaged(where, 'its key flag contradicts its first frame');
  return { firstFrame, startsWithKey, records };
}

/** Unpacks a wRAP chunk: the record from the last frame to the first. @throws as unpackFrames. */
export async function unpackWrap(chunk: RawChunk, geometry: Geometry, inflate: Inflate): Promise<FrameRecord> {
  const where = `The wRAP chunk at byte ${chunk.offset}`;
  if (chunk.payload.length < WRAP_HEADER_BYTES) throw damaged(where, 'it has no record');
  const view = viewOf(chunk.payload);
  const body = chunk.payload.subarray(WRAP_HEADER_BYTES);
  const bytes = await unpackBody(body, view.getUint8(4), view.getUint32(0, true), inflate, where);
  return parseRecords(bytes, 1, geometry, where)[0]!; // asked for one
}

/** Ticks of all records together. */
export function ticksOf(records: readonly FrameRecord[]): number {
  return records.reduce((sum, record) => sum + record.ticks, 0);
}

function viewOf(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
}

function damaged(where: string, what: string): LoopError {
  return new LoopError('CLIP_DAMAGED', `${where} is damaged: ${what}. Upload the clip again.`);
}
