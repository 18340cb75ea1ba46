import { execFile } from 'node:child_process';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { openKernelDevice } from '../test/kernel-device/kernel-device.ts';
import type { BenchRow } from './bench-row.ts';
import { makeClip } from './make-clip.ts';

const run = promisify(execFile);

/** Time as the player keeps it: a real film on a real-time bus, and a main thread that does other things. */
export async function rows(): Promise<BenchRow[]> {
  return [await filmRow(), await jitterRow()];
}

/** 300 frames at 25 a second on a bus of 32 MHz (256 MHz over 8), with 20 us between messages. */
async function filmRow(): Promise<BenchRow> {
  const clip = await makeClip('film', 't6', 300);
  await writeFile(
    '.cache/bench/spidev.json',
    JSON.stringify({ displays: [{ bus: '/dev/spidev0.0', speed_hz: 32_000_000 }] }),
  );
  await using device = await openKernelDevice({ log: false, busTime: { coreHz: 256_000_000, gapUs: 20 } });
  const { stdout } = await run(
    process.execPath,
    ['dist/loop.js', 'play', clip, '--options', '.cache/bench/spidev.json', '--frames', '300'],
    { env: { ...process.env, ...device.environment } },
  );
  const played = JSON.parse(stdout) as { shown: number; dropped: number; late: number; seconds: number };
  const fps = Math.min(25, 300 / played.seconds);
  return {
    what: 'Big Buck Bunny, 300 frames, T6, fake bus at 32 MHz (full frames by the best peer: 23.6 fps)',
    bar: '>= 24.9 fps, 0 dropped',
    measured: `${fps.toFixed(2)} fps, ${played.dropped} dropped, ${played.late} late`,
    holds: fps >= 24.9 && played.dropped === 0,
  };
}

interface Errors {
  readonly p50: number;
  readonly p99: number;
  readonly over40: number;
}

/** The same player in its worker and on the main thread, while the main thread is blocked 80 of every 300 ms. */
async function jitterRow(): Promise<BenchRow> {
  const clip = await makeClip('film', 't6', 300);
  const measure = async (place: 'worker' | 'main'): Promise<Errors> => {
    const { stdout } = await run(process.execPath, [join(import.meta.dirname, 'jitter-child.ts'), place, clip]);
    return JSON.parse(stdout) as Errors;
  };
  const worker = await measure('worker');
  const main = await measure('main');
  const said = ({ p50, p99, over40 }: Errors) =>
    `p50 ${p50.toFixed(1)}, p99 ${p99.toFixed(1)} ms, ${over40} over 40 ms`;
  return {
    what: 'presentation error, main thread blocked 80 of every 300 ms, 10 s',
    bar: 'p99 <= 5 ms, 0 over 40 ms',
    measured: `worker: ${said(worker)}; the same player on the main thread: ${said(main)}`,
    holds: worker.p99 <= 5 && worker.over40 === 0,
  };
}
