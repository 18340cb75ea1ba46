import { CODEC, LIMITS, RECORD_HEADER_BYTES, RECORD_TYPES, RECTANGLE_BYTES } from './clip-layout.ts';
import { crc32OfPixels } from './crc32.ts';
import type { Inflate } from './deflate.ts';
import { LoopError } from './errors.ts';
import type { Geometry, Rectangle } from './frame.ts';
import { decodeFrame } from './frame-codec.ts';
import { readBigEndian } from './pixels.ts';

/** One frame of a clip as it is stored. */
export interface FrameRecord {
  /** `hold`: the frame before stays. `delta`: Q565 on the frame before. `key`: Q565 alone. `raw`: a key frame of plain pixels. */
  readonly type: (typeof RECORD_TYPES)[number];
  /** What differs from the frame before, 1 to 32 rectangles, also for key frames; none for `hold`. */
  readonly rectangles: readonly Rectangle[];
  /** How long the frame stands, 1 to 65,535. */
  readonly ticks: number;
  /** A view into the chunk's bytes. */
  readonly data: Uint8Array;
  /** Of the whole decoded frame, high byte of each pixel first. */
  readonly crc32: number;
}

/** Whether a record decodes without the frame before it. */
export function isKey(record: FrameRecord): boolean {
  return record.type === 'key' || record.type === 'raw';
}

/**
 * Decodes a record in place: `shadow` holds the frame before and afterwards this one.
 * @throws LoopError CLIP_DAMAGED; `shadow` is then good for nothing until the next key frame.
 */
export function applyRecord(record: FrameRecord, shadow: Uint16Array, width: number): void {
  switch (record.type) {
    case 'hold':
      return;
    case 'raw':
      readBigEndian(record.data, shadow);
      return;
    case 'key':
    case 'delta':
      decodeFrame(record.data, shadow, width, record.type);
  }
}

/** Whether a decoded frame is the one that was encoded; about 0.1 ms on a PC for 320 x 240. */
export function checkPicture(record: FrameRecord, shadow: Uint16Array): boolean {
  return crc32OfPixels(shadow) === record.crc32;
}

/** Bytes that writeRecord needs. */
export function recordBytes(record: FrameRecord): number {
  return RECORD_HEADER_BYTES + record.rectangles.length * RECTANGLE_BYTES + record.data.length;
}

/** Writes a record at `at` and returns where the next one goes. */
export function writeRecord(record: FrameRecord, out: Uint8Array, at: number): number {
  const view = new DataView(out.buffer, out.byteOffset);
  view.setUint8(at, RECORD_TYPES.indexOf(record.type));
  view.setUint8(at + 1, record.rectangles.length);
  view.setUint16(at + 2, record.ticks, true);
  view.setUint32(at + 4, record.data.length, true);
  view.setUint32(at + 8, record.crc32, true);
  view.setUint16(at + 12, 0, true);
  let to = at + RECORD_HEADER_BYTES;
  for (const { x, y, width, height } of record.rectangles) {
    for (const value of [x, y, width, height]) {
      view.setUint16(to, value, true);
      to += 2;
    }
  }
  out.set(record.data, to);
  return to + record.data.length;
}

/**
 * Parses the records of a chunk, which must fill `bytes` exactly. Extension bytes are skipped.
 * @throws LoopError CLIP_FEATURE_UNSUPPORTED for an unknown type, CLIP_DAMAGED for what breaks a rule. The message begins with `where`.
 */
export function parseRecords(bytes: Uint8Array, count: number, geometry: Geometry, where: string): FrameRecord[] {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  const records: FrameRecord[] = [];
  let at = 0;
  for (let i = 0; i < count; i++) {
    const place = `${where}, frame ${i + 1} of ${count}`;
    if (at + RECORD_HEADER_BYTES > bytes.length) throw damaged(place, 'it is missing');
    const type = RECORD_TYPES[view.getUint8(at)];
    if (type === undefined) throw unknownType(place, view.getUint8(at));
    const rectangleCount = view.getUint8(at + 1);
    const dataBytes = view.getUint32(at + 4, true);
    const rectanglesAt = at + RECORD_HEADER_BYTES;
    const dataAt = rectanglesAt + rectangleCount * RECTANGLE_BYTES + view.getUint16(at + 12, true);
    if (dataAt + dataBytes > bytes.length) throw damaged(place, 'it reaches beyond its chunk');
    const record: FrameRecord = {
      type,
      rectangles: parseRectangles(view, rectanglesAt, rectangleCount, geometry, place),
      ticks: view.getUint16(at + 2, true),
      data: bytes.subarray(dataAt, dataAt + dataBytes),
      crc32: view.getUint32(at + 8, true),
    };
    checkRules(record, geometry, place);
    records.push(record);
    at = dataAt + dataBytes;
  }
  if (at !== bytes.length) throw damaged(where, `${bytes.length - at} bytes follow its last frame`);
  return records;
}

/**
 * Unpacks the body of an FRMS or wRAP chunk. Never allocates more than `inflatedBytes`.
 * @throws LoopError CLIP_FEATURE_UNSUPPORTED for an unknown codec, CLIP_DAMAGED.
 */
export async function unpackBody(
  body: Uint8Array,
  codec: number,
  inflatedBytes: number,
  inflate: Inflate,
  where: string,
): Promise<Uint8Array> {
  if (inflatedBytes > LIMITS.inflated) {
    throw damaged(where, `it says it inflates to ${inflatedBytes} bytes, at most ${LIMITS.inflated} are allowed`);
  }
  if (codec !== CODEC.stored && codec !== CODEC.deflateRaw) {
    throw new LoopError(
      'CLIP_FEATURE_UNSUPPORTED',
      `${where} is packed with codec ${codec}; this LOOP knows 0 (stored) and 1 (deflate-raw). Update LOOP, or convert the original again.`,
    );
  }
  const bytes = codec === CODEC.stored ? body : await inflateOrFail(body, inflatedBytes, inflate, where);
  if (bytes.length !== inflatedBytes) {
    throw damaged(where, `it unpacks to ${bytes.length} bytes instead of ${inflatedBytes}`);
  }
  return bytes;
}

async function inflateOrFail(
  body: Uint8Array,
  inflatedBytes: number,
  inflate: Inflate,
  where: string,
): Promise<Uint8Array> {
  try {
    return await inflate(body, inflatedBytes);
  } catch (cause) {
    throw new LoopError('CLIP_DAMAGED', `${where} is damaged: it does not inflate. Upload the clip again.`, { cause });
  }
}

function parseRectangles(view: DataView, from: number, count: number, geometry: Geometry, where: string): Rectangle[] {
  if (count > LIMITS.rectangles) {
    throw damaged(where, `it has ${count} rectangles, at most ${LIMITS.rectangles} are allowed`);
  }
  return Array.from({ length: count }, (_, i) => {
    const at = from + i * RECTANGLE_BYTES;
    const x = view.getUint16(at, true);
    const y = view.getUint16(at + 2, true);
    const width = view.getUint16(at + 4, true);
    const height = view.getUint16(at + 6, true);
    if (width < 1 || height < 1 || x + width > geometry.width || y + height > geometry.height) {
      throw damaged(
        where,
        `rectangle ${x},${y} ${width} x ${height} does not lie in ${geometry.width} x ${geometry.height}`,
      );
    }
    return { x, y, width, height };
  });
}

function checkRules(record: FrameRecord, geometry: Geometry, where: string): void {
  if (record.ticks < 1) throw damaged(where, 'it stands for 0 ticks, at least 1 is the rule');
  if ((record.type === 'hold') !== (record.rectangles.length === 0)) {
    throw damaged(where, `a ${record.type} record has ${record.rectangles.length} rectangles, only a hold has none`);
  }
  if (record.type === 'hold' && record.data.length > 0) throw damaged(where, 'a hold record has data');
  const rawBytes = geometry.width * geometry.height * 2;
  if (record.type === 'raw' && record.data.length !== rawBytes) {
    throw damaged(where, `a raw record has ${record.data.length} bytes instead of ${rawBytes}`);
  }
}

function unknownType(where: string, type: number): LoopError {
  return new LoopError(
    'CLIP_FEATURE_UNSUPPORTED',
    `${where} is of type ${type}; this LOOP knows 0 to ${RECORD_TYPES.length - 1}. Update LOOP, or convert the original again.`,
  );
}

function damaged(where: string, what: string): LoopError {
  return new LoopError('CLIP_DAMAGED', `${where} is damaged: ${what}. Upload the clip again.`);
}
