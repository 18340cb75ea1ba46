import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { after, before, describe, it } from 'node:test';
import type { ConvertSettings } from '../../dashboard/convert/converter.ts';
import type { Geometry } from '../../format/frame.ts';
import { type ConverterBrowser, openConverterBrowser } from '../dashboard-convert/converter-browser.ts';
import { type DerivedMedia, derive, referencePictures } from '../dashboard-convert/derived-media.ts';
import { psnr, readClip, type ShownFrame } from '../dashboard-convert/read-clip.ts';
import { type MediaName, media } from '../media/media.ts';

/** Rounding to RGB565 alone costs down to 41.6 dB; a wrong matrix, range, siting or picture costs far more than the rest up to here. */
const closeEnough = 39;

let loop: ConverterBrowser;
before(async () => {
  loop = await openConverterBrowser();
});
after(() => loop[Symbol.asyncDispose]());

async function convertFrames(path: string, some: Partial<ConvertSettings> = {}): Promise<ShownFrame[]> {
  const { clip } = await loop.convert(path, some);
  return (await readClip(clip)).frames;
}

function assertClose(frames: readonly ShownFrame[], pictures: readonly Uint8Array[]): void {
  assert.equal(frames.length, pictures.length);
  frames.forEach(({ rgb }, i) => {
    const ratio = psnr(rgb, pictures[i]!);
    assert.ok(ratio >= closeEnough, `frame ${i} of ${frames.length} has ${ratio.toFixed(1)} dB`);
  });
}

const panel: Geometry = { width: 320, height: 240 };
const contain = 'scale=320:180:in_color_matrix=bt601,pad=320:240:0:30';
const steady = 'fps=25:round=near';

describe('a video in the browser', () => {
  it('becomes the clip that ffmpeg would make of it, MP4 with B-frames and sound', async () => {
    const path = await derive('sound.mp4');
    const { clip, hash, summary, progress, previews } = await loop.convert(path);
    const { description, frames } = await readClip(clip);
    assertClose(frames, await referencePictures(path, `${steady},${contain}`, panel));
    assert.equal(frames.length, 75);
    assert.equal(frames.filter((frame) => frame.isHold).length, 3);
    assert.deepEqual(description.timebase, [1, 25]);
    assert.deepEqual(description.conversion, { mode: 'exact', threshold: 0, dither: 'none', fit: 'contain' });
    assert.equal(description.source.name, 'sound.mp4');
    assert.equal(Math.round(description.source.fps), 24);
    assert.equal(
      hash,
      createHash('sha256')
        .update(await readFile(path))
        .digest('hex'),
    );
    assert.equal(summary.frames, 75);
    assert.equal(summary.bytes, clip.length);
    assert.ok(previews >= 1);
    assert.deepEqual(progress[0], { stage: 'resizing', fraction: 0 });
    assert.deepEqual(progress.at(-1), { stage: 'converting', fraction: 1 });
    const fractions = progress.filter(({ stage }) => stage === 'converting').map(({ fraction }) => fraction);
    assert.deepEqual(
      fractions,
      fractions.toSorted((a, b) => a - b),
    );
  });

  const others: [what: string, name: DerivedMedia, filters: string][] = [
    ['a portrait MOV upright', 'portrait.mov', 'scale=135:240:in_color_matrix=bt601,pad=320:240:92:0'],
    ['a MOV that was held upside down', 'upside-down.mov', contain],
    ['full-range colours', 'full-range.mp4', contain.replace('bt601', 'bt601:in_range=full')],
    ['small video with the colours of large', 'tagged-709.mp4', contain.replace('bt601', 'bt709')],
    ['10 bits a colour', 'ten-bit.webm', contain.replace('bt601', 'bt709')],
    ['pixels that are not square', 'anamorphic.mp4', contain],
    ['frames at uneven times', 'uneven.mp4', contain],
    ['60 frames a second', 'sixty.mp4', contain],
  ];
  for (const [what, name, filters] of others) {
    it(`shows ${what} as ffmpeg does`, async () => {
      const path = await derive(name);
      assertClose(await convertFrames(path), await referencePictures(path, `${steady},${filters}`, panel));
    });
  }

  for (const name of ['bbb-2s.mkv', 'bbb-2s.webm'] as const satisfies MediaName[]) {
    it(`shows ${name} as ffmpeg does`, async () => {
      const path = await media(name);
      assertClose(await convertFrames(path), await referencePictures(path, `${steady},${contain}`, panel));
    });
  }

  it('begins where an edit list says, not where its first key frame is', async () => {
    const frames = await convertFrames(await derive('cut.mp4'), { framerate: 24 });
    const before = 'trim=start_frame=32,setpts=PTS-STARTPTS';
    assertClose(frames, await referencePictures(await derive('sound.mp4'), `${before},${contain}`, panel));
  });

  it('fills the panel with cover, and takes all of it for stretch', async () => {
    const path = await media('bbb-2s.mp4');
    const cover = 'crop=480:360,scale=320:240:in_color_matrix=bt601';
    const stretch = 'scale=320:240:in_color_matrix=bt601';
    assertClose(
      await convertFrames(path, { fit: 'cover' }),
      await referencePictures(path, `${steady},${cover}`, panel),
    );
    assertClose(
      await convertFrames(path, { fit: 'stretch' }),
      await referencePictures(path, `${steady},${stretch}`, panel),
    );
  });

  it('stays within 6 of 255 of the exact clip with quality t6, in fewer bytes', async () => {
    const path = await media('bbb-2s.mp4');
    const exact = await loop.convert(path);
    const close = await loop.convert(path, { quality: 't6' });
    assert.ok(close.clip.length < exact.clip.length * 0.9);
    const [frames, others] = [await readClip(exact.clip), await readClip(close.clip)];
    // The exact clip itself is up to 4 of 255 away from the source by rounding.
    const far = frames.frames.map(({ rgb }, i) => farthest(rgb, others.frames[i]!.rgb));
    assert.ok(Math.max(...far) <= 6 + 4);
  });
});

function farthest(a: Uint8Array, b: Uint8Array): number {
  return a.reduce((most, value, i) => Math.max(most, Math.abs(value - b[i]!)), 0);
}
