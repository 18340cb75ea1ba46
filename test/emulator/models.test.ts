import assert from 'node:assert/strict';
import { test } from 'node:test';
import { panelModels } from '../../emulator/models.ts';
import type { PanelModel } from '../../emulator/panel-model.ts';
import { Host } from './host.ts';

const at = (column: number, page: number) => ((column * 131 + page * 977) & 0xffff) >>> 0;

for (const [name, model] of Object.entries<PanelModel>(panelModels)) {
  test(`${name}: a picture written upright is seen upright, in its colours`, () => {
    const { width, height } = model.glass;
    const host = new Host(model).start().fill(width, height, at);
    const view = host.panel.view();
    assert.deepEqual([view.width, view.height], [width, height]);
    assert.deepEqual(host.panel.faults, []);
    assert.deepEqual([host.panel.rotation, host.panel.isMirrored], [0, false]);
    for (const [x, y] of [
      [width >> 1, 0],
      [0, height >> 1],
      [width >> 1, height >> 1],
      [width - 1, height >> 1],
    ] as const)
      assert.equal(view.pixels[y * width + x], at(x, y), `pixel ${x}, ${y}`);
  });

  test(`${name}: the other inversion is a negative, the other colour order exchanges red and blue`, () => {
    const { width, height } = model.glass;
    const host = new Host(model).start().fill(width, height, () => 0xf800);
    const middle = () => host.panel.view().pixels[(height >> 1) * width + (width >> 1)];
    assert.equal(middle(), 0xf800);
    host.send(model.isGlassInverted ? 0x20 : 0x21);
    assert.equal(middle(), 0x07ff);
    host.send(model.isGlassInverted ? 0x21 : 0x20);
    host.send(0x36, model.uprightAddressMode | (model.colourOrder === 'bgr' ? 0 : 0x08));
    assert.equal(middle(), 0x001f);
  });
}

test('the corners of a round glass are never seen', () => {
  const host = new Host(panelModels.gc9a01).start().fill(240, 240, () => 0xffff);
  const { pixels } = host.panel.view();
  const lit = pixels.reduce((sum, pixel) => sum + Number(pixel === 0xffff), 0);
  assert.deepEqual([pixels[0], pixels[239], pixels[239 * 240], pixels[120 * 240]], [0, 0, 0, 0xffff]);
  assert.ok(Math.abs(lit / (Math.PI * 120 * 120) - 1) < 0.01);
});

test('a glass smaller than the memory shows only its part of it', () => {
  const model = { ...panelModels.st7789, glass: { x: 52, y: 40, width: 135, height: 240 } };
  const host = new Host(model).start();
  host.fill(240, 320, at);
  const { width, pixels } = host.panel.view();
  assert.ok(pixels.every((pixel, i) => pixel === at(52 + (i % width), 40 + Math.floor(i / width))));
  host.send(0x36, 0x60); // MX and MV
  assert.equal(host.panel.rotation, 90);
  const turned = host.panel.view();
  assert.deepEqual([turned.width, turned.height], [240, 135]);
});
