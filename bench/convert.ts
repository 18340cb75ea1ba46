import { stat } from 'node:fs/promises';
import { type BrowserPage, openBrowserPage } from '../test/dashboard-convert/browser-page.ts';
import { rendererMemory } from '../test/dashboard-convert/renderer-memory.ts';
import { media } from '../test/media/media.ts';
import type { BenchRow } from './bench-row.ts';
import type { BenchPage, Finished } from './convert-page.ts';

interface Run extends Finished {
  /** Peak of the tab's renderer process, PSS. */
  readonly peakBytes: number;
}

/** 20 s of 1080p H.264 to a finished file on disk in Chromium: LOOP's way against the original's, in turns, each in a tab of its own. */
export async function rows(): Promise<BenchRow[]> {
  await using opened = await openBrowserPage({
    page: 'bench/convert-page.ts',
    'convert.worker': 'dashboard/convert/convert.worker.ts',
    ffmpeg: 'node_modules/@ffmpeg/ffmpeg/dist/esm/worker.js',
  });
  opened.media.set('film.mp4', await media('bbb-20s-1080p.mp4'));
  for (const name of ['ffmpeg-core.js', 'ffmpeg-core.wasm']) {
    opened.media.set(name, `node_modules/@ffmpeg/core/dist/esm/${name}`);
  }
  const loop: Run[] = [];
  const original: Run[] = [];
  for (let round = 0; round < 3; round++) {
    loop.push(await measure(opened, 'byLoop', 'film.loop'));
    original.push(await measure(opened, 'byOriginal', 'film.zip'));
  }
  const seconds = (runs: readonly Run[]): number => median(runs.map((run) => run.milliseconds)) / 1000;
  const memory = (runs: readonly Run[]): number => median(runs.map((run) => run.peakBytes)) / 1e6;
  const ratio = seconds(original) / seconds(loop);
  const best = Math.max(...loop.map((run, i) => original[i]!.milliseconds / run.milliseconds));
  return [
    {
      what: '20 s of 1080p H.264 to a finished clip on disk, Chromium, against ffmpeg.wasm to frames and JSZip',
      bar: '>= 2.5x faster',
      measured: `${ratio.toFixed(1)}x, best ${best.toFixed(1)}x (${seconds(loop).toFixed(1)} of ${seconds(original).toFixed(1)} s)`,
      holds: ratio >= 2.5,
    },
    {
      what: 'peak renderer memory (PSS) meanwhile',
      bar: 'lower',
      measured: `${memory(loop).toFixed(0)} of ${memory(original).toFixed(0)} MB`,
      holds: memory(loop) < memory(original),
    },
  ];
}

async function measure(opened: BrowserPage, way: keyof BenchPage, out: string): Promise<Run> {
  const page = await opened.newTab();
  let peakBytes = 0;
  let isOver = false;
  const watching = (async () => {
    for (; !isOver; await page.waitForTimeout(100)) {
      peakBytes = Math.max(peakBytes, await rendererMemory(opened.browser));
    }
  })();
  const finished = await page.evaluate<Finished, string>((name) => Reflect.get(globalThis, 'benchPage')[name](), way);
  isOver = true;
  await watching;
  await page.close();
  const { size } = await stat(opened.received(out));
  if (size !== finished.bytes) throw new Error(`${out} has ${size} bytes on disk instead of ${finished.bytes}.`);
  return { ...finished, peakBytes };
}

function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[values.length >> 1] ?? Number.NaN;
}
