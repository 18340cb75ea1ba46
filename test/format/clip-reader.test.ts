import assert from 'node:assert/strict';
import { test } from 'node:test';
import { deflateRawSync } from 'node:zlib';
import { MemoryByteSource } from '../../format/byte-source.ts';
import { checkClip } from '../../format/clip-check.ts';
import { openClip } from '../../format/clip-reader.ts';
import { crc32 } from '../../format/crc32.ts';
import { describe, inflate, playClip, type Shot, signal, writeClip } from './clips.ts';

const frame = Uint16Array.of(1, 2, 3, 4, 5, 6);
const other = Uint16Array.of(1, 2, 9, 9, 5, 6);
const shots: Shot[] = [
  [frame, 1],
  [other, 2],
];

async function clip(): Promise<Buffer> {
  return Buffer.from((await writeClip(describe(3, 2), shots)).bytes);
}

function chunk(type: string, payload: Uint8Array): Buffer {
  const bytes = Buffer.alloc(12 + payload.length);
  bytes.write(type, 0, 'latin1');
  bytes.writeUInt32LE(payload.length, 4);
  bytes.set(payload, 12);
  bytes.writeUInt32LE(crc32(payload, crc32(bytes.subarray(0, 4))), 8);
  return bytes;
}

/** A clip of one FRMS chunk by hand; `change` may break any rule of the record, the header or the chunk. */
function handMade(parts: {
  json?: Record<string, unknown>;
  minor?: number;
  major?: number;
  frames?: Buffer;
  before?: Buffer[];
  after?: Buffer[];
}): Buffer {
  const { major = 1, minor = 0, frames = framesChunk({}), before = [], after = [] } = parts;
  const json = Buffer.from(
    JSON.stringify({ w: 3, h: 2, format: 'rgb565be', timebase: [1, 25], title: '', scan: 'rows', ...parts.json }),
  );
  const header = Buffer.alloc(20);
  header.set([0x89, 0x4c, 0x4f, 0x4f, 0x50, 0x0d, 0x0a, 0x1a]);
  header.writeUInt16LE(major, 8);
  header.writeUInt16LE(minor, 10);
  header.writeUInt32LE(json.length, 12);
  header.writeUInt32LE(crc32(json, crc32(header.subarray(0, 16))), 16);
  const start = Buffer.concat([header, json, ...before]);
  const content = Buffer.concat([start, frames, ...after]);
  const index = Buffer.alloc(32);
  index.writeUInt32LE(1, 0);
  index.writeUInt32LE(1, 4);
  index.writeUInt16LE(1, 20);
  index.writeUInt8(1, 22);
  index.writeBigUInt64LE(BigInt(start.length), 24);
  const end = Buffer.alloc(8);
  end.writeBigUInt64LE(BigInt(content.length));
  return Buffer.concat([content, chunk('INDX', index), chunk('END ', end)]);
}

function framesChunk(change: {
  type?: number;
  ticks?: number;
  rectangles?: number[][];
  extension?: number;
  data?: Buffer;
  crc32?: number;
  codec?: number;
  flags?: number;
  inflated?: number;
  frames?: number;
}): Buffer {
  const { type = 2, ticks = 1, rectangles = [[0, 0, 3, 2]], extension = 0, data = Buffer.of(0xe5), codec = 0 } = change;
  const record = Buffer.alloc(14 + rectangles.length * 8 + extension);
  record.writeUInt8(type, 0);
  record.writeUInt8(rectangles.length, 1);
  record.writeUInt16LE(ticks, 2);
  record.writeUInt32LE(data.length, 4);
  record.writeUInt32LE(change.crc32 ?? crc32(new Uint8Array(12)), 8);
  record.writeUInt16LE(extension, 12);
  rectangles.flat().forEach((value, i) => void record.writeUInt16LE(value, 14 + i * 2));
  const records = Buffer.concat([record, data]);
  const body = codec === 1 ? deflateRawSync(records) : records;
  const header = Buffer.alloc(12);
  header.writeUInt16LE(change.frames ?? 1, 4);
  header.writeUInt8(codec, 6);
  header.writeUInt8(change.flags ?? 1, 7);
  header.writeUInt32LE(change.inflated ?? records.length, 8);
  return chunk('FRMS', Buffer.concat([header, body]));
}

async function check(bytes: Uint8Array): Promise<number> {
  return (await checkClip(new MemoryByteSource(bytes), { inflate, signal })).frames;
}

test('a clip made by hand from the document passes the check', async () => {
  assert.equal(await check(handMade({})), 1);
  assert.equal(await check(handMade({ frames: framesChunk({ codec: 1 }) })), 1);
});

test('a higher minor version, unknown small chunks and extensions of records are read past', async () => {
  const strange = handMade({
    minor: 7,
    json: { colour: 'all of them', source: null },
    before: [chunk('nEWS', Buffer.from('before'))],
    frames: framesChunk({ extension: 5 }),
    after: [chunk('xTRA', Buffer.alloc(3000))],
  });
  assert.equal(await check(strange), 1);
  assert.equal((await playClip(strange)).isWhole, true);
});

test('a higher major version is refused, whatever follows', async () => {
  await assert.rejects(check(handMade({ major: 2 })), { code: 'CLIP_VERSION_UNSUPPORTED', message: /version 2\.0/ });
});

test('unknown capital chunks, codecs, record types and pixel formats are refused by name', async () => {
  const refused = [
    handMade({ before: [chunk('NEWS', Buffer.alloc(4))] }),
    handMade({ after: [chunk('NEWS', Buffer.alloc(4))] }),
    handMade({ frames: framesChunk({ codec: 2 }) }),
    handMade({ frames: framesChunk({ type: 4 }) }),
    handMade({ json: { format: 'rgb888' } }),
    handMade({ json: { scan: 'panel' } }),
  ];
  for (const bytes of refused) await assert.rejects(check(bytes), { code: 'CLIP_FEATURE_UNSUPPORTED' });
  const cut = handMade({ before: [chunk('NEWS', Buffer.alloc(4))] }).subarray(0, -20);
  await assert.rejects(playClip(cut), { code: 'CLIP_FEATURE_UNSUPPORTED' });
});

test('what breaks a rule of the document is damage, though every checksum holds', async () => {
  const broken: Record<string, Buffer> = {
    'width 0': handMade({ json: { w: 0 } }),
    'width 4097': handMade({ json: { w: 4097 } }),
    'too many pixels': handMade({ json: { w: 4096, h: 4096 } }),
    'height as text': handMade({ json: { h: '2' } }),
    'timebase 0': handMade({ json: { timebase: [0, 25] } }),
    'no timebase': handMade({ json: { timebase: undefined } }),
    '0 frames': handMade({ frames: framesChunk({ frames: 0 }) }),
    '65 frames': handMade({ frames: framesChunk({ frames: 65 }) }),
    'fewer records than frames': handMade({ frames: framesChunk({ frames: 2 }) }),
    'inflates to more than allowed': handMade({ frames: framesChunk({ codec: 1, inflated: 524_289 }) }),
    'inflates to less than it says': handMade({ frames: framesChunk({ codec: 1, inflated: 400 }) }),
    'inflates to more than it says': handMade({ frames: framesChunk({ codec: 1, inflated: 10 }) }),
    'stored, but longer than it says': handMade({ frames: framesChunk({ inflated: 10 }) }),
    'key flag wrong': handMade({ frames: framesChunk({ flags: 0 }) }),
    'begins with a delta': handMade({ frames: framesChunk({ type: 1, flags: 0 }) }),
    'begins with a hold': handMade({
      frames: framesChunk({ type: 0, rectangles: [], data: Buffer.alloc(0), flags: 0 }),
    }),
    '0 ticks': handMade({ frames: framesChunk({ ticks: 0 }) }),
    'key without rectangles': handMade({ frames: framesChunk({ rectangles: [] }) }),
    '33 rectangles': handMade({ frames: framesChunk({ rectangles: new Array(33).fill([0, 0, 1, 1]) }) }),
    'rectangle of no width': handMade({ frames: framesChunk({ rectangles: [[0, 0, 0, 2]] }) }),
    'rectangle outside': handMade({ frames: framesChunk({ rectangles: [[1, 0, 3, 2]] }) }),
    'raw of a wrong length': handMade({ frames: framesChunk({ type: 3 }) }),
    'frame data too short': handMade({ frames: framesChunk({ data: Buffer.of(0xe4) }) }),
    'checksum of another picture': handMade({ frames: framesChunk({ crc32: 1 }) }),
    'bytes after the end': Buffer.concat([handMade({}), Buffer.from('more of it, a whole chunk header')]),
    'chunk after the end': Buffer.concat([handMade({}), chunk('nEWS', Buffer.alloc(1))]),
    'index counts another chunk': handMade({ after: [framesChunk({})] }),
    'times of another clip': handMade({ after: [chunk('tICK', Buffer.of(2, 0, 0, 0))] }),
  };
  for (const [what, bytes] of Object.entries(broken)) {
    await assert.rejects(check(bytes), { code: 'CLIP_DAMAGED' }, what);
  }
});

test('rectangles that leave out a changed pixel do not pass the check', async () => {
  const rectangles = [
    [0, 0, 3, 1],
    [0, 1, 2, 1],
  ];
  const data = Buffer.from('fe1111fe2222fe3333fe4444fe5555fe6666', 'hex');
  const pixels = Buffer.from('111122223333444455556666', 'hex');
  const frames = framesChunk({ data, rectangles, crc32: crc32(pixels) });
  await assert.rejects(check(handMade({ frames })), { code: 'CLIP_DAMAGED', message: /rectangles of frame 0/ });
});

test('files that are no clips are told apart from cut ones', async () => {
  const reads = (bytes: Uint8Array) => openClip(new MemoryByteSource(bytes), { inflate, signal });
  await assert.rejects(reads(Buffer.alloc(0)), { code: 'NOT_A_CLIP' });
  await assert.rejects(reads(Buffer.from('GIF89a and then some more')), { code: 'NOT_A_CLIP' });
  await assert.rejects(reads((await clip()).subarray(0, 12)), { code: 'CLIP_TRUNCATED' });
  await assert.rejects(reads((await clip()).subarray(0, 40)), { code: 'CLIP_TRUNCATED' });
});

test('the description comes back as it was written, in any script', async () => {
  const description = describe(3, 2, {
    title: 'Вечер 🎬 夜',
    timebase: [1, 100],
    conversion: { mode: 't8b', threshold: 8, dither: 'bayer', fit: 'cover' },
  });
  const { bytes } = await writeClip(description, shots);
  const reader = await openClip(new MemoryByteSource(bytes), { inflate, signal });
  assert.deepEqual(reader.description, description);
  assert.equal(reader.durationUs, 30_000);
});

test('an aborted signal ends the reading with its reason', async () => {
  const reason = new Error('enough');
  const aborted = AbortSignal.abort(reason);
  await assert.rejects(openClip(new MemoryByteSource(await clip()), { inflate, signal: aborted }), reason);
});
