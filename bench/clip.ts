import { stat } from 'node:fs/promises';
import { inflateRawSync } from 'node:zlib';
import JSZip from 'jszip';
import { openFile } from '../engine/file-byte-source.ts';
import { nodeInflate, nodeUnpacking } from '../engine/node-inflate.ts';
import { openClip } from '../format/clip-reader.ts';
import { applyRecord } from '../format/frame-record.ts';
import { quantise, writeBigEndian } from '../format/pixels.ts';
import type { BenchRow } from './bench-row.ts';
import { makeClip, type Subject, subjectFrames } from './make-clip.ts';

const FRAMES = 500;
const FRAME_BYTES = 320 * 240 * 2;
const { signal } = new AbortController();

/** What clips cost: bytes on the bus, bytes on the card, CPU to prepare a frame. */
export async function rows(): Promise<BenchRow[]> {
  const zip = await zipOf('film');
  return [
    await busRow('film', 74),
    await busRow('toon', 8),
    await busRow('ui', 12),
    await sizeRow('film', 28, zip.length),
    await sizeRow('ui', 8, (await zipOf('ui')).length),
    await decodeRow(zip),
  ];
}

async function busRow(subject: Subject, bar: number): Promise<BenchRow> {
  await using source = await openFile(await makeClip(subject, 't6', FRAMES));
  const clip = await openClip(source, { inflate: nodeInflate, signal });
  const statistics = await clip.statistics({ signal });
  const bytes = statistics?.busBytes.average ?? Number.NaN;
  const percent = (100 * bytes) / FRAME_BYTES;
  return {
    what: `bus bytes against full frames, T6: ${subject}`,
    bar: `<= ${bar} %`,
    measured: `${percent.toFixed(1)} % (${Math.round(bytes)} B a frame)`,
    holds: percent <= bar,
  };
}

async function sizeRow(subject: Subject, bar: number, zipBytes: number): Promise<BenchRow> {
  const { size } = await stat(await makeClip(subject, 'exact', FRAMES));
  const percent = (100 * size) / zipBytes;
  return {
    what: `.loop size against a ZIP of the same frames, exact: ${subject}`,
    bar: `<= ${bar} %`,
    measured: `${percent.toFixed(1)} % (${megabytes(size)} of ${megabytes(zipBytes)} MB)`,
    holds: percent <= bar,
  };
}

/** The original's exchange file: every frame whole, big-endian, JSZip with deflate 6. */
async function zipOf(subject: Subject): Promise<Uint8Array> {
  const zip = new JSZip();
  const pixels = new Uint16Array(FRAME_BYTES / 2);
  let number = 0;
  for await (const rgba of subjectFrames(subject, FRAMES)) {
    quantise(rgba, pixels, { dither: 'none', width: 320 });
    const bytes = new Uint8Array(FRAME_BYTES);
    writeBigEndian(pixels, bytes);
    zip.file(`frame_${String(++number).padStart(6, '0')}.rgb`, bytes);
  }
  return zip.generateAsync({ type: 'uint8array', compression: 'DEFLATE', compressionOptions: { level: 6 } });
}

/** CPU to get every frame of the film ready for the wire, against inflating the same frames from the ZIP; best of 5 each, in turn. */
async function decodeRow(zip: Uint8Array): Promise<BenchRow> {
  const file = await makeClip('film', 't6', FRAMES);
  const entries = zipEntries(zip);
  let clipMs = Number.POSITIVE_INFINITY;
  let zipMs = Number.POSITIVE_INFINITY;
  for (let run = 0; run < 5; run++) {
    clipMs = Math.min(clipMs, await cpuMs(() => prepareClip(file)));
    zipMs = Math.min(zipMs, await cpuMs(async () => entries.forEach((entry) => void inflateRawSync(entry))));
  }
  const ratio = clipMs / zipMs;
  return {
    what: 'CPU to decode and prepare a frame, T6, against inflating it from the ZIP',
    bar: '<= 1.0x',
    measured: `${ratio.toFixed(2)}x (${((1000 * clipMs) / FRAMES).toFixed(0)} of ${((1000 * zipMs) / FRAMES).toFixed(0)} us)`,
    holds: ratio <= 1,
  };
}

/** Read, check, inflate, decode, and copy the damage rectangles in wire order. */
async function prepareClip(file: string): Promise<void> {
  await using source = await openFile(file);
  const clip = await openClip(source, { ...nodeUnpacking, signal });
  const shadow = new Uint16Array(320 * 240);
  const wire = Buffer.alloc(FRAME_BYTES);
  const wirePixels = new Uint16Array(wire.buffer, wire.byteOffset, FRAME_BYTES / 2);
  for (let i = 0; i < clip.chunks.length; i++) {
    for (const record of (await clip.readChunk(i, { signal })).records) {
      applyRecord(record, shadow, 320);
      for (const { x, y, width, height } of record.rectangles) {
        for (let row = 0; row < height; row++) {
          const from = (y + row) * 320 + x;
          wirePixels.set(shadow.subarray(from, from + width), row * width);
        }
        wire.subarray(0, width * height * 2).swap16();
      }
    }
  }
}

/** The compressed bytes of every entry, in order, found by the central directory. */
function zipEntries(zip: Uint8Array): Uint8Array[] {
  const view = new DataView(zip.buffer, zip.byteOffset, zip.length);
  const end = zip.length - 22;
  let at = view.getUint32(end + 16, true);
  return Array.from({ length: view.getUint16(end + 10, true) }, () => {
    const size = view.getUint32(at + 20, true);
    const local = view.getUint32(at + 42, true);
    at += 46 + view.getUint16(at + 28, true) + view.getUint16(at + 30, true) + view.getUint16(at + 32, true);
    const data = local + 30 + view.getUint16(local + 26, true) + view.getUint16(local + 28, true);
    return zip.subarray(data, data + size);
  });
}

async function cpuMs(work: () => Promise<void>): Promise<number> {
  const before = process.cpuUsage();
  await work();
  const { user, system } = process.cpuUsage(before);
  return (user + system) / 1000;
}

const megabytes = (bytes: number) => (bytes / 1e6).toFixed(1);
