import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { Bus } from '../../../engine/bus/bus.ts';
import { panels } from '../../../engine/panel/panels.ts';
import { LoopError } from '../../../format/errors.ts';
import type { Picture, Rectangle, Rotation } from '../../../format/frame.ts';
import { openEmulatedOutput } from './emulated-output.ts';
import { noise } from './pictures.ts';

const rotations: Rotation[] = [0, 90, 180, 270];
const names = Object.keys(panels) as (keyof typeof panels)[];

describe('an output on every panel', () => {
  for (const panel of names)
    for (const rotation of rotations)
      it(`shows the picture upright, in its colours, on ${panel} turned by ${rotation}`, async () => {
        const { output, emulator } = await openEmulatedOutput({ panel, rotation });
        const pixels = noise(output.geometry, 7);
        output.present(pixels, [whole(output.geometry)]);
        const seen = emulator.view();
        assert.deepEqual([seen.width, seen.height], [output.geometry.width, output.geometry.height]);
        assert.equal(emulator.rotation, rotation);
        assert.equal(emulator.isMirrored, false);
        assert.deepEqual(emulator.faults, []);
        assert.equal(differences(seen, pixels, panel === 'gc9a01' ? 119 : Number.POSITIVE_INFINITY), 0);
      });
});

describe('an output', () => {
  it('sends only the rectangles it is given', async () => {
    const { output, emulator } = await openEmulatedOutput();
    const first = noise(output.geometry, 1);
    output.present(first, [whole(output.geometry)]);
    const second = noise(output.geometry, 2);
    const rectangles = [
      { x: 10, y: 20, width: 30, height: 40 },
      { x: 319, y: 239, width: 1, height: 1 },
    ];
    const sent = output.present(second, rectangles);
    const expected = first.slice();
    for (const rectangle of rectangles) paste(second, expected, output.geometry.width, rectangle);
    assert.equal(differences(emulator.view(), expected), 0);
    assert.deepEqual(output.glass.read().pixels, expected);
    assert.equal(sent, 2 * (30 * 40 + 1) + 2 * 11);
  });

  it('leaves out the parts of the address window that stay', async () => {
    const { output } = await openEmulatedOutput();
    const pixels = noise(output.geometry, 3);
    const send = (x: number, y: number) => output.present(pixels, [{ x, y, width: 2, height: 2 }]) - 8;
    assert.equal(send(0, 0), 11, 'columns, pages and memory write');
    assert.equal(send(0, 0), 1, 'memory write alone');
    assert.equal(send(0, 4), 6, 'pages and memory write');
    assert.equal(send(4, 4), 6, 'columns and memory write');
  });

  it('joins rectangles when there are more than sixteen', async () => {
    const { output, emulator } = await openEmulatedOutput();
    const pixels = noise(output.geometry, 4);
    const many = Array.from({ length: 40 }, (_, n) => ({
      x: (n % 8) * 40,
      y: Math.floor(n / 8) * 40,
      width: 3,
      height: 3,
    }));
    const before = emulator.counters.commands;
    output.present(pixels, many);
    assert.ok(emulator.counters.commands - before <= 16 * 3);
    assert.deepEqual(output.glass.read().pixels, emulator.view().pixels);
  });

  it('is black before the first picture, and dark until then', async () => {
    const notes: string[] = [];
    await openEmulatedOutput({}, { wrap: (bus) => noted(bus, notes) });
    assert.equal(notes[0], 'light 0');
    const black = notes.indexOf('pixels black');
    assert.ok(black > notes.indexOf('command 11'), 'awake before pixels come');
    assert.ok(notes.indexOf('command 29') > black, 'on when black was sent');
    assert.equal(notes.at(-1), 'light 100');
  });

  it('sets the panel up at 10 MHz and sends pictures at the speed asked for', async () => {
    const notes: string[] = [];
    await openEmulatedOutput({ speed_hz: 62_500_000 }, { wrap: (bus) => noted(bus, notes) });
    const speeds = notes.filter((note) => note.startsWith('speed'));
    assert.deepEqual(speeds, ['speed 10000000', 'speed 62500000']);
    assert.ok(notes.indexOf('speed 62500000') > notes.indexOf('command 11'));
    assert.ok(notes.indexOf('speed 62500000') < notes.indexOf('pixels black'));
  });

  it('keeps a slower bus slow while it sets the panel up', async () => {
    const notes: string[] = [];
    await openEmulatedOutput({ speed_hz: 4_000_000 }, { wrap: (bus) => noted(bus, notes) });
    assert.ok(notes.includes('speed 4000000'));
    assert.ok(!notes.includes('speed 10000000'));
  });

  it('exchanges colours and inverts only when told to', async () => {
    for (const change of [{ bgr: false }, { invert: true }]) {
      const { output, emulator } = await openEmulatedOutput(change);
      const red = new Uint16Array(output.glass.pixels.length).fill(0xf800);
      output.present(red, [whole(output.geometry)]);
      const expected = 'bgr' in change ? 0x001f : 0x07ff;
      assert.ok(emulator.view().pixels.every((pixel) => pixel === expected));
    }
  });

  it('turns the light on, off and down', async () => {
    const notes: string[] = [];
    const { output } = await openEmulatedOutput({}, { brightness: 40, wrap: (bus) => noted(bus, notes) });
    assert.equal(notes.at(-1), 'light 40');
    output.setLight(false, 40);
    assert.equal(notes.at(-1), 'light 0');
    output.setLight(true, 70);
    assert.equal(notes.at(-1), 'light 70');
  });

  it('shows the picture again after the panel lost its state and is re-asserted', async () => {
    const { output, emulator, clock } = await openEmulatedOutput();
    const pixels = noise(output.geometry, 5);
    output.present(pixels, [whole(output.geometry)]);
    emulator.setReset(0, clock.nowUs());
    await clock.wait(1, { signal: AbortSignal.timeout(1000) });
    emulator.setReset(1, clock.nowUs());
    await clock.wait(200, { signal: AbortSignal.timeout(1000) });
    assert.ok(
      emulator.view().pixels.every((pixel) => pixel === 0),
      'a panel after reset shows nothing',
    );
    await output.reassert({ signal: AbortSignal.timeout(1000) });
    assert.equal(differences(emulator.view(), pixels), 0);
    assert.deepEqual(emulator.faults, []);
  });

  it('keeps what is presented while the panel is re-asserted', async () => {
    const { output, emulator } = await openEmulatedOutput();
    const settled = output.reassert({ signal: AbortSignal.timeout(1000) });
    const pixels = noise(output.geometry, 6);
    assert.equal(output.present(pixels, [whole(output.geometry)]), 0, 'nothing goes between sleep-out and display on');
    await settled;
    assert.equal(differences(emulator.view(), pixels), 0);
    assert.deepEqual(emulator.faults, []);
  });

  it('takes no harm from a re-assertion that is called off', async () => {
    const { output } = await openEmulatedOutput();
    await assert.rejects(output.reassert({ signal: AbortSignal.abort(new LoopError('ABORTED', 'enough')) }), {
      code: 'ABORTED',
    });
    assert.equal(output.status.state, 'ok');
    assert.ok(output.present(noise(output.geometry, 9), [whole(output.geometry)]) > 0);
  });

  it('ends black, off and dark, or as it is, as the options say', async () => {
    for (const onExit of ['black', 'keep'] as const) {
      const notes: string[] = [];
      const { output } = await openEmulatedOutput({}, { onExit, wrap: (bus) => noted(bus, notes) });
      output.present(noise(output.geometry, 8), [whole(output.geometry)]);
      const before = notes.length;
      await output[Symbol.asyncDispose]();
      const end = notes.slice(before);
      const expected = ['light 0', 'command 2c', 'pixels black', 'command 28', 'close'];
      assert.deepEqual(end, onExit === 'keep' ? ['close'] : expected);
    }
  });
});

describe('an output whose bus fails', () => {
  it('never throws, says why, and shows the newest picture when the bus is back', async () => {
    let isBroken = false;
    const wrap = (bus: Bus) => failing(bus, () => isBroken);
    const states: string[] = [];
    const opened = await openEmulatedOutput({}, { wrap });
    const { output, buses } = opened;
    output.onStatus(({ state, code }) => states.push(`${state} ${code}`));
    isBroken = true;
    assert.equal(output.present(noise(output.geometry, 1), [whole(output.geometry)]), 0);
    assert.equal(output.status.code, 'BUS_FAILED');
    assert.match(output.status.message ?? '', /wiring/);
    const newest = noise(output.geometry, 2);
    output.present(newest, [whole(output.geometry)]);
    isBroken = false;
    await until(() => output.status.state === 'ok');
    assert.equal(buses.length, 2);
    assert.equal(differences(opened.emulator.view(), newest), 0);
    assert.deepEqual(opened.emulator.faults, []);
    assert.equal(output.figures.recoveries, 1);
    assert.deepEqual(states, ['fault BUS_FAILED', 'ok null']);
  });

  it('waits longer after each failed try, up to five seconds', async () => {
    const tries = 8;
    let left = tries;
    const { output, clock } = await openEmulatedOutput({}, { wrap: (bus) => failing(bus, () => left-- > 0) });
    await until(() => output.status.state === 'ok');
    const backoffs = clock.waitsMs.filter((wait) => wait >= 250);
    assert.deepEqual(backoffs, [250, 500, 1000, 2000, 4000, 5000, 5000, 5000]);
  });

  it('asks four times a second for a device that is missing, so that the picture is back within a second', async () => {
    let left = 6;
    const missing = { kind: 'refused', code: 'BUS_MISSING', message: 'gone (BUS_MISSING)' } as const;
    const present = { kind: 'emulated', panel: 'ili9341', speedHz: 1 } as const;
    const opened = await openEmulatedOutput(
      {},
      {
        grant: missing,
        requestGrant: async () => (left-- > 0 ? missing : present),
      },
    );
    await until(() => opened.output.status.state === 'ok');
    assert.deepEqual(
      opened.clock.waitsMs.filter((wait) => wait >= 250),
      Array(7).fill(250),
    );
    const longestWayBackMs = opened.clock.waitsMs.slice(-4).reduce((sum, wait) => sum + wait, 0);
    assert.ok(longestWayBackMs < 1000, 'the wait in which it returned, reset, and sleep-out');
  });

  it('opens with a refused grant and tells what it says', async () => {
    const refused = { kind: 'refused', code: 'LINE_BUSY', message: 'held by "x" (LINE_BUSY)' } as const;
    const never = () => new Promise<never>(() => {});
    const { output } = await openEmulatedOutput({}, { grant: refused, requestGrant: never });
    assert.deepEqual(output.status, { state: 'fault', code: 'LINE_BUSY', message: 'held by "x" (LINE_BUSY)' });
    assert.equal(output.present(noise(output.geometry, 1), [whole(output.geometry)]), 0);
  });

  it('ends its recovery when it is closed', async () => {
    const { output, clock } = await openEmulatedOutput({}, { wrap: (bus) => failing(bus, () => true) });
    await until(() => clock.waitsMs.length > 5);
    await output[Symbol.asyncDispose]();
    const waits = clock.waitsMs.length;
    await new Promise((resolve) => setTimeout(resolve, 20));
    assert.equal(clock.waitsMs.length, waits);
  });

  it('rejects when it is aborted while it opens', async () => {
    const reason = new LoopError('ABORTED', 'enough');
    await assert.rejects(openEmulatedOutput({}, { signal: AbortSignal.abort(reason) }), { code: 'ABORTED' });
  });
});

function whole({ width, height }: { width: number; height: number }): Rectangle {
  return { x: 0, y: 0, width, height };
}

/** How many pixels are seen otherwise, inside a disc around the middle. */
function differences(seen: Picture, expected: Uint16Array, radius = Number.POSITIVE_INFINITY): number {
  let count = 0;
  for (let index = 0; index < expected.length; index++) {
    const x = (index % seen.width) + 0.5 - seen.width / 2;
    const y = Math.floor(index / seen.width) + 0.5 - seen.height / 2;
    if (Math.hypot(x, y) <= radius && seen.pixels[index] !== expected[index]) count += 1;
  }
  return count;
}

function paste(from: Uint16Array, to: Uint16Array, stride: number, { x, y, width, height }: Rectangle): void {
  for (let row = y; row < y + height; row++)
    to.set(from.subarray(row * stride + x, row * stride + x + width), row * stride + x);
}

/** The bus with a note of every call. */
function noted(bus: Bus, notes: string[]): Bus {
  return {
    get speedHz() {
      return bus.speedHz;
    },
    get bytesWritten() {
      return bus.bytesWritten;
    },
    get busyUs() {
      return bus.busyUs;
    },
    dimmable: true,
    command: (code, parameters) => {
      notes.push(`command ${code.toString(16)}`);
      bus.command(code, parameters);
    },
    pixels: (bytes) => {
      const kind = bytes.every((byte) => byte === 0) ? 'black' : 'picture';
      if (notes.at(-1) !== `pixels ${kind}`) notes.push(`pixels ${kind}`);
      bus.pixels(bytes);
    },
    setSpeed: (speedHz) => {
      notes.push(`speed ${speedHz}`);
      bus.setSpeed(speedHz);
    },
    setReset: (level) => bus.setReset(level),
    setBacklight: (percent) => {
      notes.push(`light ${percent}`);
      bus.setBacklight(percent);
    },
    close: () => {
      notes.push('close');
      bus.close();
    },
  };
}

/** The bus with a first command that fails while `isBroken` says so. */
function failing(bus: Bus, isBroken: () => boolean): Bus {
  const wrapped = noted(bus, []);
  return {
    ...wrapped,
    speedHz: bus.speedHz,
    get bytesWritten() {
      return bus.bytesWritten;
    },
    setReset: (level) => {
      if (level === 0 && isBroken()) throw new LoopError('BUS_FAILED', 'It broke. Check the wiring.');
      wrapped.setReset(level);
    },
    command: (code, parameters) => {
      if (code === 0x2c && isBroken()) throw new LoopError('BUS_FAILED', 'It broke. Check the wiring.');
      wrapped.command(code, parameters);
    },
  };
}

async function until(condition: () => boolean): Promise<void> {
  const deadline = Date.now() + 5000;
  while (!condition()) {
    if (Date.now() > deadline) throw new Error('It did not happen within 5 s.');
    await new Promise((resolve) => setImmediate(resolve));
  }
}
