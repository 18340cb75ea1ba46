import { transmitBuffer } from '../../../engine/panel/transmit-buffer.ts';
import { openClip } from '../../../engine/source/clip-source.ts';

// Runs inside the emulated Pi, whose clock counts instructions, 2 ns each: prints what it takes to read, check, inflate and
// decode each frame of film.loop and to put its rectangles into wire order, as `@ film {...}`, in instructions.
const INSTRUCTIONS_PER_MICROSECOND = 500;
/** Twenty seconds, as the benchmarks take. */
const FRAMES = 500;

const clip = await openClip('film.loop', { signal: new AbortController().signal });
const transmit = transmitBuffer(clip.geometry, 2);
const counts: number[] = [];
while (counts.length < FRAMES) {
  const startedMs = performance.now();
  const { rectangles } = await clip.next({ again: false });
  for (const rectangle of rectangles) transmit.fill(clip.pixels, rectangle);
  counts.push(Math.round((performance.now() - startedMs) * 1000 * INSTRUCTIONS_PER_MICROSECOND));
}
await clip[Symbol.asyncDispose]();

const total = counts.reduce((sum, count) => sum + count, 0);
/** Without the first second, in which the machine code is made. */
const settled = counts.slice(25);
console.log(
  `@ film ${JSON.stringify({
    frames: counts.length,
    average: Math.round(total / counts.length),
    worst: Math.max(...counts),
    worstAfterTheFirstSecond: Math.max(...settled),
    rssBytes: process.memoryUsage.rss(),
  })}`,
);
