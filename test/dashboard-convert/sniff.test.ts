import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { type FileKind, fileKinds, sniff } from '../../dashboard/convert/sniff.ts';

/** Bytes of Latin-1 texts and numbers, one behind the other. */
function bytes(...parts: (string | readonly number[])[]): Uint8Array {
  return Uint8Array.from(
    parts.flatMap((part) => (typeof part === 'string' ? [...part].map((c) => c.charCodeAt(0)) : part)),
  );
}

const u32 = (value: number): number[] => [value >>> 24, (value >> 16) & 255, (value >> 8) & 255, value & 255];
const pngHead = (width: number, height: number): (string | number[])[] => [
  '\x89PNG\r\n\x1a\n',
  [...u32(13)],
  'IHDR',
  [...u32(width), ...u32(height), 8, 6, 0, 0, 0, ...u32(0)],
];
const webp = (flags: number): Uint8Array =>
  bytes('RIFF', [0, 0, 0, 0], 'WEBPVP8X', [10, 0, 0, 0, flags, 0, 0, 0, 0x3f, 1, 0, 0xef, 0, 0]);

describe('sniffing', () => {
  const heads: [FileKind, Uint8Array][] = [
    ['mp4', bytes([0, 0, 0, 24], 'ftypisom')],
    ['mp4', bytes([0, 0, 0, 20], 'ftypqt  ')],
    ['mp4', bytes([0, 0, 0, 8], 'wide')],
    ['matroska', bytes([0x1a, 0x45, 0xdf, 0xa3])],
    ['gif', bytes('GIF89a', [64, 1, 240, 0])],
    ['png', bytes(...pngHead(4, 3), u32(0), 'IDAT')],
    ['apng', bytes(...pngHead(4, 3), u32(8), 'acTL', u32(2), u32(0), u32(0))],
    ['jpeg', bytes([0xff, 0xd8, 0xff, 0xe0])],
    ['webp', bytes('RIFF', [0, 0, 0, 0], 'WEBPVP8L')],
    ['webp', webp(0x10)],
    ['animated-webp', webp(0x12)],
    ['avif', bytes([0, 0, 0, 28], 'ftypavif')],
    ['heic', bytes([0, 0, 0, 24], 'ftypheic')],
    ['avi', bytes('RIFF', [0, 0, 0, 0], 'AVI ')],
    ['bmp', bytes('BM', [9, 9, 9, 9, 0, 0, 0, 0])],
    ['flv', bytes('FLV\x01')],
    ['unknown', bytes('hello, this is text')],
    ['unknown', bytes()],
  ];
  for (const [kind, head] of heads) {
    it(`takes ${head.length} bytes of ${fileKinds[kind].name} for what they are`, () => {
      assert.equal(sniff(head).kind, kind);
    });
  }

  it('tells the size of pictures that may be too large to unpack', () => {
    assert.deepEqual(sniff(bytes(...pngHead(16384, 16383))).size, { width: 16384, height: 16383 });
    assert.deepEqual(sniff(bytes('GIF89a', [64, 1, 240, 0])).size, { width: 320, height: 240 });
    assert.deepEqual(sniff(webp(0)).size, { width: 320, height: 240 });
    const jpeg = bytes([
      0xff, 0xd8, 0xff, 0xe1, 0, 6, 1, 2, 3, 4, 0xff, 0xc4, 0, 4, 0, 0, 0xff, 0xc2, 0, 17, 8, 0, 240, 1, 64, 3,
    ]);
    assert.deepEqual(sniff(jpeg).size, { width: 320, height: 240 });
  });

  it('reads no cut head past its end', () => {
    for (const [, head] of heads) {
      for (let length = 0; length <= head.length; length++) assert.doesNotThrow(() => sniff(head.subarray(0, length)));
    }
  });
});
