import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { MemoryByteSource } from '../../format/byte-source.ts';
import { checkClip } from '../../format/clip-check.ts';
import { openClip } from '../../format/clip-reader.ts';
import { crc32OfPixels } from '../../format/crc32.ts';
import { damage } from '../../format/damage.ts';
import { encodeFrame } from '../../format/frame-codec.ts';
import { applyRecord, isKey } from '../../format/frame-record.ts';
import { deflate, inflate, playClip, type Shot, signal, writeClip } from './clips.ts';

interface Vector {
  file: string;
  bytes: number;
  header: { w: number; h: number; title: string; timebase: [number, number]; source: { name: string; fps: number } };
  frames: { type: string; ticks: number; rectangles: [number, number, number, number][]; crc32: string }[];
}
const folder = new URL('../vectors/', import.meta.url);
const vectors: Vector[] = JSON.parse(readFileSync(new URL('clips.json', folder), 'utf8'));
const geometry = { width: 320, height: 240 };

for (const vector of vectors) {
  const bytes = readFileSync(new URL(vector.file, folder));
  const source = new MemoryByteSource(bytes);

  test(`${vector.file} reads as listed, frame by frame`, async () => {
    const reader = await openClip(source, { inflate, signal });
    assert.equal(reader.isWhole, true);
    assert.equal(reader.frameCount, vector.frames.length);
    assert.equal(reader.durationUs, vector.frames.length * 40_000);
    assert.equal(reader.description.title, vector.header.title);
    assert.deepEqual(reader.description.source, vector.header.source);
    const shadow = new Uint16Array(320 * 240);
    const frames = [];
    for (const [index] of reader.chunks.entries()) {
      for (const record of (await reader.readChunk(index, { signal })).records) {
        applyRecord(record, shadow, 320);
        frames.push({
          type: record.type,
          ticks: record.ticks,
          rectangles: record.rectangles.map(({ x, y, width, height }) => [x, y, width, height]),
          crc32: crc32OfPixels(shadow).toString(16).padStart(8, '0'),
        });
      }
    }
    assert.deepEqual(frames, vector.frames);
  });

  test(`${vector.file} passes the check of uploads`, async () => {
    const heard: string[] = [];
    const onFrame = (done: number, of: number): void => void heard.push(`${done}/${of}`);
    const summary = await checkClip(source, { inflate, signal, onFrame });
    const count = vector.frames.length;
    assert.equal(summary.bytes, vector.bytes);
    assert.equal(summary.frames, count);
    assert.equal(summary.crc32OfFirst.toString(16).padStart(8, '0'), vector.frames[0]?.crc32);
    assert.equal(heard.at(-1), `${count}/${count}`);
  });

  test(`${vector.file} written again plays the same pictures from rectangles no larger`, async () => {
    const { shown } = await playClip(bytes);
    const shots = shown.map(({ pixels, ticks }): Shot => [pixels, ticks]);
    const { description } = await openClip(source, { inflate, signal });
    const again = await writeClip(description, shots, deflate);
    assert.deepEqual((await playClip(again.bytes)).shown, shown);
    const before = await checkClip(source, { inflate, signal });
    const after = await checkClip(new MemoryByteSource(again.bytes), { inflate, signal });
    assert.deepEqual(after, again.summary);
    assert.ok(after.busBytes <= before.busBytes, `${after.busBytes} bytes to the panel instead of ${before.busBytes}`);
  });
}

test('the drawn toon is encoded to the very bytes and rectangles of its vector', async () => {
  const source = new MemoryByteSource(readFileSync(new URL('toon.loop', folder)));
  const reader = await openClip(source, { inflate, signal });
  const shadow = new Uint16Array(320 * 240);
  const out = new Uint8Array(shadow.length * 3);
  for (const [index] of reader.chunks.entries()) {
    for (const record of (await reader.readChunk(index, { signal })).records) {
      const before = shadow.slice();
      applyRecord(record, shadow, 320);
      if (record.type === 'hold') continue;
      const length = encodeFrame(shadow, isKey(record) ? undefined : before, 320, out);
      assert.deepEqual(Buffer.from(out.subarray(0, length)), Buffer.from(record.data));
      if (record.type === 'delta') assert.deepEqual(damage(before, shadow, geometry), record.rectangles);
    }
  }
});
