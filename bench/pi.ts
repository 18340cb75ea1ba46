import { setTimeout as sleep } from 'node:timers/promises';
import { filmApp, filmFigures } from '../test/pi/film.ts';
import { startPiHost } from '../test/pi/host.ts';
import { bootPi, makeApp, preparePi } from '../test/pi/pi.ts';
import type { BenchRow } from './bench-row.ts';

/** What LOOP costs on an emulated Raspberry Pi Zero 2 W with 512 MB. */
export async function rows(): Promise<BenchRow[]> {
  return [await instructionsRow(), await memoryRow()];
}

async function instructionsRow(): Promise<BenchRow> {
  await preparePi();
  const app = await makeApp('film', { ...(await filmApp()), run: 'node film.js\n' });
  const { lines } = await bootPi('film', app, { words: ['mem=512M'], environment: { TRACE: '0' } });
  const { first, following } = filmFigures(lines);
  const millions = (count: number) => (count / 1e6).toFixed(2);
  return {
    what: 'guest instructions to decode and prepare one frame, T6, emulated Zero 2 W, Big Buck Bunny, 500 frames (1 M: 1.4 ms)',
    bar: '<= 3.0 M on average',
    measured:
      `${millions(following.average)} M, worst ${millions(following.worst)} M; ` +
      `the first play, which makes the machine code: ${millions(first.average)} M, worst ${millions(first.worst)} M`,
    holds: following.average <= 3_000_000,
  };
}

/** The clip that LOOP brings along, as in the row for this machine. */
async function memoryRow(): Promise<BenchRow> {
  await using host = await startPiHost('host-memory', { trace: false, sample: true });
  let most = 0;
  for (let second = 0; second < 20; second++) {
    await sleep(1000);
    most = Math.max(most, (await host.memory()).rss);
  }
  const { fps } = (await host.client.stats()).displays.loop!;
  await host.stop();
  return {
    what: 'host memory while playing at 25 frames a second, emulated Zero 2 W with 512 MB, spidev, 20 s',
    bar: '<= 110 MB',
    measured: `${most.toFixed(0)} MB (${fps.toFixed(1)} frames a second on the emulated bus)`,
    holds: most <= 110,
  };
}
