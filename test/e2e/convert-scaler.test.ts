import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { describe, it } from 'node:test';
import { promisify } from 'node:util';
import { openKernel } from '../../dashboard/convert/kernel.ts';
import { openPictureScaler } from '../../dashboard/convert/picture-scaler.ts';
import { film } from '../dashboard-convert/derived-media.ts';
import { psnr } from '../dashboard-convert/read-clip.ts';

const run = promisify(execFile);

/** One picture of the film, as ffmpeg gives it. */
async function picture(filters: string, format: string): Promise<Uint8Array> {
  const words = `-v error -ss 8 -i ${film} -frames:v 1 -vf ${filters} -sws_flags area+accurate_rnd+full_chroma_int -f rawvideo -pix_fmt ${format} -`;
  const { stdout } = await run('ffmpeg', words.split(' '), { encoding: 'buffer', maxBuffer: 1 << 24 });
  return stdout;
}

describe('the picture scaler beside ffmpeg', () => {
  const stored = { width: 1920, height: 1080 };
  const matrix = 'in_color_matrix=bt709';
  for (const [layout, format] of [
    ['I420', 'yuv420p'],
    ['NV12', 'nv12'],
  ] as const) {
    it(`makes of 1080p in ${layout} what its area scaler makes, to 45 dB`, async () => {
      const source = {
        layout,
        stored,
        display: stored,
        orientation: { rotation: 0, flip: false },
        matrix: 'bt709',
        fullRange: false,
      } as const;
      const scaler = openPictureScaler(await openKernel(), source, { width: 320, height: 180 }, 'contain');
      // Rows of 1920 bytes are whole vectors, so the planes lie exactly as ffmpeg writes them.
      scaler.buffer().set(await picture('null', format));
      const target = new Uint32Array(320 * 180);
      scaler.render(scaler.bands[0]!, target);
      const rgb = new Uint8Array(target.buffer).filter((_, index) => index % 4 !== 3);
      assert.ok(psnr(rgb, await picture(`scale=320:180:${matrix}`, 'rgb24')) >= 45);
    });
  }
});
