import { setTimeout as sleep } from 'node:timers/promises';
import { addClip } from '../test/e2e/add-clip.ts';
import type { BenchRow } from './bench-row.ts';
import { startBuiltLoop } from './built-loop.ts';

const SWITCHES = 10_000;
const WARM_UP = 1500;

/** Memory of the whole host while it plays, and over many switches of clips. */
export async function rows(): Promise<BenchRow[]> {
  return [await playingRow(), await switchingRow()];
}

async function playingRow(): Promise<BenchRow> {
  await using loop = await startBuiltLoop();
  let most = 0;
  for (let second = 0; second < 20; second++) {
    await sleep(1000);
    most = Math.max(most, loop.rssMegabytes());
  }
  return {
    what: 'host memory while playing at 25 frames a second, emulated panel, 20 s',
    bar: '<= 110 MB',
    measured: `${most.toFixed(0)} MB`,
    holds: most <= 110,
  };
}

/** Two clips in turn, each answer awaited: its first frame was written before the next is asked for. */
async function switchingRow(): Promise<BenchRow> {
  await using loop = await startBuiltLoop();
  const slugs = [await addClip(loop.url, { title: 'One' }), await addClip(loop.url, { title: 'Two' })].map(
    ({ slug }) => slug,
  );
  let early = 0;
  for (let i = 0; i < SWITCHES; i++) {
    const answer = await fetch(new URL(`api/media/${slugs[i % 2]}/activate`, loop.url), { method: 'POST' });
    if (!answer.ok) throw new Error(`Switch ${i} was answered ${answer.status}: ${await answer.text()}`);
    await answer.arrayBuffer();
    if (i === WARM_UP) early = loop.rssMegabytes();
  }
  const late = loop.rssMegabytes();
  const change = (100 * (late - early)) / early;
  return {
    what: `host memory over ${SWITCHES} switches of clips`,
    bar: 'within 5 %',
    measured: `${change >= 0 ? '+' : ''}${change.toFixed(1)} % (${early.toFixed(0)} to ${late.toFixed(0)} MB)`,
    holds: Math.abs(change) <= 5,
  };
}
