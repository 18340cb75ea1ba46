import { existsSync } from 'node:fs';
import { mkdir, open, rename } from 'node:fs/promises';
import { promisify } from 'node:util';
import { deflateRaw } from 'node:zlib';
import { ClipEncoder } from '../format/clip-encoder.ts';
import type { Quality } from '../format/frame.ts';
import { drawnFrames } from './drawings.ts';
import { filmFrames } from './film-frames.ts';

export type Subject = 'film' | 'toon' | 'ui';

/** RGBA frames of a subject, 320x240, 25 a second. */
export function subjectFrames(subject: Subject, frames: number): AsyncIterable<Uint8Array> {
  return subject === 'film' ? filmFrames(frames) : drawnFrames(subject, frames);
}

/** The `.loop` file of a subject, made once and kept in `.cache/bench`. */
export async function makeClip(subject: Subject, quality: Quality, frames: number): Promise<string> {
  const file = `.cache/bench/${subject}-${quality}-${frames}.loop`;
  if (existsSync(file)) return file;
  await mkdir('.cache/bench', { recursive: true });
  const handle = await open(`${file}.part`, 'w');
  const encoder = new ClipEncoder(
    {
      width: 320,
      height: 240,
      timebase: [1, 25],
      title: subject,
      scan: 'rows',
      conversion: { mode: quality, threshold: quality === 't6' ? 6 : 0, dither: 'none', fit: 'cover' },
      source: { name: subject, fps: 25 },
      made: '2026-01-01T00:00:00Z',
    },
    { deflate: promisify(deflateRaw), write: async (bytes) => void (await handle.write(bytes)) },
  );
  for await (const rgba of subjectFrames(subject, frames)) await encoder.addRgba(rgba, 1);
  await encoder.finish();
  await handle.close();
  await rename(`${file}.part`, file);
  return file;
}
