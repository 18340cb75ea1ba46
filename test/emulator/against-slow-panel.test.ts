import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { panelModels } from '../../emulator/models.ts';
import { PanelEmulator } from '../../emulator/panel-emulator.ts';
import type { PanelModel } from '../../emulator/panel-model.ts';
import { SlowPanel } from './slow-panel.ts';

/** A panel so small that random windows meet its edges all the time. */
const small: PanelModel = {
  ...panelModels.ili9341,
  memory: { width: 6, height: 9 },
  glass: { x: 0, y: 0, width: 6, height: 9 },
};

const byte = fc.integer({ min: 0, max: 255 });
const address = fc.integer({ min: 0, max: 10 }).map((low) => [0, low]);
const pixels = fc.array(byte, { maxLength: 70 });
const command = (code: number, parameters: fc.Arbitrary<number[]>) => parameters.map((data) => ({ code, data }));
const anything = fc.oneof(
  command(
    0x2a,
    fc.tuple(address, address).map((pair) => pair.flat()),
  ),
  command(
    0x2b,
    fc.tuple(address, address).map((pair) => pair.flat()),
  ),
  command(0x2a, address), // a short one
  command(0x2b, fc.constant([0])),
  command(0x2c, pixels),
  command(0x2c, pixels),
  command(0x3c, pixels),
  command(
    0x36,
    byte.map((mode) => [mode & 0xf8]),
  ),
  command(0x3a, fc.constantFrom([0x55], [0x66])),
  command(0xf6, fc.constantFrom([0x00], [0x01])),
  command(0x20, fc.constant([])),
  command(0x21, fc.constant([])),
);

/** The emulator awake, on and lit, and the slow panel with the same memory. */
function twins() {
  const panel = new PanelEmulator(small);
  const send = (code: number, ...data: number[]) => {
    panel.write(0, Uint8Array.of(code), 0);
    panel.write(1, Uint8Array.from(data), 0);
  };
  panel.setBacklight(100);
  send(0x11);
  send(0x29);
  send(0x36, 0x48);
  const slow = new SlowPanel(panel.view());
  for (const row of slow.memory) row.reverse(); // upright with MX: the picture's left is the memory's right
  slow.madctl = 0x48;
  for (const [code, end] of [
    [0x2a, 5],
    [0x2b, 8],
  ] as const) {
    slow.command(code);
    for (const value of [0, 0, 0, end]) slow.data(value);
  }
  slow.command(0x2c);
  return { panel, slow };
}

test('any commands, cut anywhere, leave the picture that the slow panel has', () => {
  fc.assert(
    fc.property(
      fc.array(anything, { maxLength: 25 }),
      fc.array(fc.integer({ min: 1, max: 7 }), { minLength: 1 }),
      (sent, cuts) => {
        const { panel, slow } = twins();
        let cut = 0;
        for (const { code, data } of sent) {
          panel.write(0, Uint8Array.of(code), 0);
          slow.command(code);
          for (let i = 0; i < data.length; ) {
            const portion = data.slice(i, i + cuts[cut++ % cuts.length]!);
            panel.write(1, Uint8Array.from(portion), 0);
            for (const value of portion) slow.data(value);
            i += portion.length;
          }
        }
        assert.equal(panel.rotation, slow.rotation);
        assert.deepEqual(panel.view(), slow.view());
      },
    ),
    { numRuns: 600 },
  );
});

test('a window that lies inside takes every pixel to its place, in each of the eight directions', () => {
  const range = (most: number) =>
    fc
      .tuple(fc.integer({ min: 0, max: most }), fc.integer({ min: 0, max: most }))
      .map(([a, b]) => [Math.min(a, b), Math.max(a, b)] as const);
  const windows = fc
    .integer({ min: 0, max: 7 })
    .chain((direction) =>
      fc.tuple(fc.constant(direction << 5), range(direction & 1 ? 8 : 5), range(direction & 1 ? 5 : 8)),
    );
  fc.assert(
    fc.property(windows, ([mode, columns, pages]) => {
      const { panel } = twins();
      const send = (code: number, ...data: number[]) => {
        panel.write(0, Uint8Array.of(code), 0);
        panel.write(1, Uint8Array.from(data), 0);
      };
      send(0x3a, 0x55);
      send(0x36, mode | 0x08);
      send(0x2a, 0, columns[0], 0, columns[1]);
      send(0x2b, 0, pages[0], 0, pages[1]);
      const before = panel.view();
      const count = (columns[1] - columns[0] + 1) * (pages[1] - pages[0] + 1);
      send(0x2c, ...Array.from({ length: count }, (_, i) => [0xab, i]).flat());
      const { width, pixels: seen } = panel.view();
      for (const [i, pixel] of seen.entries()) {
        const x = panel.isMirrored ? width - 1 - (i % width) : i % width;
        const y = Math.floor(i / width);
        const isInside = x >= columns[0] && x <= columns[1] && y >= pages[0] && y <= pages[1];
        const index = (y - pages[0]) * (columns[1] - columns[0] + 1) + (x - columns[0]);
        assert.equal(pixel, isInside ? 0xab00 + index : before.pixels[i]);
      }
      const early = panel.faults.filter(({ kind }) => kind !== 'early-command');
      assert.deepEqual(early, []);
    }),
    { numRuns: 300 },
  );
});
