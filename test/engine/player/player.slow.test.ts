import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Worker } from 'node:worker_threads';
import { parseOptions } from '../../../contract/config.ts';
import { silentLog } from '../../../engine/log.ts';
import { openPlayer, type Player, type PlayerCommand, type PlayerEvents } from '../../../engine/player/player.ts';
import { counted, flat, writeClip } from './test-clips.ts';

const geometry = { width: 160, height: 128 };
const signal = new AbortController().signal;
const start = { itemId: null, positionUs: 0, mode: 'loop_all', playing: true, seed: 1 } as const;
let folder = '';

before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'loop-player-'));
  await writeClip(join(folder, 'a.loop'), geometry, counted(0x1000, 10, 20));
  await writeClip(join(folder, 'b.loop'), geometry, counted(0x2000, 5, 20));
});
after(() => rm(folder, { recursive: true }));

function items(...names: string[]) {
  return names.map((name) => ({
    id: `item_${name}`,
    slug: name,
    path: join(folder, `${name}.loop`),
    plays: 1,
    durationUs: null,
  }));
}

async function open(display: Record<string, unknown> = {}): Promise<Player> {
  const parsed = parseOptions({ displays: [{ panel: 'st7735', ...display }] });
  if (!parsed.ok) throw new Error(JSON.stringify(parsed.faults));
  const { displays, display: settings, media } = parsed.options;
  const [first] = displays;
  if (!first) throw new Error('one display was given');
  return openPlayer({ display: first, settings, media, log: silentLog, signal });
}

const command = (player: Player, what: PlayerCommand) => player.command(what, { signal });

/** Resolves with the next event for which `matches` holds. */
function event<Name extends keyof PlayerEvents>(
  player: Player,
  name: Name,
  matches: (value: PlayerEvents[Name]) => boolean,
): Promise<PlayerEvents[Name]> {
  return new Promise((resolve) => {
    const stop = player.on(name, (value) => {
      if (!matches(value)) return;
      stop();
      resolve(value);
    });
  });
}

test('a display opens black, plays what it is given, and tells of each item once it is on', async () => {
  await using player = await open();
  assert.ok(player.glass().pixels.every((pixel) => pixel === 0));
  assert.deepEqual([player.geometry, player.status().state, player.isLit], [geometry, 'ok', true]);
  const turns: (string | null)[] = [];
  player.on('report', ({ slug }) => turns.push(slug));
  const round = event(player, 'played', ({ slug }) => slug === 'b');
  await player.load(items('a', 'b'), start);
  assert.equal(player.report.itemId, 'item_a');
  await round;
  await event(player, 'played', ({ slug }) => slug === 'a');
  assert.deepEqual(turns.slice(0, 3), ['a', 'b', 'a']);
  const { frames_shown, frames_dropped } = player.stats();
  assert.ok(frames_shown + frames_dropped >= 25);
  assert.ok(player.glassVersion() >= frames_shown);
});

test('a command answers when it is true: the glass shows the new picture', async () => {
  await using player = await open();
  await player.load(items('a', 'b'), { ...start, playing: false });
  assert.equal(player.glass().pixels[0], 0x1000);
  for (const [what, base] of [
    [{ kind: 'activate', itemId: 'item_b' }, 0x2000],
    [{ kind: 'next' }, 0x1000],
    [{ kind: 'previous' }, 0x2000],
  ] as const) {
    const report = await command(player, what);
    assert.equal(report.playing, true);
    assert.equal((player.glass().pixels[0] ?? 0) & 0xff00, base);
  }
  const pixels = flat(geometry, 0x7777);
  const { overlay } = await command(player, {
    kind: 'show_pictures',
    pictures: [{ pixels, durationUs: 1_000_000 }],
    seconds: 60,
  });
  assert.equal(player.glass().pixels[0], 0x7777);
  assert.ok(overlay?.untilMs && Math.abs(overlay.untilMs - Date.now() - 60_000) < 10_000);
  const { itemId } = await command(player, { kind: 'clear_overlay' });
  assert.equal(itemId, 'item_b');
});

test('faults come back as LoopErrors with their code, and an aborted command ends at once', async () => {
  await using player = await open();
  await assert.rejects(command(player, { kind: 'next' }), { name: 'LoopError', code: 'NOTHING_TO_PLAY' });
  await player.load(items('a'), start);
  await assert.rejects(command(player, { kind: 'activate', itemId: 'item_x' }), { code: 'ITEM_NOT_FOUND' });
  const reason = new Error('enough');
  await assert.rejects(player.command({ kind: 'next' }, { signal: AbortSignal.abort(reason) }), reason);
});

test('the light is remembered, and what a panel can do is told', async () => {
  await using player = await open();
  await command(player, { kind: 'set_light', on: false, brightness: 30 });
  assert.deepEqual([player.isLit, player.brightness, player.dimmable], [false, 30, true]);
});

test('items follow one another while the main thread is blocked', async () => {
  await using player = await open();
  await player.load(items('a', 'b'), start);
  const turns = [player.report.slug];
  const until = performance.now() + 20_000;
  while (turns.length < 4 && performance.now() < until) {
    const { slug } = player.report;
    if (slug !== turns.at(-1)) turns.push(slug);
  }
  assert.deepEqual(turns, ['a', 'b', 'a', 'b']);
});

test('a worker that dies is replaced, says so, and plays on with the item that was on', async () => {
  let worker: Worker | undefined;
  const onWorker = (started: Worker) => {
    worker = started;
  };
  process.on('worker', onWorker);
  await using player = await open();
  process.off('worker', onWorker);
  await player.load(items('a', 'b'), { ...start, mode: 'loop_one', itemId: 'item_b' });
  const version = player.glassVersion();
  const fault = event(player, 'status', ({ state }) => state === 'fault');
  await worker?.terminate();
  assert.equal((await fault).code, 'INTERNAL');
  await assert.rejects(command(player, { kind: 'next' }), { code: 'INTERNAL' });
  await event(player, 'status', ({ state }) => state === 'ok');
  assert.deepEqual([player.report.itemId, player.report.mode, player.report.playing], ['item_b', 'loop_one', true]);
  assert.ok(player.glassVersion() > version);
  assert.equal((await command(player, { kind: 'next' })).itemId, 'item_a');
});

test('missing hardware does not keep a player from opening and playing; its status tells the mend', async () => {
  await using player = await open({ bus: '/dev/spidev99.9', gpiochip: '/dev/gpiochip99' });
  await player.load(items('a'), start);
  assert.equal(player.status().state, 'fault');
  assert.equal(player.status().code, 'BUS_MISSING');
  assert.equal((player.glass().pixels[0] ?? 0) & 0xff00, 0x1000);
});

test('closing a display ends its worker in the middle of everything', async () => {
  const player = await open();
  await player.load(items('a', 'b'), start);
  const pending = command(player, { kind: 'reload' }).catch(() => {});
  await player[Symbol.asyncDispose]();
  await pending;
  const shown = player.stats().frames_shown;
  await sleep(50);
  assert.equal(player.stats().frames_shown, shown);
});
