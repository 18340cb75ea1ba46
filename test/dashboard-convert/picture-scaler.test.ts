import assert from 'node:assert/strict';
import { before, describe, it } from 'node:test';
import fc from 'fast-check';
import { type ColourMatrix, colourRows } from '../../dashboard/convert/colour-matrix.ts';
import { type Kernel, openKernel } from '../../dashboard/convert/kernel.ts';
import { openPictureScaler, type SourcePicture } from '../../dashboard/convert/picture-scaler.ts';
import { type PixelLayout, pixelLayouts } from '../../dashboard/convert/pixel-layout.ts';
import { placeTurned } from '../../dashboard/convert/turned-placement.ts';
import type { Fit, Geometry, Rotation } from '../../format/frame.ts';

let kernel: Kernel;
before(async () => {
  kernel = await openKernel();
});

const upright = { rotation: 0, flip: false } as const;

function picture(layout: PixelLayout, stored: Geometry, more: Partial<SourcePicture> = {}): SourcePicture {
  const matrix = layout === 'RGBA' || layout === 'BGRA' ? 'rgb' : 'bt709';
  return { layout, stored, display: stored, orientation: upright, matrix, fullRange: false, ...more };
}

/** A component as a plane of numbers of its own. */
interface Plane {
  width: number;
  height: number;
  values: Uint8Array;
}

/** A small generator of its own, so that a failing picture can be made again. */
function noise(seed: number, bytes: number): Uint8Array {
  let state = seed | 1;
  return Uint8Array.from({ length: bytes }, () => {
    state = (Math.imul(state, 1664525) + 1013904223) | 0;
    return state >>> 24;
  });
}

function randomPlanes(source: SourcePicture, seed: number): Plane[] {
  const shape = pixelLayouts[source.layout];
  return shape.components.map(({ plane }, index) => {
    const { across, down } = shape.planes[plane]!;
    const width = Math.ceil(source.stored.width / across);
    const height = Math.ceil(source.stored.height / down);
    return { width, height, values: noise(seed + index * 77, width * height) };
  });
}

function render(source: SourcePicture, planes: readonly Plane[], target: Geometry, fit: Fit): Uint8Array {
  const scaler = openPictureScaler(kernel, source, target, fit);
  const shape = pixelLayouts[source.layout];
  const out = new Uint32Array(target.width * target.height);
  for (const band of scaler.bands) {
    const memory = scaler.buffer().fill(0xee);
    shape.components.forEach(({ plane, byte }, index) => {
      const { offset, stride } = scaler.planes[plane]!;
      const { bytes, down } = shape.planes[plane]!;
      const { width, values } = planes[index]!;
      for (let y = 0; y < Math.ceil(band.sourceRows / down); y++) {
        for (let x = 0; x < width; x++) {
          memory[offset + y * stride + x * bytes + byte] = values[(y + band.sourceFrom) * width + x]!;
        }
      }
    });
    scaler.render(band, out);
  }
  return new Uint8Array(out.buffer);
}

/** One value of a plane at a real rectangle: area average where it shrinks, linear where it enlarges, straight from the definition. */
function sample(plane: Plane, from: { x: number; y: number }, size: { width: number; height: number }): number {
  const across = shares(from.x, size.width, plane.width);
  const down = shares(from.y, size.height, plane.height);
  let sum = 0;
  for (const [y, share] of down)
    for (const [x, other] of across) sum += plane.values[y * plane.width + x]! * share * other;
  return sum;
}

function shares(from: number, length: number, size: number): [number, number][] {
  if (length <= 1) {
    const centre = Math.min(Math.max(from + length / 2 - 0.5, 0), size - 1);
    const left = Math.floor(centre);
    return [
      [left, left + 1 - centre],
      [Math.min(left + 1, size - 1), centre - left],
    ];
  }
  const list: [number, number][] = [];
  for (let pixel = 0; pixel < size; pixel++) {
    const covered = Math.min(pixel + 1, from + length) - Math.max(pixel, from);
    if (covered > 0) list.push([pixel, covered / length]);
  }
  return list;
}

function reference(source: SourcePicture, planes: readonly Plane[], target: Geometry, fit: Fit): Uint8Array {
  const { crop, block, first, across, down } = placeTurned(source.display, source.orientation, target, fit);
  const rows = colourRows(source.matrix, source.fullRange);
  const out = new Uint8Array(target.width * target.height * 4);
  for (let y = 0; y < block.height; y++) {
    for (let x = 0; x < block.width; x++) {
      const values = planes.map((plane) => {
        const scaleX = plane.width === source.stored.width ? 1 : 2;
        const scaleY = plane.height === source.stored.height ? 1 : 2;
        const unitX = source.stored.width / source.display.width / scaleX;
        const unitY = source.stored.height / source.display.height / scaleY;
        const size = { width: (crop.width / block.width) * unitX, height: (crop.height / block.height) * unitY };
        return sample(plane, { x: crop.x * unitX + x * size.width, y: crop.y * unitY + y * size.height }, size);
      });
      const pixel = rows.map(([a = 0, b = 0, c = 0, d = 0]) => a * values[0]! + b * values[1]! + c * values[2]! + d);
      out.set(
        [...pixel.map((value) => Math.min(255, Math.max(0, Math.round(value)))), 255],
        (first + x * across + y * down) * 4,
      );
    }
  }
  return out;
}

function farthest(a: Uint8Array, b: Uint8Array): number {
  return a.reduce((most, value, index) => Math.max(most, Math.abs(value - b[index]!)), 0);
}

const anySource = fc.record({
  layout: fc.constantFrom(...(Object.keys(pixelLayouts) as PixelLayout[])),
  stored: fc.record({ width: fc.integer({ min: 3, max: 90 }), height: fc.integer({ min: 3, max: 70 }) }),
  target: fc.record({ width: fc.integer({ min: 3, max: 40 }), height: fc.integer({ min: 3, max: 40 }) }),
  fit: fc.constantFrom<Fit>('contain', 'cover', 'stretch'),
  rotation: fc.constantFrom<Rotation>(0, 90, 180, 270),
  flip: fc.boolean(),
  squeeze: fc.constantFrom(1, 2, 16 / 15),
  matrix: fc.constantFrom<ColourMatrix>('bt601', 'bt709', 'bt2020'),
  fullRange: fc.boolean(),
  seed: fc.integer({ min: 1, max: 1 << 30 }),
});

describe('the picture scaler', () => {
  it('paints every layout, crop, turn and colour matrix as the definition has it, within 1 of 255', () => {
    fc.assert(
      fc.property(anySource, ({ layout, stored, target, fit, rotation, flip, squeeze, matrix, fullRange, seed }) => {
        const isPacked = layout === 'RGBA' || layout === 'BGRA';
        const source = picture(layout, stored, {
          display: { width: stored.width * squeeze, height: stored.height },
          orientation: { rotation, flip },
          matrix: isPacked ? 'rgb' : matrix,
          fullRange,
        });
        const planes = randomPlanes(source, seed);
        assert.ok(farthest(render(source, planes, target, fit), reference(source, planes, target, fit)) <= 1);
      }),
      { numRuns: 60 },
    );
  });

  it('gives a picture of its own size unchanged', () => {
    const size = { width: 37, height: 21 };
    const source = picture('RGBA', size);
    const planes = randomPlanes(source, 5);
    const out = render(source, planes, size, 'contain');
    planes.forEach((plane, byte) => {
      for (const [index, value] of plane.values.entries()) assert.equal(out[index * 4 + byte], value);
    });
  });

  it('makes white of limited-range white and black of black', () => {
    const size = { width: 8, height: 8 };
    for (const [luma, expected] of [
      [235, 255],
      [16, 0],
    ] as const) {
      const source = picture('I420', size);
      const planes = randomPlanes(source, 1).map((plane, index) => ({
        ...plane,
        values: plane.values.fill(index === 0 ? luma : 128),
      }));
      const out = render(source, planes, size, 'contain');
      assert.ok(out.every((value, index) => value === (index % 4 === 3 ? 255 : expected)));
    }
  });

  it('cuts a packed picture into bands that cover all rows and hold at most 8 MB', () => {
    const stored = { width: 4000, height: 3000 };
    const { bands } = openPictureScaler(kernel, picture('RGBA', stored), { width: 320, height: 240 }, 'contain');
    assert.ok(bands.length > 5);
    assert.equal(bands[0]!.from, 0);
    assert.equal(bands.at(-1)!.to, 240);
    for (const [index, band] of bands.slice(1).entries()) assert.equal(band.from, bands[index]!.to);
    assert.ok(bands.every((band) => band.sourceRows * stored.width * 4 <= 8 << 20));
  });
});
