import assert from 'node:assert/strict';
import { access, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { type Conversion, convertFile } from '../../../engine/convert/convert-file.ts';
import { probe } from '../../../engine/convert/probe.ts';
import { readFrames } from '../../../engine/convert/video-frames.ts';
import { checkClipFile, openClipFile } from '../../../engine/store/clip-file.ts';
import { isLoopError } from '../../../format/errors.ts';
import { scale } from '../../../format/fit.ts';
import type { Fit, Geometry } from '../../../format/frame.ts';
import { applyRecord } from '../../../format/frame-record.ts';
import { ODD_GIF } from '../../media/made-media.ts';
import { type MediaName, media } from '../../media/media.ts';
import { signal, temporaryFolder } from '../store/made-clips.ts';

const failsWith = (code: string) => (error: unknown) => isLoopError(error) && error.code === code;
const SMALL = { width: 64, height: 48 };

/** Converts a file and reads the clip back: its facts, the ticks of its frames, and their pictures. */
async function convert(name: MediaName, change: Partial<Conversion> = {}) {
  await using folder = await temporaryFolder();
  const output = join(folder.path, 'out.loop');
  const summary = await convertFile({
    input: await media(name),
    output,
    geometry: SMALL,
    fit: 'contain',
    quality: 'exact',
    dither: 'none',
    framerate: 25,
    signal,
    ...change,
  });
  await checkClipFile(output, { signal });
  await using opened = await openClipFile(output, { signal });
  const { clip } = opened;
  const { width, height } = clip.description;
  const shadow = new Uint16Array(width * height);
  const pictures: Uint16Array[] = [];
  const ticks: number[] = [];
  for (let i = 0; i < clip.chunks.length; i++) {
    for (const record of (await clip.readChunk(i, { signal })).records) {
      applyRecord(record, shadow, width);
      pictures.push(shadow.slice());
      ticks.push(record.ticks);
    }
  }
  return {
    ...summary,
    ticks,
    pictures,
    durationUs: clip.durationUs,
    at: (x: number, y: number) => rgb(pictures[0]?.[y * width + x]),
  };
}

/** The first frame of a video as ffmpeg hands it over: RGBA8888. */
async function firstFrame(name: MediaName, geometry: Geometry, fit: Fit): Promise<Uint8Array> {
  const path = await media(name);
  const demuxer = name.endsWith('.mkv') ? 'matroska' : 'mov';
  let picture: Uint8Array | undefined;
  await readFrames({
    path,
    demuxer,
    probe: await probe(path, { kind: 'video', demuxer }, { signal }),
    geometry,
    fit,
    framerate: 25,
    signal,
    onFrame: async (rgba) => {
      picture ??= rgba.slice();
    },
  });
  return picture as Uint8Array; // a video has a frame, or readFrames would have thrown
}

/** RGB565 as 8 bits a channel. */
function rgb(pixel = 0): [number, number, number] {
  return [(pixel >> 11) << 3, ((pixel >> 5) & 63) << 2, (pixel & 31) << 3];
}

function isNear(found: readonly number[], wanted: readonly number[], most: number): void {
  const off = Math.max(...found.map((value, i) => Math.abs(value - (wanted[i] as number))));
  assert.ok(off <= most, `${found} is ${off} from ${wanted}`);
}

test('every kind of video becomes 25 frames a second, whatever it came in', async () => {
  for (const name of [
    'bbb-2s.mp4',
    'bbb-2s.mkv',
    'bbb-2s.webm',
    'bbb-2s.avi',
    'bbb-hevc.mp4',
    'portrait.mov',
  ] as const) {
    const { type, frames, durationUs } = await convert(name);
    assert.deepEqual([type, frames, durationUs], ['video', 50, 2_000_000], name);
  }
  assert.equal((await convert('tiny.mp4', { framerate: 10 })).frames, 4);
});

test('pictures of every kind are one frame, and pictures that move keep their delays', async () => {
  for (const name of ['bbb.png', 'bbb.jpg', 'one-pixel.png', 'one-frame.mp4'] as const) {
    const { type, frames } = await convert(name);
    assert.deepEqual([type, frames], ['image', 1], name);
  }
  for (const name of ['bbb.gif', 'bbb.apng', 'bbb.webp'] as const) {
    const { type, ticks } = await convert(name);
    assert.deepEqual([type, ticks], ['gif', Array(10).fill(100)], name);
  }
});

test('delays of 10 ms and less are shown as 100 ms; every disposal leaves what it should', async () => {
  const { ticks, pictures } = await convert('odd-delays.gif', { geometry: { width: 8, height: 8 } });
  assert.deepEqual(
    ticks,
    ODD_GIF.map(({ delay }) => (delay <= 1 ? 100 : delay * 10)),
  );
  const at = (frame: number, x: number, y: number) => {
    const [red, green, blue] = rgb(pictures[frame]?.[y * 8 + x]);
    return red > 200 ? 'red' : green > 200 ? 'green' : red + green + blue === 0 ? 'black' : 'other';
  };
  // Frame 1 lies on red, green above and transparent below; disposed of to the background, it leaves a hole.
  assert.deepEqual([at(0, 0, 0), at(1, 0, 0), at(1, 0, 3), at(1, 7, 7)], ['red', 'green', 'red', 'red']);
  assert.deepEqual([at(2, 0, 0), at(2, 1, 1), at(2, 7, 7)], ['black', 'green', 'red']);
  // Frame 2 is disposed of to what was before it: its own square is gone again in frame 3.
  assert.deepEqual([at(3, 1, 1), at(3, 2, 2)], ['black', 'green']);
});

test('colours are read by the matrix and range that the stream names, else by its height', async () => {
  const names = [
    'untagged-720.mp4',
    'untagged-480.mp4',
    'tagged-709-480.mp4',
    'tagged-601-720.mp4',
    'full-range.mp4',
  ] as const;
  for (const name of names) {
    const frame = await firstFrame(name, SMALL, 'stretch');
    isNear([...frame.subarray(0, 3)], [0xc0, 0x40, 0x20], 2);
  }
});

test('rotation, EXIF orientation and pixels that are not square are made upright and square', async () => {
  const portrait = await convert('portrait.mov', { geometry: { width: 48, height: 48 } });
  const isBlack = (x: number) =>
    portrait.pictures.every((picture) => picture.filter((_, i) => i % 48 === x).every((pixel) => pixel === 0));
  assert.deepEqual([0, 9, 10, 36, 37, 47].map(isBlack), [true, true, false, false, true, true]);
  const upright = await convert('exif-6.jpg', { geometry: { width: 20, height: 40 } });
  isNear(upright.at(10, 5), [255, 0, 0], 16);
  isNear(upright.at(10, 35), [0, 0, 255], 16);
  const wide = await convert('wide-pixels.mp4', { geometry: { width: 40, height: 40 } });
  assert.deepEqual(
    [wide.at(20, 8), wide.at(20, 32)],
    [
      [0, 0, 0],
      [0, 0, 0],
    ],
  );
  isNear(wide.at(1, 20), [255, 255, 255], 8);
});

test('what is transparent is black', async () => {
  const { at } = await convert('alpha.png', { geometry: { width: 40, height: 40 } });
  isNear(at(5, 20), [255, 0, 0], 8);
  assert.deepEqual(at(35, 20), [0, 0, 0]);
});

test('video is scaled by area average down and bilinear up, as pictures are', async () => {
  const source = { width: 500, height: 400 };
  const whole = await firstFrame('detail.mkv', source, 'stretch');
  const cases: [Geometry, Fit, number][] = [
    [{ width: 250, height: 200 }, 'stretch', 2],
    [{ width: 320, height: 240 }, 'contain', 3],
    [{ width: 300, height: 200 }, 'stretch', 3],
    [{ width: 160, height: 160 }, 'cover', 3],
    [{ width: 1000, height: 800 }, 'stretch', 3],
  ];
  for (const [geometry, fit, most] of cases) {
    const wanted = new Uint8Array(geometry.width * geometry.height * 4);
    scale(whole, source, geometry, fit, wanted);
    const got = await firstFrame('detail.mkv', geometry, fit);
    let off = 0;
    for (let i = 0; i < got.length; i++) off = Math.max(off, Math.abs((got[i] as number) - (wanted[i] as number)));
    assert.ok(off <= most, `${fit} to ${geometry.width} x ${geometry.height} is ${off} off`);
  }
});

test('what cannot be converted is refused by name, and leaves no file', async () => {
  await using folder = await temporaryFolder();
  const output = join(folder.path, 'out.loop');
  const cases: [MediaName, string][] = [
    ['text.mp4', 'MEDIA_UNSUPPORTED'],
    ['sound-only.m4a', 'MEDIA_UNSUPPORTED'],
    ['huge.png', 'MEDIA_UNSUPPORTED'],
    ['truncated.mp4', 'MEDIA_DAMAGED'],
    ['no-index.mp4', 'MEDIA_DAMAGED'],
  ];
  for (const [name, code] of cases) {
    await assert.rejects(convert(name, { output }), failsWith(code), name);
    await assert.rejects(access(output), name);
  }
  const empty = join(folder.path, 'empty');
  await writeFile(empty, '');
  await assert.rejects(convert('tiny.mp4', { input: empty }), failsWith('FILE_EMPTY'));
  const half = join(folder.path, 'half.jpg');
  const jpeg = await readFile(await media('bbb.jpg'));
  await writeFile(half, jpeg.subarray(0, jpeg.length / 2));
  await assert.rejects(convert('tiny.mp4', { input: half }), failsWith('MEDIA_DAMAGED'));
});

test('a file that is called like an option or an address is a file', async () => {
  await using folder = await temporaryFolder();
  const bytes = await readFile(await media('tiny.mp4'));
  for (const name of ['-i.mp4', 'concat:a|b.mp4', 'ünï "%d".mp4']) {
    const input = join(folder.path, name);
    await writeFile(input, bytes);
    assert.equal((await convert('tiny.mp4', { input })).frames, 10, name);
  }
});

test('a playlist that points elsewhere is not followed', async () => {
  await using folder = await temporaryFolder();
  const input = join(folder.path, 'list.mp4');
  const target = await media('tiny.mp4');
  for (const list of [`#EXTM3U\n#EXTINF:1,\n${target}\n`, `ffconcat version 1.0\nfile ${target}\n`]) {
    await writeFile(input, list);
    await assert.rejects(convert('tiny.mp4', { input }), failsWith('MEDIA_UNSUPPORTED'));
  }
});

test('an aborted conversion ends at once and gives its turn to the next', async () => {
  const controller = new AbortController();
  const reason = new Error('enough');
  const long = convert('bbb-20s-1080p.mp4', { signal: controller.signal, onProgress: () => controller.abort(reason) });
  await assert.rejects(long, reason);
  assert.equal((await convert('tiny.mp4')).frames, 10);
});

test('progress is the share of frames that are done', async () => {
  const shares: number[] = [];
  await convert('tiny.mp4', { onProgress: (share) => shares.push(share) });
  assert.deepEqual(
    shares,
    Array.from({ length: 10 }, (_, i) => (i + 1) / 10),
  );
});
