// What the tests of format/ share: clips made, read and played in memory.
import { deflateRawSync, inflateRawSync } from 'node:zlib';
import { MemoryByteSource } from '../../format/byte-source.ts';
import type { ClipDescription } from '../../format/clip-header.ts';
import { LIMITS } from '../../format/clip-layout.ts';
import { openClip } from '../../format/clip-reader.ts';
import { type ClipSummary, ClipWriter } from '../../format/clip-writer.ts';
import { isLoopError } from '../../format/errors.ts';
import { applyRecord, isKey } from '../../format/frame-record.ts';

export const signal = new AbortController().signal;

export const deflate = async (bytes: Uint8Array): Promise<Uint8Array> => deflateRawSync(bytes);

/** Inflates within bounds, and fails the test when asked to go beyond them. */
export const inflate = async (bytes: Uint8Array, inflatedBytes: number): Promise<Uint8Array> => {
  if (inflatedBytes > LIMITS.inflated) throw new RangeError(`asked to inflate ${inflatedBytes} bytes`);
  return inflateRawSync(bytes, { maxOutputLength: Math.max(1, inflatedBytes) });
};

/** A deflate that gains nothing: the same bytes from every zlib, which golden files need. One block, stored (RFC 1951, 3.2.4). */
export const storedDeflate = async (bytes: Uint8Array): Promise<Uint8Array> => {
  if (bytes.length > 0xffff) throw new RangeError('one stored block holds 65,535 bytes');
  const block = new Uint8Array(bytes.length + 5);
  const view = new DataView(block.buffer);
  view.setUint8(0, 1);
  view.setUint16(1, bytes.length, true);
  view.setUint16(3, ~bytes.length & 0xffff, true);
  block.set(bytes, 5);
  return block;
};

export function describe(width: number, height: number, change: Partial<ClipDescription> = {}): ClipDescription {
  return {
    width,
    height,
    timebase: [1, 25],
    title: 'test',
    scan: 'rows',
    conversion: { mode: 'exact', threshold: 0, dither: 'none', fit: 'contain' },
    source: { name: 'test.gif', fps: 25 },
    made: '2026-01-01T00:00:00Z',
    ...change,
  };
}

/** A frame to write: pixels, or undefined for a hold, and how long it stands. */
export type Shot = readonly [pixels: Uint16Array | undefined, ticks: number];

/** Writes a clip in memory; `parts` are what `write` was given. */
export async function writeClip(
  description: ClipDescription,
  shots: readonly Shot[],
  pack = deflate,
): Promise<{ bytes: Uint8Array; parts: Uint8Array[]; summary: ClipSummary }> {
  const parts: Uint8Array[] = [];
  const write = async (bytes: Uint8Array): Promise<void> => void parts.push(bytes);
  const writer = new ClipWriter(description, { deflate: pack, write });
  for (const [pixels, ticks] of shots) await (pixels ? writer.add(pixels, ticks) : writer.hold(ticks));
  const summary = await writer.finish();
  return { bytes: new Uint8Array(Buffer.concat(parts)), parts, summary };
}

/** A frame as a player shows it. */
export interface Shown {
  readonly frame: number;
  readonly pixels: Uint16Array;
  readonly ticks: number;
}

/**
 * Plays a clip as a display would: a chunk that cannot be read is left out, and so is what follows until a key frame.
 * `faults` counts what was left out.
 */
export async function playClip(bytes: Uint8Array): Promise<{ shown: Shown[]; faults: number; isWhole: boolean }> {
  const reader = await openClip(new MemoryByteSource(bytes), { inflate, signal });
  const { width, height } = reader.description;
  const shadow = new Uint16Array(width * height);
  const shown: Shown[] = [];
  let faults = 0;
  let isLost = false;
  for (let index = 0; index < reader.chunks.length; index++) {
    try {
      const chunk = await reader.readChunk(index, { signal });
      chunk.records.forEach((record, i) => {
        if (isKey(record)) isLost = false;
        if (isLost) return;
        applyRecord(record, shadow, width);
        shown.push({ frame: chunk.firstFrame + i, pixels: shadow.slice(), ticks: record.ticks });
      });
    } catch (error) {
      if (!isLoopError(error)) throw error;
      faults++;
      isLost = true;
    }
  }
  return { shown, faults, isWhole: reader.isWhole };
}

/** Random numbers that are the same in every run (xorshift32); each call gives 0 to `below` - 1. */
export function randomNumbers(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return (state >>> 0) % below;
  };
}

/** Draws a box of one colour. */
export function fillBox(
  pixels: Uint16Array,
  width: number,
  box: { x: number; y: number; width: number; height: number },
  colour: number,
): void {
  for (let y = box.y; y < box.y + box.height; y++)
    pixels.fill(colour, y * width + box.x, y * width + box.x + box.width);
}

/** Turns one bit of some bytes over. */
export function flipBit(bytes: Uint8Array, bit: number): void {
  bytes[bit >> 3] = (bytes[bit >> 3] as number) ^ (1 << (bit & 7));
}
