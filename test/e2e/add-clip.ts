import type { Clip } from '../../contract/domain.ts';
import { nodeDeflate } from '../../engine/convert/node-deflate.ts';
import { ClipEncoder } from '../../format/clip-encoder.ts';
import { oddGif } from '../media/made-media.ts';

export interface ClipToAdd {
  readonly title: string;
  /** Of 25 a second; each another picture of the hue. */
  readonly frames?: number;
  /** RGB of the moving square. */
  readonly colour?: readonly [red: number, green: number, blue: number];
  readonly addToLoop?: boolean;
  readonly token?: string;
}

const size = { width: 320, height: 240 };

/** Uploads a finished clip of our own with a small GIF as its original: no ffmpeg, some 50 ms. */
export async function addClip(url: string, clip: ClipToAdd): Promise<Clip> {
  const form = new FormData();
  form.set('original', new Blob([originalOf(clip.title)]), `${clip.title}.gif`);
  form.set('clip', new Blob([await clipBytes(clip)]), 'clip.loop');
  form.set('title', clip.title);
  form.set('add_to_loop', String(clip.addToLoop ?? true));
  const headers: Record<string, string> = clip.token === undefined ? {} : { Authorization: `Bearer ${clip.token}` };
  const answer = await fetch(new URL('api/media', url), { method: 'POST', body: form, headers });
  const said = (await answer.json()) as { media?: Clip; error?: { message: string } };
  if (!said.media) throw new Error(`${clip.title} was not taken: ${answer.status} ${said.error?.message}`);
  return said.media;
}

/** A GIF of which no two titles have the same bytes: what comes after its end is nobody's. */
export function originalOf(title: string): Uint8Array<ArrayBuffer> {
  const name = new TextEncoder().encode(title);
  const gif = oddGif();
  const bytes = new Uint8Array(gif.length + name.length);
  bytes.set(gif);
  bytes.set(name, gif.length);
  return bytes;
}

/** A finished clip of our own. */
export async function clipBytes({
  title,
  frames = 10,
  colour = [255, 0, 0],
}: ClipToAdd): Promise<Uint8Array<ArrayBuffer>> {
  const parts: Uint8Array[] = [];
  const encoder = new ClipEncoder(
    {
      ...size,
      timebase: [1, 25],
      title,
      scan: 'rows',
      conversion: { mode: 'exact', threshold: 0, dither: 'none', fit: 'contain' },
      source: { name: `${title}.gif`, fps: 25 },
      made: '2026-11-21T00:00:00Z',
    },
    { deflate: nodeDeflate, write: async (bytes) => void parts.push(bytes.slice()) },
  );
  const rgba = new Uint8Array(size.width * size.height * 4);
  for (let frame = 0; frame < frames; frame++) {
    draw(rgba, frame, colour);
    await encoder.addRgba(rgba, 1);
  }
  await encoder.finish();
  return new Uint8Array(Buffer.concat(parts));
}

/** A square of the colour on black, each frame 8 pixels further. */
function draw(rgba: Uint8Array, frame: number, colour: readonly [number, number, number]): void {
  rgba.fill(0);
  const left = (frame * 8) % (size.width - 40);
  for (let y = 100; y < 140; y++) {
    for (let x = left; x < left + 40; x++) rgba.set(colour, (y * size.width + x) * 4);
  }
}
