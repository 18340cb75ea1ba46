import assert from 'node:assert/strict';
import { join } from 'node:path';
import { before, describe, it } from 'node:test';
import { panelModels } from '../../emulator/models.ts';
import { PanelEmulator } from '../../emulator/panel-emulator.ts';
import { noise } from '../engine/panel/pictures.ts';
import { pins, steps } from '../kernel-device/steps.ts';
import { panelFeeder } from './feed-panel.ts';
import { filmApp, filmFigures } from './film.ts';
import { rectangles, type Stage, seeds, stages } from './guest/stages.ts';
import { bootPi, makeApp, preparePi } from './pi.ts';
import { readWire, type Wire, type WireBytes, type WireEvent } from './wire.ts';

const geometry = { width: 320, height: 240 };
const FRAME_BYTES = 153_600;

interface StageResult {
  readonly name: Stage;
  readonly result: unknown;
  readonly ms: number;
}

describe('on the kernel of a Raspberry Pi Zero 2 W', () => {
  let wire: Wire;
  let lines: readonly string[];

  before(async () => {
    await preparePi();
    const film = await filmApp();
    const app = await makeApp('driver', {
      entries: {
        driver: 'test/pi/guest/driver.ts',
        'driver-worker': 'test/engine/bus/driver-worker.ts',
        holder: 'test/pi/guest/holder.ts',
        steps: 'test/kernel-device/run-steps.ts',
        ...film.entries,
      },
      files: film.files,
      // The steps come last: one of them takes MOSI off the bus, and only a restart brings it back.
      run: 'node driver.js && node film.js && node steps.js\n',
    });
    const boot = await bootPi('driver', app, { words: ['mem=512M'] });
    lines = boot.lines;
    wire = await readWire(join(boot.out, 'wire.log'), { dc: pins.dc, mark: pins.mark, chipSelects: [8, 7] });
  });

  describe('the driver', () => {
    let emulator: PanelEmulator;
    let views: Map<Stage, Uint16Array>;

    before(() => {
      emulator = new PanelEmulator(panelModels.ili9341);
      const feed = panelFeeder(emulator, pins);
      views = new Map(
        stages.map((name, index) => {
          for (const event of wire.steps[index + 1]!) feed(event);
          return [name, emulator.view().pixels];
        }),
      );
    });

    const resultOf = (name: Stage): StageResult =>
      lines
        .filter((line) => line.startsWith('stage '))
        .map((line) => JSON.parse(line.slice('stage '.length)) as StageResult)
        .find((stage) => stage.name === name)!;
    const bytesOf = (name: Stage) =>
      wire.steps[stages.indexOf(name) + 1]!.filter((event): event is WireBytes => event.kind === 'bytes');

    it('takes the lines before it touches the bus', () => {
      const { result } = resultOf('opens the lines and the bus');
      assert.equal((result as { kind: string }).kind, 'spidev');
      assert.equal((result as { bufsiz: number }).bufsiz, 4096);
      assert.deepEqual(bytesOf('opens the lines and the bus'), []);
      const outputs = wire.steps[1]!.filter((event) => event.kind === 'function' && event.name === 'out');
      assert.deepEqual(
        outputs.map((event) => event.kind === 'function' && event.line),
        [pins.dc, pins.reset, pins.backlight],
      );
    });

    it('sets the panel up at 10 MHz and sends pictures at 40, in mode 0', () => {
      const dividers = new Set(bytesOf('starts the panel').map(({ divider }) => divider));
      assert.deepEqual([...dividers], [40, 10], 'of the 400 MHz core clock');
      const all = wire.steps.slice(1, stages.length + 1).flat();
      assert.ok(all.every((event) => event.kind !== 'bytes' || (event.mode === 0 && event.dc !== null)));
    });

    it('is black before the light goes on', () => {
      const start = wire.steps[stages.indexOf('starts the panel') + 1]!;
      const light = start.findIndex(
        (event) => event.kind === 'line' && event.line === pins.backlight && event.level === 1,
      );
      const on = start.findIndex((event) => event.kind === 'bytes' && event.dc === 0 && event.bytes[0] === 0x29);
      const lastPixels = start.findLastIndex((event) => event.kind === 'bytes' && event.bytes.length > 16);
      assert.ok(lastPixels > 0 && lastPixels < on && on < light);
      assert.ok(views.get('starts the panel')!.every((pixel) => pixel === 0));
    });

    it('sends a full frame as one message for each 4096 bytes, with one command before it when the window stays', () => {
      const [command, ...pixels] = bytesOf('sends another');
      assert.deepEqual([command?.dc, command?.bytes], [0, [0x2c]]);
      assert.deepEqual(
        pixels.map(({ bytes }) => bytes.length),
        [...Array<number>(37).fill(4096), 2048],
      );
      assert.ok(pixels.every(({ dc, chipSelects }) => dc === 1 && chipSelects.join() === '0'));
      assert.equal(resultOf('sends another').result, FRAME_BYTES + 1);
    });

    it('puts every picture on the glass, pixel for pixel', () => {
      const expected = noise(geometry, seeds.first);
      assert.deepEqual(views.get('sends a full frame'), expected);
      expected.set(noise(geometry, seeds.second));
      assert.deepEqual(views.get('sends another'), expected);
      const changed = noise(geometry, seeds.rectangles);
      for (const { x, y, width, height } of rectangles)
        for (let row = y; row < y + height; row++)
          expected.set(changed.subarray(row * 320 + x, row * 320 + x + width), row * 320 + x);
      assert.deepEqual(views.get('sends rectangles'), expected);
      assert.deepEqual(emulator.faults, []);
    });

    it('finds the device again after the kernel took it away, and shows the newest picture', () => {
      assert.deepEqual(resultOf('writes while the device is gone').result, ['BUS_GONE', 'BUS_MISSING']);
      assert.deepEqual(bytesOf('writes while the device is gone'), []);
      const back = resultOf('comes back with the device');
      assert.equal(back.result, 1, 'one recovery');
      assert.ok(back.ms < 1000, `${back.ms} ms after the device's return, by the Pi's own clock`);
      assert.deepEqual(views.get('comes back with the device'), noise(geometry, seeds.newest));
      assert.deepEqual(views.get('re-asserts the panel'), noise(geometry, seeds.newest));
    });

    it('ends black and dark, before it lets go of anything', () => {
      const end = wire.steps[stages.indexOf('ends black') + 1]!;
      const dark = end.findIndex(
        (event) => event.kind === 'line' && event.line === pins.backlight && event.level === 0,
      );
      const released = end.findIndex((event) => event.kind === 'function' && event.name === 'in');
      assert.ok(dark >= 0 && dark < released);
      assert.ok(views.get('ends black')!.every((pixel) => pixel === 0));
    });

    it('names the player that has the panel, and starts when it has gone', () => {
      const { result } = resultOf('meets another player');
      assert.match(JSON.stringify(result), /LINE_BUSY/);
      assert.match(JSON.stringify(result), /GPIO 25.*other-player/);
      assert.equal(resultOf('takes over when the other has gone').result, 'spidev');
    });
  });

  it('decodes a frame of film and prepares it for the wire in three million instructions', () => {
    const { first, following } = filmFigures(lines);
    console.log('film, T6, instructions a frame, first play:', first, 'every play after it:', following);
    assert.equal(following.frames, 500);
    assert.ok(following.average <= 3_000_000, `${following.average} instructions a frame`);
  });

  describe('spidev and the GPIO chip', () => {
    const stepEvents = (index: number) => wire.steps[stages.length + 1 + index]!;

    it('answer each step as the stand-in for the kernel does', () => {
      const results = lines.filter((line) => /^\d+ /.test(line));
      assert.deepEqual(
        results,
        steps.map(({ expected }, index) => `${index} ${expected}`),
      );
    });

    it('send what each step says, byte by byte, each part as a message with its D/C level', () => {
      for (const [index, step] of steps.entries()) {
        if (step.wire === undefined) continue;
        assert.deepEqual(stepEvents(index).flatMap(messageText), step.wire, step.name);
      }
    });

    it('send nothing while no transfer is active', () => {
      assert.equal(wire.idleBytes, 0);
    });
  });
});

function messageText(event: WireEvent): string[] {
  return event.kind === 'bytes' ? [`${event.dc === 0 ? '!' : ''}${Buffer.from(event.bytes).toString('hex')}`] : [];
}
