import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { Worker } from 'node:worker_threads';
import { Glass } from '../../../engine/panel/glass.ts';
import { noise } from './pictures.ts';

describe('the glass', () => {
  it('takes over rectangles of any place and size, and nothing else', () => {
    const geometry = { width: 12, height: 6 };
    const glass = new Glass(new SharedArrayBuffer(Glass.sizeBytes(geometry)), geometry);
    const pixels = noise(geometry, 1);
    const oddlyPlaced = new Uint16Array(new ArrayBuffer(2 + pixels.byteLength), 2).fill(0);
    oddlyPlaced.set(pixels);
    for (const source of [pixels, oddlyPlaced])
      for (const rectangle of [
        { x: 0, y: 1, width: 12, height: 3 },
        { x: 5, y: 2, width: 3, height: 4 },
        { x: 11, y: 0, width: 1, height: 6 },
      ]) {
        glass.pixels.fill(0);
        glass.update(source, [rectangle]);
        const { x, y, width, height } = rectangle;
        const isInside = (index: number) => {
          const column = index % 12;
          const row = Math.floor(index / 12);
          return column >= x && column < x + width && row >= y && row < y + height;
        };
        assert.deepEqual(
          glass.read().pixels,
          pixels.map((pixel, index) => (isInside(index) ? pixel : 0)),
        );
      }
  });

  it('has a version that rises with every change', () => {
    const geometry = { width: 4, height: 4 };
    const glass = new Glass(new SharedArrayBuffer(Glass.sizeBytes(geometry)), geometry);
    const before = glass.version;
    glass.update(noise(geometry, 1), [{ x: 0, y: 0, width: 1, height: 1 }]);
    glass.update(noise(geometry, 1), []);
    assert.equal(glass.version - before, 2);
  });

  it('is never read torn while another thread changes it', async () => {
    const geometry = { width: 320, height: 240 };
    const buffer = new SharedArrayBuffer(Glass.sizeBytes(geometry));
    const glass = new Glass(buffer, geometry);
    const worker = new Worker(
      `const { workerData } = require('node:worker_threads');
       import(workerData.module).then(({ Glass }) => {
         const glass = new Glass(workerData.buffer, workerData.geometry);
         const pixels = new Uint16Array(320 * 240);
         const everything = [{ x: 0, y: 0, width: 320, height: 240 }];
         for (let value = 1; value < 3000; value++) {
           glass.update(pixels.fill(value), everything);
           if (value % 10 === 0) Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 1);
         }
       });`,
      {
        eval: true,
        workerData: { buffer, geometry, module: new URL('../../../engine/panel/glass.ts', import.meta.url).href },
      },
    );
    const seen = new Set<number>();
    let hasEnded = false;
    worker.on('exit', () => {
      hasEnded = true;
    });
    while (!hasEnded) {
      const { pixels } = glass.read();
      const [first] = pixels;
      assert.ok(
        pixels.every((pixel) => pixel === first),
        'pixels of two pictures in one copy',
      );
      seen.add(first!);
      await new Promise((resolve) => setImmediate(resolve));
    }
    assert.equal(glass.read().pixels[0], 2999);
    assert.ok(seen.size > 1, 'nothing was read while it changed');
  });

  it('gives up on a writer that stopped in the middle, rather than hang', () => {
    const geometry = { width: 2, height: 2 };
    const buffer = new SharedArrayBuffer(Glass.sizeBytes(geometry));
    Atomics.store(new Int32Array(buffer), 0, 7);
    assert.equal(new Glass(buffer, geometry).read().pixels.length, 4);
  });
});
