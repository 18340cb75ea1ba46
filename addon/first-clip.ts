import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import type { House } from './service.ts';

/** Puts the clip that LOOP brings along into a library that never had one: an ordinary clip, to be deleted like any other. */
export async function addFirstClip(house: House): Promise<AsyncDisposable> {
  const folder = sampleFolder();
  if (house.part('engine').isFirstStart && folder !== undefined) {
    // A LOOP without it is a whole LOOP.
    await add(house, folder).catch((error: unknown) => house.log.warn('first_clip_failed', String(error)));
  }
  return { [Symbol.asyncDispose]: async () => {} };
}

async function add(house: House, folder: string): Promise<void> {
  const original = `${folder}loop.gif`;
  const bytes = await readFile(original);
  const { outcome } = await house.part('engine').uploads.submit(
    {
      hash: createHash('sha256').update(bytes).digest('hex'),
      filename: 'loop.gif',
      originalBytes: bytes.length,
      convert: 'browser',
      keepOriginal: true,
      settings: { title: 'LOOP', tags: [], addToLoop: true },
    },
    { original, clip: `${folder}loop.loop` },
    { keepFailed: false },
  );
  await outcome;
}

/** Beside the built host, or in `dist/` where the sources run; undefined where nothing was built. */
function sampleFolder(): string | undefined {
  return ['./sample/', '../dist/sample/']
    .map((path) => fileURLToPath(new URL(path, import.meta.url)))
    .find((path) => existsSync(path));
}
