import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { after, before, test } from 'node:test';
import type { Browser, Page } from 'playwright-core';
import sharp from 'sharp';
import type { Clip, Display } from '../../contract/domain.ts';
import { panelModels } from '../../emulator/models.ts';
import { checkClipFile, openClipFile } from '../../engine/store/clip-file.ts';
import { ticksToUs } from '../../format/clip-time.ts';
import { applyRecord } from '../../format/frame-record.ts';
import { toRgba } from '../../format/pixels.ts';
import type { AttachedPanel } from '../kernel-device/attached-panel.ts';
import { type KernelDevice, openKernelDevice } from '../kernel-device/kernel-device.ts';
import { media } from '../media/media.ts';
import { addClip } from './add-clip.ts';
import { type RunningLoop, startLoop } from './app.ts';
import { openBrowser, openPage, shelfTitles, until } from './page-browser.ts';

// LOOP's main job from end to end: a film dropped on the page becomes light on the panel. The panel hangs on the real driver
// and a stand-in for the kernel; its picture is made of the bytes on the wire by an emulator that knows nothing of LOOP.

const { signal } = new AbortController();
const onWires = { displays: [{ bus: '/dev/spidev0.0' }] };
/** The default wiring: BCM numbers of D/C, reset and light. */
const LIGHT_LINE = 18;
const wiring = { device: '0.0', model: panelModels.ili9341, dc: 25, reset: 27, backlight: LIGHT_LINE };

let device: KernelDevice;
let panel: AttachedPanel;
let browser: Browser;
let loop: RunningLoop;
let anna: Page;
let ben: Page;

before(async () => {
  // Outputs stay as they were when a program ends, as on Raspberry Pi's own kernels: the light must be put out, it does not fall out.
  [device, browser] = await Promise.all([openKernelDevice({ keepsOutputs: true }), openBrowser()]);
  panel = device.attachPanel(wiring);
  // There is no ffmpeg where this LOOP looks for it: what is not converted in the browser is not converted at all.
  loop = await startLoop({ options: onWires, env: { ...device.environment, PATH: '/nowhere' } });
  await addClip(loop.url, { title: 'Before' });
  [anna, ben] = await Promise.all([openPage(browser, loop.url), openPage(browser, loop.url)]);
});
after(async () => {
  await browser?.close();
  await loop?.[Symbol.asyncDispose]();
  await device?.[Symbol.asyncDispose]();
});

/** Drops the film on one page, waits until the other one has it too without having been loaded again, and plays it from there. */
async function dropAndPlay(at: RunningLoop, dropped: Page, other: Page): Promise<Clip> {
  const path = await media('bbb-2s.mp4');
  await other.evaluate(() => Object.assign(window, { wasHereBefore: true }));
  await drop(dropped, path);
  const card = dropped.locator('loop-upload-card', { hasText: basename(path) });
  await card.locator('.done, .failed').waitFor({ timeout: 60_000 });
  assert.equal(await card.locator('.failed').count(), 0, (await card.locator('.state').textContent()) ?? '');
  await until(
    () => shelfTitles(other),
    (titles) => titles.includes('bbb-2s'),
  );
  assert.ok(await other.evaluate(() => 'wasHereBefore' in window));
  await other.getByRole('button', { name: 'Show bbb-2s now' }).click();
  await until(
    () => at.client.playback(),
    ({ slug }) => slug === 'bbb-2s',
  );
  return at.client.clip('bbb-2s');
}

/** A file let go over the page, as the browser hands it over. */
async function drop(page: Page, path: string): Promise<void> {
  const file = { name: basename(path), base64: await readFile(path, 'base64') };
  const dataTransfer = await page.evaluateHandle(({ name, base64 }) => {
    const transfer = new DataTransfer();
    transfer.items.add(new File([Uint8Array.from(atob(base64), (c) => c.charCodeAt(0))], name));
    return transfer;
  }, file);
  await page.dispatchEvent('body', 'drop', { dataTransfer });
}

function clipPath({ folder }: RunningLoop, { content_hash: hash }: Clip): string {
  return join(folder, 'media', hash, '320x240.loop');
}

/** The picture of a clip that begins at a position, and the number of its frame. */
async function frameAt(path: string, positionMs: number): Promise<{ pixels: Uint16Array; index: number }> {
  await using file = await openClipFile(path, { signal });
  const { description, chunks } = file.clip;
  const { width, height, timebase } = description;
  const pixels = new Uint16Array(width * height);
  let ticks = 0;
  for (const [number, { firstFrame }] of chunks.entries()) {
    const { records } = await file.clip.readChunk(number, { signal });
    for (const [i, record] of records.entries()) {
      applyRecord(record, pixels, width);
      if (Math.floor(ticksToUs(ticks, timebase) / 1000) === positionMs) return { pixels, index: firstFrame + i };
      ticks += record.ticks;
    }
  }
  throw new Error(`No frame of ${path} begins at ${positionMs} ms.`);
}

function rgbaOf(pixels: Uint16Array): Buffer {
  const rgba = Buffer.alloc(pixels.length * 4);
  toRgba(pixels, rgba);
  return rgba;
}

function differing(found: ArrayLike<number>, wanted: ArrayLike<number>): number {
  assert.equal(found.length, wanted.length);
  return Array.from(found).filter((value, i) => value !== wanted[i]).length;
}

async function pngOf(at: RunningLoop): Promise<Buffer> {
  const png = await at.client.frame('loop', 'png');
  return sharp(Buffer.from(await png.arrayBuffer()))
    .ensureAlpha()
    .raw()
    .toBuffer();
}

/** What the page's glass shows, a pixel of it for each of the panel's. */
async function glassOf(page: Page): Promise<Buffer> {
  const canvas = page.locator('loop-display-preview canvas');
  const base64 = await canvas.evaluate((glass: HTMLCanvasElement) => {
    const context = new OffscreenCanvas(320, 240).getContext('2d') as OffscreenCanvasRenderingContext2D;
    context.imageSmoothingEnabled = false;
    context.drawImage(glass, 0, 0, 320, 240);
    return btoa(Array.from(context.getImageData(0, 0, 320, 240).data, (byte) => String.fromCharCode(byte)).join(''));
  });
  return Buffer.from(base64, 'base64');
}

async function pauseOn(page: Page, at: RunningLoop): Promise<void> {
  await page.getByRole('button', { name: 'Pause' }).click();
  await until(
    () => at.client.playback(),
    ({ playing }) => !playing,
  );
}

/**
 * While it is paused: the wire's picture and the API's are, pixel for pixel, the frame of the stored clip at the position that is
 * reported; the page's becomes so. Answers the number of the frame.
 */
async function compare(at: RunningLoop, page: Page, wires?: AttachedPanel): Promise<number> {
  const { slug, position_ms: position } = await at.client.playback();
  const frame = await frameAt(clipPath(at, await at.client.clip(slug ?? '')), position);
  if (wires) assert.equal(differing(wires.view().pixels, frame.pixels), 0, `the wire at ${position} ms`);
  const rgba = rgbaOf(frame.pixels);
  assert.equal(differing(await pngOf(at), rgba), 0, `frame.png at ${position} ms`);
  await until(
    async () => differing(await glassOf(page), rgba),
    (pixels) => pixels === 0,
  );
  return frame.index;
}

/** Frames whose time has come: on the panel, or dropped because there was none. */
async function framesOf(at: RunningLoop): Promise<number> {
  const { frames_shown, frames_dropped } = (await at.client.display('loop')).stats;
  return frames_shown + frames_dropped;
}

/** Plays on for so many more frames. */
async function playOn(at: RunningLoop, page: Page, frames: number): Promise<void> {
  const before = await framesOf(at);
  const play = page.getByRole('button', { name: 'Play', exact: true });
  if (await play.isVisible()) await play.click();
  await until(
    () => framesOf(at),
    (shown) => shown >= before + frames,
  );
}

function status(at: RunningLoop, state: Display['status']['state']): Promise<Display> {
  return until(
    () => at.client.display('loop'),
    (display) => display.status.state === state,
  );
}

const wordOn = (page: Page) => page.locator('loop-display-preview .word');

test('a film dropped on the page is converted there, stored whole, seen by everybody, and is on the wire pixel for pixel', async () => {
  assert.equal((await loop.client.dashboard()).system.ffmpeg, null);
  const clip = await dropAndPlay(loop, anna, ben);
  const path = clipPath(loop, clip);
  const { frames } = await checkClipFile(path, { signal });
  assert.equal(frames, 50);
  assert.equal(clip.original_size_bytes, (await readFile(await media('bbb-2s.mp4'))).length);
  const seen = new Set<number>();
  for (const more of [3, 20, 60]) {
    await playOn(loop, ben, more);
    await pauseOn(ben, loop);
    seen.add(await compare(loop, ben, panel));
  }
  assert.ok(seen.size > 1, 'it moves');
  assert.deepEqual(panel.emulator.faults, []);
});

test('a bus that goes away while a clip plays is told with its mend, and the picture is right again when it is back', async () => {
  await playOn(loop, ben, 10);
  device.unplug();
  const { status: fault } = await status(loop, 'fault');
  assert.match(fault.code ?? '', /^BUS_(GONE|MISSING)$/);
  assert.match(fault.message ?? '', /\/dev\/spidev0\.0 .*(LOOP opens it again by itself|dtparam=spi=on)/);
  await wordOn(anna).getByText('/dev/spidev0.0').waitFor();
  // It plays on unseen, and stands when the bus comes back: no further frame brings what the panel missed.
  await playOn(loop, ben, 10);
  await pauseOn(ben, loop);
  device.replug();
  assert.equal((await status(loop, 'ok')).stats.recoveries, 1);
  await compare(loop, anna, panel);
  await wordOn(anna).waitFor({ state: 'detached' });
  await playOn(loop, ben, 10);
  await pauseOn(ben, loop);
  await compare(loop, ben, panel);
  assert.deepEqual(panel.emulator.faults, []);
});

test('a second LOOP on the same lines names who holds them, keeps off the bus, and takes over when the first one ends', async () => {
  await using second = await startLoop({ options: onWires, env: device.environment });
  await addClip(second.url, { title: 'Second', colour: [0, 255, 0] });
  const page = await openPage(browser, second.url);
  const { status: fault } = await status(second, 'fault');
  assert.equal(fault.code, 'LINE_BUSY');
  assert.match(fault.message ?? '', /GPIO 25 \(dc_line\) is held by "loop-dc"\..* Stop that program/);
  await wordOn(page).getByText('is held by "loop-dc"').waitFor();
  await playOn(loop, ben, 5);
  await pauseOn(ben, loop);
  await compare(loop, ben, panel);
  assert.equal(opensBy(second), 0);

  assert.equal(await loop.stop(), 0);
  await status(second, 'ok');
  await wordOn(page).waitFor({ state: 'detached' });
  assert.ok(opensBy(second) > 0);
  await playOn(second, page, 5);
  await pauseOn(page, second);
  await compare(second, page, panel);
  assert.equal(panel.emulator.isLit, true);
  assert.equal(await second.stop('SIGTERM'), 0);
  assert.equal(differing(panel.view().pixels, new Uint16Array(320 * 240)), 0, 'black');
  assert.equal(panel.emulator.isLit, false);
  const light = device.trace.findLast((event) => event.kind === 'line' && event.line === LIGHT_LINE);
  assert.equal(light?.kind === 'line' && light.level, 0, 'the light is out');
  assert.deepEqual(panel.emulator.faults, []);
});

function opensBy({ child }: RunningLoop): number {
  device.read();
  return device.trace.filter((event) => event.kind === 'bus_opened' && event.process === child.pid).length;
}

test('without a panel the same film plays on the emulated one, as a LOOP without any options has it', async () => {
  await using emulated = await startLoop();
  const [one, other] = await Promise.all([openPage(browser, emulated.url), openPage(browser, emulated.url)]);
  const clip = await dropAndPlay(emulated, one, other);
  await checkClipFile(clipPath(emulated, clip), { signal });
  for (const [page, frames] of [
    [other, 5],
    [one, 20],
  ] as const) {
    await playOn(emulated, page, frames);
    await pauseOn(page, emulated);
    await compare(emulated, page);
  }
});
