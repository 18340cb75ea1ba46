import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { slots } from '../../dashboard/convert/slots.ts';

/** A decoded frame that knows whether it was closed. */
class Frame {
  readonly timestamp: number;
  readonly duration: number;
  isClosed = false;

  constructor(timestamp: number, duration: number) {
    this.timestamp = timestamp;
    this.duration = duration;
  }

  [Symbol.dispose](): void {
    assert.equal(this.isClosed, false, 'a frame is closed once');
    this.isClosed = true;
  }
}

async function* stream(frames: readonly Frame[]): AsyncGenerator<Frame> {
  yield* frames;
}

async function slotted(frames: readonly Frame[], framerate: number): Promise<[timestamp: number, count: number][]> {
  const shown: [number, number][] = [];
  for await (const { sample, count } of slots(stream(frames), framerate)) {
    using owned = sample;
    shown.push([owned.timestamp, count]);
  }
  return shown;
}

const steady = (rate: number, count: number): Frame[] =>
  Array.from({ length: count }, (_, i) => new Frame(i / rate, 1 / rate));
const total = (shown: [number, number][]): number => shown.reduce((sum, [, count]) => sum + count, 0);

describe('slots', () => {
  it('makes 500 frames of 480 at 24 a second, 20 of them shown twice', async () => {
    const shown = await slotted(steady(24, 480), 25);
    assert.equal(total(shown), 500);
    assert.equal(shown.filter(([, count]) => count === 2).length, 20);
  });

  it('shows of 60 frames a second those nearest to the slots, the rest never', async () => {
    const shown = await slotted(steady(60, 120), 25);
    assert.equal(total(shown), 50);
    assert.equal(shown.length, 50);
  });

  it('begins with the first frame, wherever the file has it in time', async () => {
    const frames = [new Frame(0.5, 0.04), new Frame(0.54, 0.04)];
    assert.deepEqual(await slotted(frames, 25), [
      [0.5, 1],
      [0.54, 1],
    ]);
  });

  it('shows a frame from before the beginning from the beginning on', async () => {
    assert.deepEqual(await slotted([new Frame(-0.02, 0.1), new Frame(0.08, 0.08)], 25), [
      [-0.02, 2],
      [0.08, 2],
    ]);
  });

  it('lets the last frame stand for its duration, or one slot', async () => {
    assert.deepEqual(await slotted([new Frame(0, 0.2)], 25), [[0, 5]]);
    assert.deepEqual(await slotted([new Frame(0, 0)], 25), [[0, 1]]);
    assert.deepEqual(await slotted([new Frame(0, 0.04), new Frame(0.04, 0)], 25), [
      [0, 1],
      [0.04, 1],
    ]);
  });

  it('gives nothing of nothing', async () => {
    assert.deepEqual(await slotted([], 25), []);
  });

  it('fills the whole time and closes or hands over every frame, for any times', async () => {
    const gaps = fc.array(fc.double({ min: 0.001, max: 0.4, noNaN: true }), { minLength: 1, maxLength: 60 });
    await fc.assert(
      fc.asyncProperty(gaps, fc.constantFrom(10, 25, 50), async (durations, framerate) => {
        let at = 0;
        const frames = durations.map((duration) => {
          at += duration;
          return new Frame(at - duration, duration);
        });
        const shown = await slotted(frames, framerate);
        assert.equal(total(shown), Math.max(1, Math.round((at - frames[0]!.timestamp) * framerate)));
        assert.ok(frames.every((frame) => frame.isClosed));
      }),
      { numRuns: 200 },
    );
  });

  it('closes the frame it waits with when its reader leaves', async () => {
    const frames = steady(24, 10);
    for await (const { sample } of slots(stream(frames), 24)) {
      sample[Symbol.dispose]();
      break;
    }
    assert.deepEqual(
      frames.map((frame) => frame.isClosed),
      [true, true, ...Array(8).fill(false)],
    );
  });
});
