import assert from 'node:assert/strict';
import { test } from 'node:test';
import { crc32 as zlibCrc32 } from 'node:zlib';
import sharp from 'sharp';
import { ticksToUs } from '../../format/clip-time.ts';
import { crc32, crc32OfPixels } from '../../format/crc32.ts';
import { toRgba, writeBigEndian } from '../../format/pixels.ts';
import { encodePng } from '../../format/png.ts';
import { deflate, randomNumbers } from './clips.ts';

test('another program reads the PNG and finds every pixel', async () => {
  const random = randomNumbers(13);
  for (const [width, height] of [
    [1, 1],
    [37, 11],
    [320, 240],
  ] as const) {
    const pixels = Uint16Array.from({ length: width * height }, (_, i) => (i % 3 ? random(65_536) : 0xffff));
    const png = await encodePng({ width, height, pixels }, deflate);
    const { data, info } = await sharp(png).raw().toBuffer({ resolveWithObject: true });
    assert.deepEqual([info.width, info.height, info.channels], [width, height, 3]);
    const rgba = new Uint8Array(width * height * 4);
    toRgba(pixels, rgba);
    assert.ok(rgba.filter((_, i) => i % 4 !== 3).every((value, i) => value === data[i]));
  }
});

test('the checksum is that of zlib, for any length and start', () => {
  assert.equal(crc32(Buffer.from('123456789')), 0xcbf43926);
  const random = randomNumbers(14);
  for (let length = 0; length < 70; length++) {
    const bytes = Uint8Array.from({ length }, () => random(256));
    assert.equal(crc32(bytes), zlibCrc32(bytes));
    assert.equal(crc32(bytes.subarray(3), 0xdeadbeef), zlibCrc32(bytes.subarray(3), 0xdeadbeef));
  }
});

test('the checksum of pixels is that of their bytes in the file', () => {
  const random = randomNumbers(15);
  for (let length = 0; length < 9; length++) {
    const pixels = Uint16Array.from({ length }, () => random(65_536));
    const bytes = new Uint8Array(length * 2);
    writeBigEndian(pixels, bytes);
    assert.equal(crc32OfPixels(pixels), zlibCrc32(bytes));
  }
});

test('time is exact for days of odd frame rates', () => {
  assert.equal(ticksToUs(3, [1, 30]), 100_000);
  assert.equal(ticksToUs(1, [1, 30]), 33_333);
  const ticks = 2 ** 33;
  assert.equal(ticksToUs(ticks, [1001, 30_000]), Number((BigInt(ticks) * 1001n * 1_000_000n) / 30_000n));
});
