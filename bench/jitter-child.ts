import { setTimeout as sleep } from 'node:timers/promises';
import { parseOptions } from '../contract/config.ts';
import { openBusHost } from '../engine/bus/bus-host.ts';
import { silentLog } from '../engine/log.ts';
import { openOutput } from '../engine/panel/output.ts';
import { openPlayer } from '../engine/player/player.ts';
import { Playout } from '../engine/player/playout.ts';
import { monotonicClock } from '../engine/player/scheduler.ts';
import { type PresentationErrors, StatusBlock } from '../engine/player/status-block.ts';

/** Plays a clip for ten seconds while this thread is blocked again and again; prints how far from their times the frames came. */
const [place, path] = process.argv.slice(2) as [string, string];
const SECONDS = 10;
const parsed = parseOptions({});
if (!parsed.ok) throw new Error('The options of the bench are wrong.');
const { display: settings, media, displays } = parsed.options;
const display = displays[0] as (typeof displays)[number];
const items = [{ id: 'item_bench', slug: 'bench', path, plays: 1, durationUs: null }];
const start = { itemId: null, positionUs: 0, mode: 'loop_one', playing: true, seed: 0 } as const;

function block(milliseconds: number): void {
  const until = performance.now() + milliseconds;
  while (performance.now() < until);
}

async function inWorker(): Promise<PresentationErrors> {
  await using player = await openPlayer({
    display,
    settings,
    media,
    log: silentLog,
    signal: new AbortController().signal,
  });
  await player.load(items, start);
  setInterval(() => block(80), 300).unref();
  await sleep(SECONDS * 1000);
  return player.presentationErrors();
}

async function onMainThread(): Promise<PresentationErrors> {
  const life = new AbortController();
  const { signal } = life;
  await using host = await openBusHost(display, { signal });
  const { grant } = host;
  await using output = await openOutput({ display, grant, requestGrant: async () => grant, brightness: 100, signal });
  const status = new StatusBlock();
  const playout = new Playout({ output, status, media, clock: monotonicClock, tell: () => {} });
  const running = playout.run({ signal });
  await playout.call({ kind: 'load', items, start });
  setInterval(() => block(80), 300).unref();
  await sleep(SECONDS * 1000);
  life.abort();
  await running.catch(() => {});
  return status.errors();
}

const { p50Us, p99Us, over40Ms } = await (place === 'worker' ? inWorker() : onMainThread());
process.stdout.write(JSON.stringify({ p50: p50Us / 1000, p99: p99Us / 1000, over40: over40Ms }));
process.exit();
