import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { panelModels } from '../../emulator/models.ts';
import type { FaultKind } from '../../emulator/panel-emulator.ts';
import type { PanelModel } from '../../emulator/panel-model.ts';
import { Host } from './host.ts';

const { ili9341, gc9a01, ili9488 } = panelModels;

interface Case {
  readonly kind: FaultKind;
  readonly name: string;
  readonly wrong: (host: Host) => void;
  /** The same, done right: it must raise nothing. */
  readonly right: (host: Host) => void;
  readonly model?: PanelModel;
}

const cases: readonly Case[] = [
  {
    kind: 'short-reset',
    name: 'RESX low for 9 us',
    wrong: (host) => host.reset(9),
    right: (host) => host.reset(10),
  },
  {
    kind: 'in-reset',
    name: 'a command while RESX is low',
    wrong: (host) => {
      host.panel.setReset(0, host.nowUs);
      host.send(0x00);
    },
    right: (host) => {
      host.panel.setReset(0, host.nowUs);
    },
  },
  {
    kind: 'early-command',
    name: 'a command 4 ms after reset',
    wrong: (host) => host.reset().wait(4).send(0x00),
    right: (host) => host.reset().wait(5).send(0x00),
  },
  {
    kind: 'early-command',
    name: 'a command 4 ms after a software reset',
    wrong: (host) => host.send(0x01).wait(4).send(0x00),
    right: (host) => host.send(0x01).wait(5).send(0x00),
  },
  {
    kind: 'early-command',
    name: 'a command 4 ms after sleep out',
    wrong: (host) => host.reset().wait(120).send(0x11).wait(4).send(0x29),
    right: (host) => host.reset().wait(120).send(0x11).wait(5).send(0x29),
  },
  {
    kind: 'early-sleep-out',
    name: 'sleep out 119 ms after a reset while awake',
    wrong: (host) => host.reset().wait(119).send(0x11),
    right: (host) => host.reset().wait(120).send(0x11),
  },
  {
    kind: 'early-sleep-out',
    name: 'sleep out 119 ms after sleep in',
    wrong: (host) => host.wait(120).send(0x10).wait(119).send(0x11),
    right: (host) => host.wait(120).send(0x10).wait(120).send(0x11),
  },
  {
    kind: 'early-sleep-in',
    name: 'sleep in 119 ms after sleep out',
    wrong: (host) => host.wait(114).send(0x10), // start() has waited 5
    right: (host) => host.wait(115).send(0x10),
  },
  {
    kind: 'split-pixel',
    name: 'a command after half a pixel',
    wrong: (host) => host.send(0x2c, 1, 2, 3).send(0x00),
    right: (host) => host.send(0x2c, 1, 2, 3).data(4).send(0x00),
  },
  {
    kind: 'window-reversed',
    name: 'a window whose first column is beyond its last',
    wrong: (host) => host.window([20, 10], [0, 0]).pixels(1),
    right: (host) => host.window([10, 10], [0, 0]).pixels(1),
  },
  {
    kind: 'window-reversed',
    name: 'a window whose first page is beyond its last',
    wrong: (host) => host.window([0, 0], [300, 299]).pixels(1),
    right: (host) => host.window([20, 10], [300, 299]), // looked at only when pixels are to come
  },
  {
    kind: 'window-outside',
    name: 'column 240 of 240',
    wrong: (host) => host.window([0, 240], [0, 0]).pixels(1),
    right: (host) => host.send(0x36, 0x28).window([0, 319], [0, 239]).pixels(1),
  },
  {
    kind: 'window-outside',
    name: 'page 319 with rows and columns exchanged',
    wrong: (host) => host.send(0x36, 0x28).window([0, 239], [0, 319]).pixels(1),
    right: (host) => host.window([0, 239], [0, 319]).pixels(1),
  },
  {
    kind: 'data-without-command',
    name: 'data after reset',
    wrong: (host) => host.reset().wait(5).data(1),
    right: (host) => host.reset().wait(5),
  },
  {
    kind: 'data-without-command',
    name: 'data after a command that takes none',
    wrong: (host) => host.send(0x29, 1),
    right: (host) => host.send(0x29),
  },
  {
    kind: 'asleep-pixels',
    name: 'pixels after reset, before sleep out',
    wrong: (host) => host.reset().wait(120).send(0x2c, 1, 2, 3),
    right: (host) => host.reset().wait(120).send(0x11).wait(5).send(0x2c, 1, 2, 3),
  },
  {
    kind: 'unknown-command',
    name: 'command 5A',
    wrong: (host) => host.send(0x5a, 1, 2),
    right: (host) => host.send(0xb6, 1, 2),
  },
  {
    kind: 'pixel-format',
    name: '12 bits a pixel on an ILI9341',
    wrong: (host) => host.send(0x3a, 0x53),
    right: (host) => host.send(0x3a, 0x66),
  },
  {
    kind: 'pixel-format',
    name: '16 bits a pixel on the serial bus of an ILI9488',
    model: ili9488,
    wrong: (host) => host.send(0x3a, 0x55),
    right: (host) => host.send(0x3a, 0x66),
  },
  {
    kind: 'locked-command',
    name: 'a register of a GC9A01 before FE and EF',
    model: gc9a01,
    wrong: (host) => host.reset().wait(5).send(0xef).send(0xe8, 0x34),
    right: (host) => host.reset().wait(5).send(0xef).send(0xfe).send(0xef).send(0xe8, 0x34),
  },
  {
    kind: 'not-modelled',
    name: 'scrolling',
    wrong: (host) => host.send(0x37, 0, 1),
    right: (host) => host.send(0x13),
  },
];

describe('each broken rule is a fault, and the same within the rule is none', () => {
  for (const { kind, name, wrong, right, model = ili9341 } of cases)
    test(`${kind}: ${name}`, () => {
      const broken = new Host(model).start();
      wrong(broken);
      assert.deepEqual(
        broken.panel.faults.map((fault) => fault.kind),
        [kind],
      );
      assert.equal(broken.panel.faults[0]?.timeUs, broken.nowUs);
      const kept = new Host(model).start();
      right(kept);
      assert.deepEqual(kept.panel.faults, []);
    });
});

test('a reset out of sleep allows sleep out after 5 ms', () => {
  const host = new Host(ili9341).reset().wait(5).send(0x11);
  assert.deepEqual(host.panel.faults, []);
});

test('a reset that was too short resets nothing', () => {
  const host = new Host(ili9341).start().reset(9);
  assert.equal(host.panel.isLit, true);
});

test('half a pixel before a command is dropped', () => {
  const host = new Host(ili9341).start().fill(240, 320, () => 0);
  host.send(0x2c, 0, 1, 9).send(0x3c, 0, 2);
  assert.deepEqual([...host.panel.view().pixels.subarray(0, 3)], [1, 2, 0]);
});

test('pixels for a window that ends before it begins or lies outside go nowhere they should not', () => {
  const host = new Host(ili9341).start().fill(240, 320, () => 0);
  host.window([20, 10], [0, 0]).pixels(1, 2, 3);
  host.window([238, 241], [319, 320]).pixels(1, 2, 3, 4, 5, 6, 7, 8);
  const { pixels } = host.panel.view();
  assert.deepEqual([...pixels.subarray(-2)], [1, 2]);
  assert.ok(pixels.subarray(0, -2).every((pixel) => pixel === 0));
});

test('only the first hundred faults are kept, all are counted', () => {
  const host = new Host(ili9341);
  for (let i = 0; i < 250; i++) host.data(1);
  assert.equal(host.panel.faults.length, 100);
  assert.equal(host.panel.faultCount, 250);
});
