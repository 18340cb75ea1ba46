import { transmitBuffer } from '../../../engine/panel/transmit-buffer.ts';
import { openClip } from '../../../engine/source/clip-source.ts';

// Runs inside the emulated Pi, whose clock counts instructions, 2 ns each: prints what it takes to read, check, inflate and
// decode each frame of film.loop and to put its rectangles into wire order, as `@ film {...}`, in instructions.
const INSTRUCTIONS_PER_MICROSECOND = 500;
/** Twenty seconds, as the benchmarks take. */
const FRAMES = 500;

const clip = await openClip('film.loop', { signal: new AbortController().signal });
const transmit = transmitBuffer(clip.geometry, 2);
const first = await play();
// A loop plays on and on: what every play takes, once the machine code is made.
await clip.seek(0);
const following = await play();
await clip[Symbol.asyncDispose]();
console.log(`@ film ${JSON.stringify({ first, following, rssBytes: process.memoryUsage.rss() })}`);

async function play(): Promise<{ frames: number; average: number; median: number; worst: number }> {
  const counts: number[] = [];
  while (counts.length < FRAMES) {
    const startedMs = performance.now();
    const { rectangles } = await clip.next({ again: false });
    for (const rectangle of rectangles) transmit.fill(clip.pixels, rectangle);
    counts.push(Math.round((performance.now() - startedMs) * 1000 * INSTRUCTIONS_PER_MICROSECOND));
  }
  const average = Math.round(counts.reduce((sum, count) => sum + count, 0) / counts.length);
  return {
    frames: counts.length,
    average,
    median: counts.toSorted((a, b) => a - b)[FRAMES / 2]!,
    worst: Math.max(...counts),
  };
}
