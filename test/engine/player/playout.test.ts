import assert from 'node:assert/strict';
import { test } from 'node:test';
import { openStage, type Stage } from './stage.ts';
import { counted, flat, writeClip } from './test-clips.ts';

const SECOND = 1_000_000;

async function threeClips(stage: Stage) {
  return [
    await stage.item('a', counted(0x1000, 3), { plays: 2 }),
    await stage.item('b', counted(0x2000, 2)),
    await stage.item('c', counted(0x3000, 4)),
  ];
}

test('loop all shows each item its number of plays, frame by frame, at its time, and begins again', async () => {
  await using stage = await openStage();
  await stage.load(await threeClips(stage));
  await stage.clock.advance(2 * SECOND);
  const a = [0x1000, 0x1001, 0x1002];
  const round = [...a, ...a, 0x2000, 0x2001, 0x3000, 0x3001, 0x3002, 0x3003];
  assert.deepEqual(stage.colours.slice(0, 24), [...round, ...round]);
  const [first] = stage.bus.trace;
  for (const [i, { atUs }] of stage.bus.trace.entries()) assert.equal(atUs - (first?.atUs ?? 0), i * 40_000);
  assert.deepEqual(stage.played.slice(0, 5), ['a', 'a', 'b', 'c', 'a']);
});

test('the panel shows black before the first clip and when the last one is taken away', async () => {
  await using stage = await openStage();
  assert.equal(stage.colour, 0);
  await stage.load([await stage.item('a', counted(0x1000, 2))]);
  assert.equal(stage.colour, 0x1000);
  await stage.call({ kind: 'replace_items', items: [] });
  assert.equal(stage.colour, 0);
  assert.deepEqual([stage.report.itemId, stage.report.slug], [null, null]);
});

test('loop one stays on the item', async () => {
  await using stage = await openStage();
  await stage.load(await threeClips(stage), { mode: 'loop_one', itemId: 'item_b' });
  await stage.clock.advance(SECOND);
  assert.deepEqual(new Set(stage.colours), new Set([0x2000, 0x2001]));
  await stage.call({ kind: 'next' });
  await stage.clock.advance(SECOND);
  assert.equal(stage.report.itemId, 'item_c');
});

test('without auto-advance an item repeats until another is asked for', async () => {
  await using stage = await openStage({ advance: false });
  await stage.load(await threeClips(stage));
  await stage.clock.advance(3 * SECOND);
  assert.equal(stage.report.itemId, 'item_a');
  await stage.call({ kind: 'previous' });
  await stage.clock.advance(3 * SECOND);
  assert.equal(stage.report.itemId, 'item_c');
});

test('shuffle shows every item once before any comes again', async () => {
  await using stage = await openStage();
  await stage.load(await threeClips(stage), { mode: 'shuffle', itemId: 'item_b' });
  await stage.clock.advance(5 * SECOND);
  const turns = stage.played.filter((slug, i) => slug !== stage.played[i - 1]);
  assert.equal(turns[0], 'b');
  for (let round = 0; round < 4; round++) {
    assert.equal(new Set(turns.slice(round * 3, round * 3 + 3)).size, 3);
  }
});

test('activate, next and previous have written the first frame when they resolve, and play', async () => {
  await using stage = await openStage();
  await stage.load(await threeClips(stage), { playing: false });
  for (const [call, colour, itemId] of [
    [{ kind: 'activate', itemId: 'item_c' }, 0x3000, 'item_c'],
    [{ kind: 'next' }, 0x1000, 'item_a'],
    [{ kind: 'previous' }, 0x3000, 'item_c'],
    [{ kind: 'previous' }, 0x2000, 'item_b'],
  ] as const) {
    await stage.call({ kind: 'pause' });
    await stage.call(call);
    assert.equal(stage.colour, colour);
    const { playing, positionUs } = stage.report;
    assert.deepEqual([stage.report.itemId, playing, positionUs], [itemId, true, 0]);
    await stage.clock.advance(50_000);
    assert.equal(stage.colour, colour + 1);
  }
});

test('an item that is not there is refused and nothing changes', async () => {
  await using stage = await openStage();
  await assert.rejects(stage.call({ kind: 'next' }), { code: 'NOTHING_TO_PLAY' });
  await assert.rejects(stage.call({ kind: 'play' }), { code: 'NOTHING_TO_PLAY' });
  await stage.load(await threeClips(stage));
  await assert.rejects(stage.call({ kind: 'activate', itemId: 'item_x' }), { code: 'ITEM_NOT_FOUND' });
  assert.equal(stage.report.itemId, 'item_a');
});

test('pause holds the frame in the middle of a clip, and play goes on with the next one in its remaining time', async () => {
  await using stage = await openStage();
  await stage.load([await stage.item('a', counted(0x1000, 10))]);
  await stage.clock.advance(90_000);
  await stage.call({ kind: 'pause' });
  assert.deepEqual([stage.colour, stage.report.positionUs, stage.report.playing], [0x1002, 80_000, false]);
  await stage.clock.advance(60 * SECOND);
  assert.deepEqual([stage.colour, stage.report.positionUs], [0x1002, 80_000]);
  await stage.call({ kind: 'play' });
  await stage.clock.advance(29_000);
  assert.equal(stage.colour, 0x1002);
  await stage.clock.advance(2_000);
  assert.equal(stage.colour, 0x1003);
  assert.equal(stage.report.dropped, 0);
});

test('a picture stands its time, and a clip keeps the times of its frames', async () => {
  await using stage = await openStage();
  const still = await stage.item('still', counted(0x4000, 1), { durationUs: 3 * SECOND });
  const gif = await stage.item('gif', [
    { picture: 0x5000, ticks: 100 },
    { picture: 0x5001, ticks: 30 },
    { picture: 0x5002, ticks: 700 },
  ]);
  const own = await stage.item('own', counted(0x6000, 1));
  await stage.load([still, gif, own]);
  await stage.clock.advance(20 * SECOND);
  const gaps = stage.bus.trace.slice(1).map(({ atUs }, i) => atUs - (stage.bus.trace[i]?.atUs ?? 0));
  assert.deepEqual(gaps.slice(0, 5), [3 * SECOND, 100_000, 30_000, 700_000, 10 * SECOND]);
});

test('a clip begins where it was when the player was loaded with a position', async () => {
  await using stage = await openStage();
  const items = [await stage.item('a', counted(0x1000, 300))];
  await stage.load(items, { itemId: 'item_a', positionUs: 270 * 40_000 + 5, playing: false });
  assert.deepEqual([stage.colour, stage.report.positionUs], [0x1000 + 270, 270 * 40_000]);
});

test('the loop can be edited while it plays: what is on goes on where it is', async () => {
  await using stage = await openStage();
  const items = await threeClips(stage);
  await stage.load(items);
  await stage.clock.advance(10 * 40_000 + 1_000);
  assert.deepEqual([stage.report.itemId, stage.report.positionUs], ['item_c', 80_000]);
  const [a, b, c] = items;
  if (!a || !b || !c) throw new Error('three clips');
  await stage.call({ kind: 'replace_items', items: [c, b] });
  assert.deepEqual([stage.report.itemId, stage.report.positionUs], ['item_c', 80_000]);
  await stage.clock.advance(40_000);
  assert.equal(stage.colour, 0x3003);
  await stage.clock.advance(40_000);
  assert.equal(stage.colour, 0x2000);
  await stage.call({ kind: 'replace_items', items: [a, c] });
  assert.equal(stage.colour, 0x3000);
  await stage.call({ kind: 'replace_items', items: [c, { ...a, plays: 5 }] });
  await stage.clock.advance(160_000);
  assert.deepEqual([stage.report.itemId, stage.report.playsLeft], ['item_a', 5]);
});

test('a change of mode keeps the item and the very frame', async () => {
  await using stage = await openStage();
  await stage.load(await threeClips(stage));
  await stage.clock.advance(10 * 40_000 + 1_000);
  for (const mode of ['shuffle', 'loop_one', 'shuffle', 'loop_all'] as const) {
    await stage.call({ kind: 'set_mode', mode });
    assert.deepEqual([stage.report.itemId, stage.report.positionUs, stage.report.mode], ['item_c', 80_000, mode]);
  }
  await stage.clock.advance(40_000);
  assert.equal(stage.colour, 0x3003);
  assert.equal(stage.report.dropped, 0);
});

test('a clip shown for some seconds stands over the playlist, which then goes on at the very position', async () => {
  await using stage = await openStage();
  await stage.load(await threeClips(stage));
  await stage.clock.advance(10 * 40_000 + 15_000);
  const other = await stage.item('other', counted(0x7000, 5));
  await stage.call({ kind: 'show_clip', path: other.path, slug: 'other', seconds: 2 });
  assert.equal(stage.colour, 0x7000);
  assert.deepEqual([stage.report.slug, stage.report.itemId, stage.report.overlay?.kind], ['other', null, 'clip']);
  assert.equal(stage.report.playlistItemId, 'item_c');
  await stage.clock.advance(1_990_000);
  assert.equal(stage.report.slug, 'other');
  await stage.clock.advance(10_000);
  assert.deepEqual([stage.colour, stage.report.itemId, stage.report.positionUs], [0x3002, 'item_c', 80_000]);
  await stage.clock.advance(24_000);
  assert.equal(stage.colour, 0x3002);
  await stage.clock.advance(2_000);
  assert.equal(stage.colour, 0x3003);
});

test('what stands over a paused playlist leaves it paused, and clear_overlay ends it at once', async () => {
  await using stage = await openStage();
  await stage.load(await threeClips(stage));
  await stage.clock.advance(50_000);
  await stage.call({ kind: 'pause' });
  const pictures = [
    { pixels: flat(stage.output.geometry, 0x7001), durationUs: 100_000 },
    { pixels: flat(stage.output.geometry, 0x7002), durationUs: 50_000 },
  ];
  await stage.call({ kind: 'show_pictures', pictures, seconds: null });
  assert.deepEqual([stage.colour, stage.report.overlay], [0x7001, { kind: 'picture', untilMs: null }]);
  await stage.clock.advance(120_000);
  assert.equal(stage.colour, 0x7002);
  await stage.call({ kind: 'clear_overlay' });
  assert.deepEqual([stage.colour, stage.report.positionUs, stage.report.playing], [0x1001, 40_000, false]);
  await stage.clock.advance(SECOND);
  assert.equal(stage.colour, 0x1001);
});

test('asking for an item ends what stands over the playlist', async () => {
  await using stage = await openStage();
  await stage.load(await threeClips(stage));
  const pictures = [{ pixels: flat(stage.output.geometry, 0x7001), durationUs: SECOND }];
  await stage.call({ kind: 'show_pictures', pictures, seconds: 3600 });
  await stage.call({ kind: 'next' });
  assert.deepEqual([stage.colour, stage.report.overlay, stage.report.itemId], [0x2000, null, 'item_b']);
  await stage.clock.advance(81_000);
  assert.equal(stage.report.itemId, 'item_c');
});

test('pictures of another size are refused', async () => {
  await using stage = await openStage();
  const pictures = [{ pixels: new Uint16Array(7), durationUs: SECOND }];
  await assert.rejects(stage.call({ kind: 'show_pictures', pictures, seconds: 1 }), { code: 'INVALID_REQUEST' });
  await assert.rejects(stage.call({ kind: 'show_pictures', pictures: [], seconds: 1 }), { code: 'INVALID_REQUEST' });
});

test('a clip of another size is scaled into the display with bars', async () => {
  await using stage = await openStage();
  const path = `${stage.folder}/wide.loop`;
  await writeClip(path, { width: 64, height: 16 }, counted(0xffff, 1));
  await stage.load([{ id: 'item_wide', slug: 'wide', path, plays: 1, durationUs: null }]);
  const { pixels } = stage.output.glass.read();
  assert.deepEqual([stage.colour, pixels[0], pixels.at(-1)], [0xffff, 0, 0]);
});

test('progress is a bar at the bottom of whatever plays, and leaves no trace', async () => {
  await using stage = await openStage();
  await stage.load([await stage.item('a', counted(0x1000, 10))]);
  const { width, height } = stage.output.geometry;
  const bottom = (x: number) => stage.output.glass.pixels[(height - 1) * width + x];
  await stage.call({ kind: 'progress', fraction: 0.5 });
  assert.deepEqual([bottom(0), bottom(width / 2 - 1)], [0xffff, 0xffff]);
  assert.notEqual(bottom(width / 2), 0xffff);
  assert.equal(stage.report.overlay?.kind, 'progress');
  await stage.clock.advance(41_000);
  assert.deepEqual([stage.colour, bottom(0)], [0x1001, 0xffff]);
  await stage.call({ kind: 'progress', fraction: 1 });
  assert.equal(bottom(width - 1), 0xffff);
  await stage.call({ kind: 'progress', fraction: null });
  assert.ok(stage.output.glass.pixels.every((pixel) => pixel === 0x1001));
  assert.deepEqual(stage.bus.emulator.view().pixels, stage.output.glass.read().pixels);
});

test('the bar does not get into a clip whose frames leave the bottom as it is', async () => {
  await using stage = await openStage();
  const { width, height } = stage.output.geometry;
  const frames = [1, 2, 3, 4].map((top) => ({
    picture: new Uint16Array(width * height).fill(0x1234).fill(top, 0, width),
    ticks: 40,
  }));
  await stage.load([await stage.item('a', frames)]);
  await stage.call({ kind: 'progress', fraction: 0.3 });
  await stage.clock.advance(81_000);
  await stage.call({ kind: 'progress', fraction: null });
  await stage.clock.advance(41_000);
  assert.deepEqual(stage.bus.emulator.view().pixels, frames[3]?.picture);
});

test('a bar and a picture over the playlist may come and go in any order', async () => {
  await using stage = await openStage();
  await stage.load([await stage.item('a', counted(0x1000, 10))], { playing: false });
  const pictures = [{ pixels: flat(stage.output.geometry, 0x7001), durationUs: SECOND }];
  await stage.call({ kind: 'progress', fraction: 0.1 });
  await stage.call({ kind: 'show_pictures', pictures, seconds: 1 });
  await stage.call({ kind: 'progress', fraction: null });
  assert.ok(stage.output.glass.pixels.every((pixel) => pixel === 0x7001));
  await stage.clock.advance(SECOND);
  assert.ok(stage.output.glass.pixels.every((pixel) => pixel === 0x1000));
});

test('light is switched and dimmed by command', async () => {
  await using stage = await openStage();
  await stage.load([await stage.item('a', counted(0x1000, 1))]);
  await stage.call({ kind: 'set_light', on: false, brightness: 60 });
  assert.equal(stage.bus.emulator.isLit, false);
  assert.equal(stage.colour, 0);
  await stage.call({ kind: 'set_light', on: true, brightness: 60 });
  assert.deepEqual([stage.bus.emulator.isLit, stage.colour], [true, 0x1000]);
});

test('more commands than may wait are refused, and those that wait are carried out', async () => {
  await using stage = await openStage();
  await stage.load(await threeClips(stage));
  const calls = Array.from({ length: 300 }, () => stage.call({ kind: 'next' }));
  const results = await Promise.allSettled(calls);
  const refused = results.filter((result) => result.status === 'rejected');
  assert.ok(refused.length > 0 && refused.length < 250);
  assert.ok(refused.every(({ reason }) => reason.code === 'TOO_BUSY'));
});

test('a hundred commands a frame do not stop the picture', async () => {
  await using stage = await openStage();
  await stage.load([await stage.item('a', counted(0x1000, 100))]);
  let isOver = false;
  const flood = (async () => {
    for (let i = 0; !isOver; i++) {
      stage.clock.pass(400);
      await stage.call({ kind: 'progress', fraction: (i % 100) / 100 });
    }
  })();
  while (stage.report.shown < 20) await new Promise((resolve) => setImmediate(resolve));
  isOver = true;
  await flood;
  assert.equal(stage.report.dropped, 0);
});

test('each change is told once: of item, of mode, of playing, and when a clip begins anew', async () => {
  await using stage = await openStage();
  await stage.load([await stage.item('a', counted(0x1000, 3))]);
  await stage.clock.advance(SECOND);
  const told = async (call: Parameters<Stage['call']>[0]) => {
    const before = stage.news.filter(({ kind }) => kind === 'report').length;
    await stage.call(call);
    return stage.news.filter(({ kind }) => kind === 'report').length - before;
  };
  assert.equal(await told({ kind: 'next' }), 1);
  assert.equal(await told({ kind: 'pause' }), 1);
  assert.equal(await told({ kind: 'activate', itemId: 'item_a' }), 1);
  assert.equal(await told({ kind: 'set_mode', mode: 'loop_one' }), 1);
  assert.equal(await told({ kind: 'set_light', on: true, brightness: 5 }), 0);
});
