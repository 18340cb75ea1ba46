import type { ByteSource } from './byte-source.ts';
import { HEADER_BYTES, LIMITS, MAGIC, VERSION } from './clip-layout.ts';
import type { Timebase } from './clip-time.ts';
import { crc32 } from './crc32.ts';
import { LoopError } from './errors.ts';
import type { Fit, Quality } from './frame.ts';
import type { Dither } from './pixels.ts';

/** What the header of a clip says. */
export interface ClipDescription {
  /** Pixels as seen. */
  width: number;
  height: number;
  /** Length of a tick. A video of 25 frames a second has [1, 25], a GIF [1, 100]. */
  timebase: Timebase;
  title: string;
  /** Order of the pixels: as seen, line by line. The format has room for another order, which this code refuses. */
  scan: 'rows';
  /** How the source became pixels; `threshold` (of 255) is 0 in mode `exact`. */
  conversion: { mode: Quality; threshold: number; dither: Dither; fit: Fit };
  source: { name: string; fps: number };
  /** ISO 8601 in UTC. */
  made: string;
}

/** Bytes of a clip's header. @throws LoopError MEDIA_UNSUPPORTED for a picture no clip can hold. */
export function writeHeader(description: ClipDescription): Uint8Array {
  const fault = geometryFault(description.width, description.height);
  if (fault !== undefined) throw new LoopError('MEDIA_UNSUPPORTED', `${fault} Convert to a smaller picture.`);
  const { conversion } = description;
  const json = new TextEncoder().encode(
    JSON.stringify({
      w: description.width,
      h: description.height,
      format: 'rgb565be',
      timebase: description.timebase,
      title: description.title,
      scan: description.scan,
      conv: { mode: conversion.mode, T: conversion.threshold, dither: conversion.dither, fit: conversion.fit },
      source: description.source,
      made: description.made,
    }),
  );
  if (json.length > LIMITS.json) {
    throw new LoopError(
      'MEDIA_UNSUPPORTED',
      `Title and source name make a header of ${json.length} bytes; a clip has room for ${LIMITS.json}. Shorten the title.`,
    );
  }
  const bytes = new Uint8Array(HEADER_BYTES + json.length);
  const view = new DataView(bytes.buffer);
  bytes.set(MAGIC);
  view.setUint16(8, VERSION.major, true);
  view.setUint16(10, VERSION.minor, true);
  view.setUint32(12, json.length, true);
  view.setUint32(16, crc32(json, crc32(bytes.subarray(0, 16))), true);
  bytes.set(json, HEADER_BYTES);
  return bytes;
}

/**
 * Reads and checks a header. `bytes` is its length: where the first chunk begins.
 * @throws LoopError NOT_A_CLIP, CLIP_TRUNCATED, CLIP_VERSION_UNSUPPORTED, CLIP_FEATURE_UNSUPPORTED, CLIP_DAMAGED.
 */
export async function readHeader(
  source: ByteSource,
  options: { signal: AbortSignal },
): Promise<{ description: ClipDescription; bytes: number }> {
  const fixed = await source.read(0, Math.min(HEADER_BYTES, source.size), options);
  if (fixed.length < MAGIC.length || MAGIC.some((byte, i) => fixed[i] !== byte)) {
    throw new LoopError(
      'NOT_A_CLIP',
      'The first 8 bytes are not those of a .loop file. Convert the file to a clip first.',
    );
  }
  if (fixed.length < HEADER_BYTES) throw cut(HEADER_BYTES, source.size);
  const view = new DataView(fixed.buffer, fixed.byteOffset);
  const major = view.getUint16(8, true);
  if (major !== VERSION.major) {
    throw new LoopError(
      'CLIP_VERSION_UNSUPPORTED',
      `The clip has version ${major}.${view.getUint16(10, true)}; this LOOP reads version ${VERSION.major}. Update LOOP, or convert the original again.`,
    );
  }
  const length = view.getUint32(12, true);
  if (length > LIMITS.json) throw damaged(`Its JSON would have ${length} bytes, at most ${LIMITS.json} are allowed.`);
  if (HEADER_BYTES + length > source.size) throw cut(HEADER_BYTES + length, source.size);
  const json = await source.read(HEADER_BYTES, length, options);
  if (crc32(json, crc32(fixed.subarray(0, 16))) !== view.getUint32(16, true)) throw damaged('Its checksum is wrong.');
  return { description: parseDescription(json), bytes: HEADER_BYTES + length };
}

function parseDescription(json: Uint8Array): ClipDescription {
  let value: unknown;
  try {
    value = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(json));
  } catch {
    throw damaged('Its text is not JSON in UTF-8.');
  }
  const header = objectOf(value);
  if (header.format !== 'rgb565be' || header.scan !== 'rows') {
    throw new LoopError(
      'CLIP_FEATURE_UNSUPPORTED',
      `The clip has pixel format "${String(header.format)}" in order "${String(header.scan)}"; this LOOP reads rgb565be in rows. Update LOOP, or convert the original again.`,
    );
  }
  const fault = geometryFault(header.w, header.h);
  if (fault !== undefined) throw damaged(fault);
  const conversion = objectOf(header.conv);
  const source = objectOf(header.source);
  return {
    // checked by geometryFault
    width: header.w as number,
    height: header.h as number,
    timebase: timebaseOf(header.timebase),
    title: textOf(header.title),
    scan: header.scan,
    conversion: {
      mode: oneOf(conversion.mode, ['exact', 't6', 't8b']),
      threshold: numberOf(conversion.T),
      dither: oneOf(conversion.dither, ['none', 'bayer']),
      fit: oneOf(conversion.fit, ['contain', 'cover', 'stretch']),
    },
    source: { name: textOf(source.name), fps: numberOf(source.fps) },
    made: textOf(header.made),
  };
}

function geometryFault(width: unknown, height: unknown): string | undefined {
  const isSide = (side: unknown): side is number =>
    Number.isInteger(side) && Number(side) >= 1 && Number(side) <= LIMITS.side;
  if (isSide(width) && isSide(height) && width * height <= LIMITS.pixels) return undefined;
  return `The picture has ${String(width)} x ${String(height)} pixels; a clip holds sides of 1 to ${LIMITS.side} and at most ${LIMITS.pixels} pixels.`;
}

function timebaseOf(value: unknown): Timebase {
  const [numerator, denominator] = Array.isArray(value) ? (value as unknown[]) : [];
  const isPart = (part: unknown): part is number =>
    Number.isInteger(part) && Number(part) >= 1 && Number(part) <= 1_000_000;
  if (!isPart(numerator) || !isPart(denominator)) {
    throw damaged(`Its timebase is ${JSON.stringify(value)}; it is two whole numbers of 1 to 1,000,000.`);
  }
  return [numerator, denominator];
}

// What only informs people never makes a clip unreadable: a missing or strange value becomes the plain one.
function objectOf(value: unknown): Record<string, unknown> {
  return typeof value === 'object' && value !== null ? { ...value } : {};
}
function textOf(value: unknown): string {
  return typeof value === 'string' ? value : '';
}
function numberOf(value: unknown): number {
  return typeof value === 'number' && Number.isFinite(value) ? value : 0;
}
function oneOf<const Words extends readonly [string, ...string[]]>(value: unknown, words: Words): Words[number] {
  return words.find((word) => word === value) ?? words[0];
}

function damaged(what: string): LoopError {
  return new LoopError('CLIP_DAMAGED', `The clip's header is damaged. ${what} Upload the clip again.`);
}

function cut(needed: number, size: number): LoopError {
  return new LoopError(
    'CLIP_TRUNCATED',
    `The file ends at byte ${size}, inside its header of ${needed} bytes. Upload the clip again, whole.`,
  );
}
