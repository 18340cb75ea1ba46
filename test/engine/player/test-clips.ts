import { writeFile } from 'node:fs/promises';
import { promisify } from 'node:util';
import { deflateRaw } from 'node:zlib';
import { ClipWriter } from '../../../format/clip-writer.ts';
import type { Geometry } from '../../../format/frame.ts';

const deflate = promisify(deflateRaw);

/** A frame of a test clip: wholly of one colour, or pixels. */
export interface TestFrame {
  readonly picture: number | Uint16Array;
  readonly ticks: number;
}

/** Writes a clip of these frames. A tick is a millisecond unless `timebase` says otherwise. */
export async function writeClip(
  path: string,
  geometry: Geometry,
  frames: readonly TestFrame[],
  timebase: readonly [number, number] = [1, 1000],
): Promise<void> {
  const parts: Uint8Array[] = [];
  const writer = new ClipWriter(
    {
      ...geometry,
      timebase,
      title: path,
      scan: 'rows',
      conversion: { mode: 'exact', threshold: 0, dither: 'none', fit: 'cover' },
      source: { name: path, fps: 25 },
      made: '2026-01-01T00:00:00Z',
    },
    { deflate, write: async (bytes) => void parts.push(bytes.slice()) },
  );
  for (const { picture, ticks } of frames) {
    const pixels = typeof picture === 'number' ? flat(geometry, picture) : picture;
    await writer.add(pixels, ticks);
  }
  await writer.finish();
  await writeFile(path, Buffer.concat(parts));
}

/** A picture of one colour. */
export function flat({ width, height }: Geometry, colour: number): Uint16Array {
  return new Uint16Array(width * height).fill(colour);
}

/** `count` flat frames of 40 ms whose colours are `base`, `base` + 1 and so on: what is on the glass tells clip and frame. */
export function counted(base: number, count: number, ticks = 40): TestFrame[] {
  return Array.from({ length: count }, (_, i) => ({ picture: base + i, ticks }));
}
