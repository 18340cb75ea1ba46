import { promisify } from 'node:util';
import { inflateRaw } from 'node:zlib';
import { MemoryByteSource } from '../../format/byte-source.ts';
import type { ClipDescription } from '../../format/clip-header.ts';
import { openClip } from '../../format/clip-reader.ts';
import { applyRecord } from '../../format/frame-record.ts';
import { toRgba } from '../../format/pixels.ts';

const inflate = promisify<Uint8Array, { maxOutputLength: number }, Buffer>(inflateRaw);

/** One frame of a clip as the panel shows it. */
export interface ShownFrame {
  /** 24-bit RGB. */
  readonly rgb: Uint8Array;
  readonly ticks: number;
  readonly isHold: boolean;
}

/** Every frame of a clip in memory. */
export async function readClip(bytes: Uint8Array): Promise<{ description: ClipDescription; frames: ShownFrame[] }> {
  const { signal } = new AbortController();
  const reader = await openClip(new MemoryByteSource(bytes), {
    inflate: (deflated, inflatedBytes) => inflate(deflated, { maxOutputLength: inflatedBytes }),
    signal,
  });
  const { width, height } = reader.description;
  const shadow = new Uint16Array(width * height);
  const frames: ShownFrame[] = [];
  for (const index of reader.chunks.keys()) {
    for (const record of (await reader.readChunk(index, { signal })).records) {
      if (record.type !== 'hold') applyRecord(record, shadow, width);
      frames.push({ rgb: toRgb(shadow), ticks: record.ticks, isHold: record.type === 'hold' });
    }
  }
  return { description: reader.description, frames };
}

function toRgb(pixels: Uint16Array): Uint8Array {
  const rgba = new Uint8Array(pixels.length * 4);
  toRgba(pixels, rgba);
  return rgba.filter((_, index) => index % 4 !== 3);
}

/** Peak signal-to-noise ratio of two pictures in decibels. */
export function psnr(a: Uint8Array, b: Uint8Array): number {
  if (a.length !== b.length) throw new Error(`Pictures of ${a.length} and ${b.length} bytes cannot be compared.`);
  let squares = 0;
  for (let i = 0; i < a.length; i++) squares += (a[i]! - b[i]!) ** 2;
  return squares === 0 ? Number.POSITIVE_INFINITY : 10 * Math.log10((255 * 255 * a.length) / squares);
}
