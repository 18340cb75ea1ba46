import assert from 'node:assert/strict';
import { test } from 'node:test';
import { PREVIEW_HEADER_BYTES, writePreviewHeader } from '../../contract/messages.ts';
import { PreviewDecoder } from '../../dashboard/state/preview-decoder.ts';
import { encodeFrame } from '../../format/frame-codec.ts';

const width = 8;
const height = 4;

function picture(seed: number): Uint16Array {
  return Uint16Array.from({ length: width * height }, (_, index) => (index * 2654 + seed * 911) & 0xffff);
}

function message(pixels: Uint16Array, before: Uint16Array | undefined, sequence: number): Uint8Array {
  const bytes = new Uint8Array(PREVIEW_HEADER_BYTES + pixels.length * 3);
  writePreviewHeader(bytes, { kind: before ? 'delta' : 'key', display: 0, width, height, sequence });
  const used = encodeFrame(pixels, before, width, bytes.subarray(PREVIEW_HEADER_BYTES));
  return bytes.slice(0, PREVIEW_HEADER_BYTES + used);
}

test('a key frame and the deltas after it give the pictures that were sent', () => {
  const decoder = new PreviewDecoder();
  assert.deepEqual(decoder.take(message(picture(1), undefined, 7))?.pixels, picture(1));
  assert.deepEqual(decoder.take(message(picture(2), picture(1), 8))?.pixels, picture(2));
});

test('the number after the largest one is zero', () => {
  const decoder = new PreviewDecoder();
  decoder.take(message(picture(1), undefined, 0xffff_ffff));
  assert.deepEqual(decoder.take(message(picture(2), picture(1), 0))?.pixels, picture(2));
});

test('after a missed frame deltas show nothing until the next key frame', () => {
  const decoder = new PreviewDecoder();
  decoder.take(message(picture(1), undefined, 1));
  assert.equal(decoder.take(message(picture(3), picture(2), 3)), undefined);
  assert.equal(decoder.take(message(picture(4), picture(3), 4)), undefined);
  assert.deepEqual(decoder.take(message(picture(5), undefined, 5))?.pixels, picture(5));
});

test('a damaged frame shows nothing, and no delta builds on it', () => {
  const decoder = new PreviewDecoder();
  const whole = message(picture(1), undefined, 1);
  decoder.take(whole);
  assert.equal(decoder.take(message(picture(2), picture(1), 2).slice(0, -2)), undefined);
  assert.equal(decoder.take(message(picture(3), picture(2), 3)), undefined);
  assert.deepEqual(decoder.take(whole)?.pixels, picture(1));
});

test('bytes that are no preview frame show nothing', () => {
  const decoder = new PreviewDecoder();
  assert.equal(decoder.take(new Uint8Array(3)), undefined);
  assert.equal(decoder.take(new Uint8Array(200)), undefined);
});
