import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import type { PanelEmulator } from '../../../emulator/panel-emulator.ts';
import type { Picture } from '../../../format/frame.ts';
import type { DriverCalls } from './driver-calls.ts';

type BusCalls = Pick<DriverCalls, 'command' | 'pixels' | 'setSpeed' | 'setReset' | 'setBacklight' | 'closeBus'>;

/** An open bus with an ILI9341 at its other end, wherever the bus lives. */
export interface BusUnderTest extends AsyncDisposable {
  readonly speedHz: number;
  call<Name extends keyof BusCalls>(
    name: Name,
    ...values: Parameters<BusCalls[Name]>
  ): Promise<ReturnType<BusCalls[Name]>>;
  readonly emulator: PanelEmulator;
  /** What a person sees, everything that was sent included. */
  view(): Picture;
}

/** What every bus promises. */
export function busContract(name: string, open: () => Promise<BusUnderTest>): void {
  describe(`${name} as a bus`, () => {
    let bus: BusUnderTest;
    before(async () => {
      bus = await open();
      await bus.call('setReset', 0);
      await sleep(1);
      await bus.call('setReset', 1);
      await sleep(120);
      await bus.call('command', 0x3a, [0x55]);
      await bus.call('command', 0x36, [0x48]);
      await bus.call('command', 0x11);
      await sleep(6);
    });
    after(() => bus[Symbol.asyncDispose]());

    it('says the speed it was asked for', () => {
      assert.equal(bus.speedHz, 40_000_000);
    });

    it('begins a window anew with each memory write, however many bytes follow', async () => {
      await bus.call('command', 0x29);
      await bus.call('setBacklight', 100);
      await bus.call('command', 0x2a, [0, 0, 0, 239]);
      await bus.call('command', 0x2b, [0, 0, 1, 63]);
      for (let time = 0; time < 2; time++) {
        await bus.call('command', 0x2c);
        await bus.call('pixels', 153_600);
      }
      const { pixels } = bus.view();
      const byte = (index: number) => index % 251;
      assert.ok(pixels.every((pixel, index) => pixel === byte(2 * index) * 256 + byte(2 * index + 1)));
    });

    it('brings pixels into the window that the commands before set', async () => {
      const before = bus.view().pixels;
      await bus.call('command', 0x2a, [0, 10, 0, 11]);
      await bus.call('command', 0x2b, [1, 0, 1, 0]);
      await bus.call('command', 0x2c);
      await bus.call('pixels', 4);
      const { width, pixels } = bus.view();
      before.set([0x0001, 0x0203], 256 * width + 10);
      assert.deepEqual(pixels, before);
      assert.deepEqual(bus.emulator.faults, []);
    });

    it('counts every byte once, commands included', async () => {
      const { bytesWritten: before } = await bus.call('pixels', 2);
      await bus.call('command', 0x2a, [0, 0, 0, 239]);
      const { bytesWritten } = await bus.call('pixels', 0);
      assert.equal(bytesWritten - before, 5);
    });

    it('makes the panel dark and lit', async () => {
      const isDark = () => bus.view().pixels.every((pixel) => pixel === 0);
      await bus.call('setBacklight', 0);
      assert.equal(isDark(), true);
      await bus.call('setBacklight', 1);
      assert.equal(isDark(), false);
    });

    it('takes another speed', async () => {
      await bus.call('setSpeed', 10_000_000);
      await bus.call('command', 0x2c);
      assert.equal((await bus.call('pixels', 0)).bytesWritten > 0, true);
    });

    it('holds the panel in reset', async () => {
      await bus.call('setReset', 0);
      assert.ok(bus.view().pixels.every((pixel) => pixel === 0));
    });

    it('closes without a word, and leaves the wires as they are', async () => {
      await bus.call('closeBus');
      assert.ok(
        bus.view().pixels.every((pixel) => pixel === 0),
        'still in reset',
      );
    });
  });
}
