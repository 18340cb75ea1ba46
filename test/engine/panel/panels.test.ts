import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { ili9341 } from '../../../engine/panel/ili9341.ts';
import { addressMode } from '../../../engine/panel/mipi-dcs.ts';
import { panelGeometry, panels } from '../../../engine/panel/panels.ts';

describe('the panels', () => {
  it('have the geometry a person sees', () => {
    assert.deepEqual(panelGeometry({ panel: 'ili9341', rotation: 90 }), { width: 320, height: 240 });
    assert.deepEqual(panelGeometry({ panel: 'ili9341', rotation: 180 }), { width: 240, height: 320 });
    assert.deepEqual(panelGeometry({ panel: 'ili9488', rotation: 270 }), { width: 480, height: 320 });
    assert.deepEqual(panelGeometry({ panel: 'st7735', rotation: 0 }), { width: 128, height: 160 });
  });

  it('have the address modes that modules with an ILI9341 are known by', () => {
    const modes = ([0, 90, 180, 270] as const).map((turn) => ili9341.orientations[turn].addressMode | addressMode.bgr);
    assert.deepEqual(modes, [0x48, 0x28, 0x88, 0xe8]);
  });

  it('are found by their own names', () => {
    for (const [name, panel] of Object.entries(panels)) assert.equal(panel.name, name);
  });

  it('take the pixels that their format says', () => {
    for (const { pixelBytes, pixelFormat, name } of Object.values(panels))
      assert.equal(pixelFormat & 0x07, pixelBytes === 2 ? 0b101 : 0b110, name);
  });
});
