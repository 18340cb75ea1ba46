import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { after, before, describe, it } from 'node:test';
import sharp from 'sharp';
import { scale } from '../../format/fit.ts';
import type { Geometry } from '../../format/frame.ts';
import { quantise, toRgba } from '../../format/pixels.ts';
import { type ConverterBrowser, openConverterBrowser } from '../dashboard-convert/converter-browser.ts';
import { referencePictures } from '../dashboard-convert/derived-media.ts';
import { psnr, readClip, type ShownFrame } from '../dashboard-convert/read-clip.ts';
import { ODD_GIF } from '../media/made-media.ts';
import { media } from '../media/media.ts';

const panel: Geometry = { width: 320, height: 240 };

let loop: ConverterBrowser;
before(async () => {
  loop = await openConverterBrowser();
});
after(() => loop[Symbol.asyncDispose]());

async function frames(file: Parameters<ConverterBrowser['convert']>[0], size: Geometry = panel): Promise<ShownFrame[]> {
  const { clip } = await loop.convert(file, size);
  const { description, frames: shown } = await readClip(clip);
  assert.deepEqual({ width: description.width, height: description.height }, size);
  return shown;
}

const withoutAlpha = (rgba: Uint8Array): Uint8Array => rgba.filter((_, index) => index % 4 !== 3);

/** What a panel shows of a picture: format's own scaler and rounding. */
function shown(rgba: Uint8Array, source: Geometry, target: Geometry): Uint8Array {
  const scaled = new Uint8Array(target.width * target.height * 4);
  scale(rgba, source, target, 'contain', scaled);
  const pixels = new Uint16Array(target.width * target.height);
  quantise(scaled, pixels, { dither: 'none', width: target.width });
  toRgba(pixels, scaled);
  return withoutAlpha(scaled);
}

/** Frames of the GIF of test/media/made-media.ts as GIF89a has them shown, 8 x 8, over black. */
function oddGifFrames(): Uint8Array[] {
  let canvas = Array.from({ length: 64 }, () => [255, 0, 0]);
  return ODD_GIF.map(({ disposal }, frame) => {
    const before = canvas;
    const isInside = (i: number): boolean =>
      i % 8 >= frame - 1 && i % 8 < frame + 3 && i >> 3 >= frame - 1 && i >> 3 < frame + 3;
    const isUpper = (i: number): boolean => i >> 3 < frame + 1;
    const picture =
      frame === 0 ? canvas : canvas.map((colour, i) => (isInside(i) && isUpper(i) ? [0, 255, 0] : colour));
    canvas =
      disposal === 1
        ? picture
        : disposal === 3
          ? before
          : picture.map((colour, i) => (isInside(i) ? [0, 0, 0] : colour));
    return Uint8Array.from(picture.flat());
  });
}

describe('an animation in the browser', () => {
  it('keeps every frame of a GIF with transparency and all disposals, and every delay but those too short to be meant', async () => {
    const got = await frames(await media('odd-delays.gif'), { width: 8, height: 8 });
    assert.deepEqual(
      got.map(({ rgb }) => rgb),
      oddGifFrames(),
    );
    const delays = ODD_GIF.map(({ delay }) => (delay <= 1 ? 100 : delay * 10));
    assert.deepEqual(
      got.map(({ ticks }) => ticks),
      delays,
    );
  });

  for (const name of ['bbb.gif', 'bbb.apng', 'bbb.webp'] as const) {
    it(`shows ${name} frame by frame, each for its tenth of a second`, async () => {
      const path = await media(name);
      const got = await frames(path);
      const { data, info } = await sharp(path, { animated: true })
        .ensureAlpha()
        .raw()
        .toBuffer({ resolveWithObject: true });
      assert.ok(got.every(({ ticks }) => ticks === 100));
      if (name === 'bbb.apng') {
        // sharp reads the first picture alone.
        const pictures = await referencePictures(path, 'scale=320:180:flags=bilinear,pad=320:240:0:30', panel);
        assert.equal(got.length, pictures.length);
        for (const [i, { rgb }] of got.entries()) assert.ok(psnr(rgb, pictures[i]!) >= 35);
      } else {
        const height = info.pageHeight ?? info.height;
        assert.equal(got.length, info.height / height);
        for (const [i, { rgb }] of got.entries()) {
          const picture = data.subarray(i * height * info.width * 4, (i + 1) * height * info.width * 4);
          assert.ok(psnr(rgb, shown(picture, { width: info.width, height }, panel)) >= 45);
        }
      }
    });
  }
});

describe('a picture in the browser', () => {
  it('lies over black where it is transparent, in part too', async () => {
    const size = { width: 64, height: 48 };
    const rgba = Uint8Array.from({ length: 64 * 48 * 4 }, (_, i) =>
      i % 4 === 3 ? (i >> 2) % 256 : 100 + 50 * (i % 4),
    );
    const bytes = await sharp(rgba, { raw: { ...size, channels: 4 } })
      .png()
      .toBuffer();
    const overBlack = rgba.map((value, i) => (i % 4 === 3 ? 255 : Math.round((value * rgba[i | 3]!) / 255)));
    const [only, ...rest] = await frames({ name: 'soft.png', bytes }, size);
    assert.equal(rest.length, 0);
    assert.ok(psnr(only!.rgb, shown(overBlack, size, size)) >= 45);
    const [half] = await frames(await media('alpha.png'), { width: 40, height: 40 });
    assert.deepEqual([...half!.rgb.subarray(0, 3)], [255, 0, 0]);
    assert.deepEqual([...half!.rgb.subarray(39 * 3, 40 * 3)], [0, 0, 0]);
  });

  it('is turned upright as its EXIF block says', async () => {
    const [only] = await frames(await media('exif-6.jpg'), { width: 20, height: 40 });
    const colour = (x: number, y: number): number[] => [...only!.rgb.subarray((y * 20 + x) * 3, (y * 20 + x) * 3 + 3)];
    const isNear = (rgb: number[], expected: number[]): boolean =>
      rgb.every((value, i) => Math.abs(value - expected[i]!) < 16);
    assert.ok(isNear(colour(3, 5), [255, 0, 0]), String(colour(3, 5)));
    assert.ok(isNear(colour(16, 34), [0, 0, 255]), String(colour(16, 34)));
  });

  it('is averaged from all its pixels however large it is', async () => {
    const size = { width: 4000, height: 3000 };
    const film = await referencePictures(await media('bbb.jpg'), 'scale=4000:3000:flags=bilinear', size);
    const bytes = await sharp(film[0]!, { raw: { ...size, channels: 3 } })
      .png({ compressionLevel: 1 })
      .toBuffer();
    const [only] = await frames({ name: 'photo.png', bytes });
    const rgba = await sharp(bytes).ensureAlpha().raw().toBuffer();
    assert.ok(psnr(only!.rgb, shown(rgba, size, panel)) >= 45);
  });

  it('fills the panel when it is a single pixel', async () => {
    const red = { width: 1, height: 1, channels: 3, background: 'red' } as const;
    const [only] = await frames({ name: 'dot.png', bytes: await sharp({ create: red }).png().toBuffer() });
    const redAt = (x: number): number => only!.rgb[(120 * 320 + x) * 3]!;
    assert.deepEqual([39, 40, 279, 280].map(redAt), [0, 255, 255, 0]);
  });

  it('has the hash of its file', async () => {
    const path = await media('one-pixel.png');
    const { hash } = await loop.convert(path);
    const digest = await crypto.subtle.digest('SHA-256', await readFile(path));
    assert.equal(hash, Buffer.from(digest).toString('hex'));
  });
});
