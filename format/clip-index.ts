import { INDEX_ENTRY_BYTES, INDEX_HEADER_BYTES, LIMITS } from './clip-layout.ts';

/** One FRMS chunk as INDX lists it. */
export interface IndexEntry {
  readonly firstFrame: number;
  readonly frames: number;
  readonly startsWithKey: boolean;
  /** Of the chunk's header in the file. */
  readonly offset: number;
}

/** What INDX holds. */
export interface ClipIndex {
  readonly frameCount: number;
  readonly entries: readonly IndexEntry[];
  /** 0: there is none. */
  readonly wrapOffset: number;
}

/** Payload of INDX. */
export function writeIndex(index: ClipIndex): Uint8Array {
  const bytes = new Uint8Array(INDEX_HEADER_BYTES + index.entries.length * INDEX_ENTRY_BYTES);
  const view = new DataView(bytes.buffer);
  view.setUint32(0, index.frameCount, true);
  view.setUint32(4, index.entries.length, true);
  setUint64(view, 8, index.wrapOffset);
  index.entries.forEach((entry, i) => {
    const at = INDEX_HEADER_BYTES + i * INDEX_ENTRY_BYTES;
    view.setUint32(at, entry.firstFrame, true);
    view.setUint16(at + 4, entry.frames, true);
    view.setUint8(at + 6, entry.startsWithKey ? 1 : 0);
    setUint64(view, at + 8, entry.offset);
  });
  return bytes;
}

/**
 * Parses the payload of INDX, whose chunk lies at `ownOffset`. Undefined when it contradicts itself: chunks out of order, gaps in
 * the frames, offsets beyond the index, no key frame at the start.
 */
export function parseIndex(payload: Uint8Array, ownOffset: number): ClipIndex | undefined {
  if (payload.length < INDEX_HEADER_BYTES + INDEX_ENTRY_BYTES) return undefined;
  const view = new DataView(payload.buffer, payload.byteOffset, payload.length);
  const count = view.getUint32(4, true);
  if (payload.length !== INDEX_HEADER_BYTES + count * INDEX_ENTRY_BYTES) return undefined;
  const entries: IndexEntry[] = [];
  let firstFrame = 0;
  let lastOffset = 0;
  for (let at = INDEX_HEADER_BYTES; at < payload.length; at += INDEX_ENTRY_BYTES) {
    const frames = view.getUint16(at + 4, true);
    const offset = getUint64(view, at + 8);
    if (view.getUint32(at, true) !== firstFrame || frames < 1 || frames > LIMITS.chunkFrames) return undefined;
    if (offset <= lastOffset || offset >= ownOffset) return undefined;
    entries.push({ firstFrame, frames, startsWithKey: view.getUint8(at + 6) !== 0, offset });
    firstFrame += frames;
    lastOffset = offset;
  }
  const wrapOffset = getUint64(view, 8);
  const isSound =
    view.getUint32(0, true) === firstFrame && entries[0]?.startsWithKey === true && wrapOffset < ownOffset;
  return isSound ? { frameCount: firstFrame, entries, wrapOffset } : undefined;
}

/** A u64 of a file as a number; beyond 2^53 it loses its last bits, which no offset in a real file reaches. */
export function getUint64(view: DataView, at: number): number {
  return Number(view.getBigUint64(at, true));
}

/** Writes a whole number up to 2^53 as a u64. */
export function setUint64(view: DataView, at: number, value: number): void {
  view.setBigUint64(at, BigInt(value), true);
}
