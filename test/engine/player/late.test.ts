import assert from 'node:assert/strict';
import { test } from 'node:test';
import { judge } from '../../../engine/player/scheduler.ts';
import { openStage, type Stage } from './stage.ts';
import { counted } from './test-clips.ts';

const SECOND = 1_000_000;

/** Where the clip should be by the clock, in frames of 40 ms, and where the glass is. */
function behind(stage: Stage, startUs: number, frames: number): number {
  const due = Math.floor((stage.clock.nowUs() - startUs) / 40_000) % frames;
  return (due - stage.report.positionUs / 40_000 + frames) % frames;
}

test('a frame up to half a period late is shown, a later one dropped, one far behind is jumped over', () => {
  const frame = { dueUs: 1_000_000, periodUs: 40_000, shownAtUs: 960_000 };
  const at = (lateUs: number) => judge({ ...frame, nowUs: frame.dueUs + lateUs });
  assert.deepEqual([at(-100), at(0), at(20_000), at(20_001), at(100_000)], ['show', 'show', 'show', 'drop', 'drop']);
  assert.deepEqual([at(2_000_000), at(2_000_001)], ['show', 'jump']);
});

test('on a bus of half the speed every other frame is shown at its time, the rest is counted, and nothing queues up', async () => {
  await using stage = await openStage();
  const item = await stage.item('a', counted(0x1000, 50));
  stage.bus.hertz = 40_960 * 8 * (1000 / 70);
  const startUs = stage.clock.nowUs();
  await stage.load([item]);
  await stage.clock.advance(60 * SECOND);
  const { shown, dropped, late } = stage.report;
  assert.ok(Math.abs(shown - 750) < 5 && Math.abs(dropped - 750) < 5, `${shown} shown, ${dropped} dropped`);
  assert.equal(late, 0);
  assert.ok(behind(stage, startUs, 50) <= 3);
  stage.bus.hertz = Infinity;
  await stage.clock.advance(SECOND);
  assert.ok(behind(stage, startUs, 50) <= 1);
  assert.deepEqual(stage.bus.emulator.view().pixels, stage.output.glass.read().pixels);
});

test('a bus so slow that every frame is late still shows four pictures a second or as many as it can, on the clock', async () => {
  await using stage = await openStage();
  stage.bus.hertz = 40_960 * 8 * 2;
  const startUs = stage.clock.nowUs();
  await stage.load([await stage.item('a', counted(0x1000, 50))]);
  await stage.clock.advance(30 * SECOND);
  assert.ok(stage.report.shown >= 55, `${stage.report.shown} shown`);
  assert.ok(behind(stage, startUs, 50) <= 26);
  stage.bus.hertz = Infinity;
  await stage.clock.advance(SECOND);
  assert.ok(behind(stage, startUs, 50) <= 1);
});

test('changes of dropped frames reach the panel with the next frame that is shown', async () => {
  await using stage = await openStage();
  const { width, height } = stage.output.geometry;
  const frames = Array.from({ length: 40 }, (_, i) => {
    const picture = new Uint16Array(width * height).fill(0x0841);
    picture.fill(0xf000 + i, (i % 20) * 4 * width, ((i % 20) * 4 + 30) * width);
    if (i % 5 === 0) picture.reverse();
    return { picture, ticks: 40 };
  });
  const item = await stage.item('a', frames);
  stage.bus.hertz = 2_000_000;
  await stage.load([item]);
  for (let i = 0; i < 50; i++) {
    await stage.clock.advance(777_000);
    const index = stage.report.positionUs / 40_000;
    assert.deepEqual(stage.output.glass.read().pixels, frames[index]?.picture, `frame ${index}`);
  }
  assert.ok(stage.report.dropped > 200, `${stage.report.dropped} dropped`);
  assert.deepEqual(stage.bus.emulator.view().pixels, stage.output.glass.read().pixels);
});

test('after a long stop the player jumps to the frame that is due, also into another clip', async () => {
  await using stage = await openStage();
  const startUs = stage.clock.nowUs();
  await stage.load([await stage.item('a', counted(0x1000, 250)), await stage.item('b', counted(0x2000, 250))]);
  await stage.clock.advance(SECOND);
  stage.clock.pass(5 * SECOND);
  await stage.clock.advance(1000);
  assert.deepEqual([stage.report.itemId, behind(stage, startUs, 250)], ['item_a', 0]);
  assert.equal(stage.report.shown + stage.report.dropped, 151);
  stage.clock.pass(10 * SECOND);
  await stage.clock.advance(1000);
  assert.deepEqual([stage.report.itemId, behind(stage, startUs, 250)], ['item_b', 0]);
  assert.equal(stage.report.shown, 28);
  assert.equal(stage.colour, 0x2000 + stage.report.positionUs / 40_000);
});

test('a loop sends only what differs between the last frame and the first', async () => {
  await using stage = await openStage();
  const { width, height } = stage.output.geometry;
  const frames = Array.from({ length: 30 }, (_, i) => {
    const picture = new Uint16Array(width * height).fill(0x0841);
    picture.fill(0xf800, i * width * 4, i * width * 4 + 20);
    return { picture, ticks: 40 };
  });
  await stage.load([await stage.item('a', frames)]);
  await stage.clock.advance(95 * 40_000);
  const full = stage.bus.trace.filter(({ bytes }) => bytes === width * height * 2);
  assert.equal(full.length, 1);
  assert.deepEqual(stage.bus.emulator.view().pixels, frames[stage.report.positionUs / 40_000]?.picture);
});

test('the panel is set up again about every minute without a frame lost', async () => {
  await using stage = await openStage();
  await stage.load([await stage.item('a', counted(0x1000, 50))]);
  stage.bus.emulator.setReset(0, stage.clock.nowUs());
  stage.clock.pass(20);
  stage.bus.emulator.setReset(1, stage.clock.nowUs());
  await stage.clock.advance(62 * SECOND);
  assert.deepEqual(stage.bus.emulator.view().pixels, stage.output.glass.read().pixels);
  assert.equal(stage.report.dropped, 0);
});
