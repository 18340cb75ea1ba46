import assert from 'node:assert/strict';
import { test } from 'node:test';
import { panelModels } from '../../emulator/models.ts';
import { bytesOf, Host } from './host.ts';

const { ili9341 } = panelModels;
const at = (column: number, page: number) => ((column * 131 + page * 977) & 0xffff) >>> 0;

/** MADCTL of the usual module for a picture turned by 0, 90, 180 and 270 degrees on the glass. */
const rotations = [
  [0x48, 0],
  [0x28, 90],
  [0x88, 180],
  [0xe8, 270],
] as const;

for (const [addressMode, rotation] of rotations)
  test(`a picture written with MADCTL ${addressMode.toString(16)} is seen upright, turned ${rotation} degrees on the glass`, () => {
    const [columns, pages] = rotation % 180 === 0 ? [240, 320] : [320, 240];
    const host = new Host(ili9341).start().send(0x36, addressMode).fill(columns, pages, at);
    const { width, height, pixels } = host.panel.view();
    assert.deepEqual([width, height], [columns, pages]);
    assert.ok(pixels.every((pixel, i) => pixel === at(i % columns, Math.floor(i / columns))));
    assert.equal(host.panel.rotation, rotation);
    assert.equal(host.panel.isMirrored, false);
    assert.deepEqual(host.panel.faults, []);
  });

test('where a pixel lies on the glass is what the four MADCTL say of each other', () => {
  const corner = (addressMode: number) => {
    const host = new Host(ili9341).start().fill(240, 320, () => 0);
    host.send(0x36, addressMode).window([0, 0], [0, 0]).pixels(0xffff).send(0x36, 0x48);
    const index = host.panel.view().pixels.indexOf(0xffff);
    return [index % 240, Math.floor(index / 240)];
  };
  // top left of the picture, seen with the glass upright: turned clockwise it goes round the corners
  assert.deepEqual(
    rotations.map(([addressMode]) => corner(addressMode)),
    [
      [0, 0],
      [239, 0],
      [239, 319],
      [0, 319],
    ],
  );
});

test('the other four MADCTL are seen as in a mirror', () => {
  for (const addressMode of [0x08, 0x68, 0xc8, 0xa8]) {
    const columns = addressMode & 0x20 ? 320 : 240;
    const host = new Host(ili9341).start().send(0x36, addressMode);
    host.fill(columns, 76_800 / columns, at);
    const { pixels } = host.panel.view();
    assert.equal(host.panel.isMirrored, true);
    assert.ok(pixels.every((pixel, i) => pixel === at(columns - 1 - (i % columns), Math.floor(i / columns))));
  }
});

test('a change of MADCTL moves no pixel, and the BGR bit exchanges the colours of those that are there', () => {
  const host = new Host(ili9341).start().fill(240, 320, () => 0xf800);
  assert.ok(host.panel.view().pixels.every((pixel) => pixel === 0xf800));
  host.send(0x36, 0x40);
  assert.ok(host.panel.view().pixels.every((pixel) => pixel === 0x001f));
  host.send(0x36, 0x48).window([0, 0], [0, 0]).pixels(0x07e0).send(0x36, 0x88);
  assert.equal(host.panel.view().pixels.at(-1), 0x07e0);
});

test('inversion turns every bit, and off again turns it back', () => {
  const host = new Host(ili9341).start().fill(240, 320, at).send(0x21);
  assert.ok(host.panel.view().pixels.every((pixel, i) => pixel === (at(i % 240, Math.floor(i / 240)) ^ 0xffff)));
  host.send(0x20);
  assert.ok(host.panel.view().pixels.every((pixel, i) => pixel === at(i % 240, Math.floor(i / 240))));
});

test('a panel is black from power-on until it is awake, on and lit, and its memory is not', () => {
  const isBlack = (host: Host) => host.panel.view().pixels.every((pixel) => pixel === 0);
  const host = new Host(ili9341);
  host.panel.setBacklight(100);
  assert.ok(isBlack(host));
  host.send(0x29);
  assert.ok(isBlack(host), 'asleep');
  host.send(0x11).wait(5);
  assert.ok(!isBlack(host), 'noise of the memory');
  host.panel.setBacklight(0);
  assert.ok(isBlack(host), 'no light');
  host.panel.setBacklight(1);
  host.send(0x28);
  assert.ok(isBlack(host), 'display off');
  host.send(0x29);
  assert.ok(!isBlack(host));
  host.panel.setReset(0, host.nowUs);
  assert.ok(isBlack(host), 'in reset');
});

test('the memory survives sleep, reset and software reset', () => {
  const host = new Host(ili9341).start().fill(240, 320, at);
  const before = host.panel.view().pixels;
  host.wait(120).send(0x10).wait(120).send(0x11).wait(5);
  assert.deepEqual(host.panel.view().pixels, before);
  host.reset().wait(120).send(0x11).wait(5).send(0x36, 0x48).send(0x29);
  assert.deepEqual(host.panel.view().pixels, before);
  host.send(0x01).wait(120).send(0x11).wait(5).send(0x29);
  assert.deepEqual(host.panel.view().pixels, before);
  assert.deepEqual(host.panel.faults, []);
});

test('a reset puts MADCTL, COLMOD, the window and inversion back; a software reset keeps MADCTL and COLMOD', () => {
  const host = new Host(ili9341)
    .start()
    .fill(240, 320, () => 0)
    .send(0x21)
    .window([5, 6], [7, 8]);
  host.send(0x01).wait(120).send(0x11).wait(5).send(0x29).pixels(0xffff);
  assert.equal(
    host.panel.view().pixels[0],
    0xffff,
    'MADCTL 48, 16 bits, the window from the first pixel, no inversion',
  );
  host.reset().wait(120).send(0x11).wait(5).send(0x29);
  host.send(0x2c, 0xfc, 0x00, 0x00); // one pixel of 18 bits
  assert.equal(host.panel.isMirrored, true, 'MADCTL 0 on a glass that needs MX');
  assert.equal(host.panel.view().pixels[239], 0x001f, 'red, and BGR is off');
});

test('18 bits a pixel take three bytes and keep the upper bits of each', () => {
  const host = new Host(ili9341).start().send(0x3a, 0x66).window([0, 1], [0, 0]);
  host.send(0x2c, 0xff, 0x80, 0x0f, 0x08, 0x04, 0xf8);
  assert.deepEqual([...host.panel.view().pixels.subarray(0, 2)], [0xfc01, 0x083f]);
  assert.equal(host.panel.counters.pixels, 2);
});

test('a short CASET changes only the bytes that came, and counts when RAMWR comes', () => {
  const host = new Host(ili9341)
    .start()
    .fill(240, 320, () => 0)
    .window([10, 20], [0, 0]);
  host.send(0x2a, 0, 12).pixels(1, 2, 3, 4, 5, 6, 7, 8, 9, 10);
  assert.deepEqual([...host.panel.view().pixels.subarray(10, 22)], [0, 0, 10, 2, 3, 4, 5, 6, 7, 8, 9, 0]);
});

test('RAMWR begins at the start of the window, RAMWRC where the last write ended, also after another command', () => {
  const host = new Host(ili9341)
    .start()
    .fill(240, 320, () => 0)
    .window([0, 3], [0, 1]);
  host.pixels(1, 2, 3).send(0x3c, ...bytesOf(4), ...bytesOf(5));
  host.send(0x00).send(0x3c, ...bytesOf(6));
  const { pixels } = host.panel.view();
  assert.deepEqual([...pixels.subarray(0, 5), ...pixels.subarray(240, 244)], [1, 2, 3, 4, 0, 5, 6, 0, 0]);
  host.pixels(9);
  assert.equal(host.panel.view().pixels[0], 9);
});

test('past the end of the window writing begins again, or is ignored with WEMODE off', () => {
  const host = new Host(ili9341)
    .start()
    .fill(240, 320, () => 0)
    .window([0, 1], [0, 0])
    .pixels(1, 2, 3);
  assert.deepEqual([...host.panel.view().pixels.subarray(0, 3)], [3, 2, 0]);
  host.send(0xf6, 0x00).pixels(4, 5, 6);
  assert.deepEqual([...host.panel.view().pixels.subarray(0, 3)], [4, 5, 0]);
});

test('how the bytes are cut into writes makes no difference', () => {
  const bytes = Uint8Array.from({ length: 153_600 }, (_, i) => (i * 7 + (i >> 8)) & 0xff);
  const seen = [153_600, 4096, 4095, 1].map((portion) => {
    const host = new Host(ili9341).start().send(0x2c);
    for (let i = 0; i < bytes.length; i += portion) host.panel.write(1, bytes.subarray(i, i + portion), host.nowUs);
    assert.equal(host.panel.counters.pixels, 76_800);
    assert.deepEqual(host.panel.faults, []);
    return host.panel.view().pixels;
  });
  for (const pixels of seen) assert.deepEqual(pixels, seen[0]);
});

test('the refresh rate follows B1', () => {
  const host = new Host(ili9341).start();
  const rateOf = (clocks: number) => Math.round((host.send(0xb1, 0, clocks).panel.frameRateHz ?? 0) * 10) / 10;
  assert.equal(Math.round((host.panel.frameRateHz ?? 0) * 10) / 10, 70.3);
  assert.deepEqual([0x1f, 0x1a, 0x19, 0x15, 0x13, 0x10].map(rateOf), [61.2, 73, 75.9, 90.4, 99.9, 118.6]);
});

test('commands, pixels and bytes are counted', () => {
  const host = new Host(ili9341);
  host.send(0x11).send(0x2a, 0, 0, 0, 1).send(0x2c, 1, 2, 3, 4, 5, 6);
  assert.deepEqual(host.panel.counters, { commands: 3, pixels: 2, bytes: 13 });
});
