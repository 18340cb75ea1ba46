import assert from 'node:assert/strict';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import JSZip from 'jszip';
import { openClipFile } from '../../../engine/store/clip-file.ts';
import { unpackBundle } from '../../../engine/upload/bundle.ts';
import { isLoopError } from '../../../format/errors.ts';
import { applyRecord } from '../../../format/frame-record.ts';
import { sha256, signal, temporaryFolder } from '../store/made-clips.ts';

const failsWith = (code: string) => (error: unknown) => isLoopError(error) && error.code === code;
const limits = { maxOriginalBytes: 1000, signal };
const WIDTH = 8;
const HEIGHT = 6;
const described = {
  original_filename: 'film.mp4',
  type: 'video',
  width: WIDTH,
  height: HEIGHT,
  frame_count: 3,
  format: 'rgb565',
  fps: 12.5,
};

/** Three frames of one colour each: red, green, blue in RGB565, high byte first. */
function frame(i: number): Uint8Array {
  const colour = [0xf800, 0x07e0, 0x001f][i % 3] as number;
  return Uint8Array.from({ length: WIDTH * HEIGHT * 2 }, (_, at) => (at % 2 === 0 ? colour >> 8 : colour & 0xff));
}

async function zipIn(folder: string, files: Record<string, string | Uint8Array>): Promise<string> {
  const zip = new JSZip();
  for (const [name, content] of Object.entries(files)) zip.file(name, content);
  const path = join(folder, 'bundle.zip');
  await writeFile(path, await zip.generateAsync({ type: 'uint8array', compression: 'DEFLATE' }));
  return path;
}

function filesOf(first: number, metadata: object = described): Record<string, string | Uint8Array> {
  const frames = [0, 1, 2].map((i) => [`frames/frame_${String(first + i).padStart(6, '0')}.rgb`, frame(i)] as const);
  return { 'metadata.json': JSON.stringify(metadata), 'original/film.mp4': 'the film', ...Object.fromEntries(frames) };
}

test('a bundle, counted from 0 or from 1, becomes a clip of exactly its frames', async () => {
  for (const first of [0, 1]) {
    await using folder = await temporaryFolder();
    const bundle = await unpackBundle(await zipIn(folder.path, filesOf(first)), folder.path, limits);
    assert.deepEqual([bundle.hash, bundle.filename, bundle.originalBytes], [sha256('the film'), 'film.mp4', 8]);
    assert.equal(await readFile(bundle.original, 'utf8'), 'the film');
    await using opened = await openClipFile(bundle.clip, { signal });
    assert.deepEqual([opened.clip.frameCount, opened.clip.durationUs], [3, 240_000]);
    const shadow = new Uint16Array(WIDTH * HEIGHT);
    const { records } = await opened.clip.readChunk(0, { signal });
    const colours = records.map((record) => {
      applyRecord(record, shadow, WIDTH);
      return [...new Set(shadow)];
    });
    assert.deepEqual(colours, [[0xf800], [0x07e0], [0x001f]]);
  }
});

test('a bundle that lacks something, or has it wrong, is refused by name', async () => {
  await using folder = await temporaryFolder();
  const without = (name: string) => Object.fromEntries(Object.entries(filesOf(1)).filter(([key]) => key !== name));
  const cases: [Record<string, string | Uint8Array>, string][] = [
    [{}, 'BUNDLE_INVALID'],
    [without('metadata.json'), 'BUNDLE_INVALID'],
    [without('original/film.mp4'), 'BUNDLE_INVALID'],
    [without('frames/frame_000002.rgb'), 'BUNDLE_INVALID'],
    [{ ...filesOf(1), 'original/second.mp4': 'x' }, 'BUNDLE_INVALID'],
    [{ ...filesOf(1), 'original/film.mp4': '' }, 'BUNDLE_INVALID'],
    [{ ...filesOf(1), 'frames/frame_000003.rgb': 'short' }, 'BUNDLE_INVALID'],
    [{ ...filesOf(1), 'frames/frame_000003.rgb': new Uint8Array(1000) }, 'BUNDLE_INVALID'],
    [{ ...filesOf(1), 'metadata.json': 'no json' }, 'BUNDLE_INVALID'],
    [filesOf(1, { ...described, width: 0 }), 'BUNDLE_INVALID'],
    [filesOf(1, { ...described, width: 4000, height: 4000 }), 'BUNDLE_INVALID'],
    [filesOf(1, { ...described, format: 'rgb888' }), 'BUNDLE_INVALID'],
    [{ ...filesOf(1), 'original/film.mp4': 'x'.repeat(1001) }, 'BUNDLE_TOO_LARGE'],
  ];
  for (const [files, code] of cases) {
    await assert.rejects(unpackBundle(await zipIn(folder.path, files), folder.path, limits), failsWith(code), code);
  }
  const cut = await readFile(await zipIn(folder.path, filesOf(1)));
  await writeFile(join(folder.path, 'cut.zip'), cut.subarray(0, cut.length - 30));
  await assert.rejects(unpackBundle(join(folder.path, 'cut.zip'), folder.path, limits), failsWith('BUNDLE_INVALID'));
});

test('an archive bomb is told by its directory, before anything is unpacked', async () => {
  await using folder = await temporaryFolder();
  const path = await zipIn(folder.path, filesOf(1));
  const bytes = await readFile(path);
  // The sizes in the directory are what an honest reader goes by: 2 GB a frame.
  for (let at = bytes.indexOf('PK\x01\x02'); at >= 0; at = bytes.indexOf('PK\x01\x02', at + 1)) {
    const isDeflated = bytes.readUInt16LE(at + 10) === 8;
    if (isDeflated) bytes.writeUInt32LE(0x7fff_ffff, at + 24);
  }
  await writeFile(path, bytes);
  await assert.rejects(unpackBundle(path, folder.path, limits), failsWith('BUNDLE_TOO_LARGE'));
});
