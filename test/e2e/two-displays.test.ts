import assert from 'node:assert/strict';
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import sharp from 'sharp';
import { LiveState } from '../../client/live-state.ts';
import type { Clip } from '../../contract/domain.ts';
import { PreviewDecoder } from '../../dashboard/state/preview-decoder.ts';
import { convertFile } from '../../engine/convert/convert-file.ts';
import { openClip } from '../../engine/source/clip-source.ts';
import type { Geometry, Picture } from '../../format/frame.ts';
import { toRgba } from '../../format/pixels.ts';
import { media } from '../media/media.ts';
import { type RunningLoop, startLoop } from './app.ts';
import { type FfmpegGate, openFfmpegGate } from './ffmpeg-gate.ts';
import { readGlass } from './glass.ts';
import { openBrowser, openPage, until } from './page-browser.ts';

// One LOOP, two panels: another chip, another size, another rotation.

const displays = [
  { id: 'desk', name: 'Desk', panel: 'ili9341', rotation: 90 },
  { id: 'badge', name: 'Badge', panel: 'st7735', rotation: 270 },
];
const desk = { width: 320, height: 240 };
const badge = { width: 160, height: 128 };
const { signal } = new AbortController();

let work: string;
let folder: string;
let gate: FfmpegGate;
let loop: RunningLoop;
before(async () => {
  [work, gate] = await Promise.all([mkdtemp(join(tmpdir(), 'loop-two-displays-')), openFfmpegGate()]);
  folder = join(work, 'data');
  await start();
  for (const { slug } of await loop.client.media()) await loop.client.deleteClip(slug);
  for (const colour of ['red', 'blue'] as const) {
    const picture = sharp({ create: { ...desk, channels: 3, background: colour } });
    await hasBoth(await upload(`${colour}.png`, { original: await picture.png().toBuffer() }));
  }
});
after(async () => {
  await loop?.[Symbol.asyncDispose]();
  await gate[Symbol.asyncDispose]();
  await rm(work, { recursive: true, force: true });
});

async function start(): Promise<void> {
  loop = await startLoop({ folder, options: { displays }, env: gate.env });
}

async function upload(name: string, files: { readonly original: Uint8Array; readonly clip?: Uint8Array }) {
  const form = new FormData();
  form.set('original', new Blob([new Uint8Array(files.original)]), name);
  if (files.clip) form.set('clip', new Blob([new Uint8Array(files.clip)]), 'clip.loop');
  const answer = await fetch(new URL('api/media', loop.url), { method: 'POST', body: form });
  assert.equal(answer.status, 201, await answer.clone().text());
  return ((await answer.json()) as { media: Clip }).media;
}

/** Waits until the clip is there in the size of either display. */
async function hasBoth({ content_hash: hash }: Clip): Promise<void> {
  await until(
    async () => (await readdir(join(folder, 'media', hash))).filter((name) => name.endsWith('.loop')).sort(),
    (names) => names.join() === '160x128.loop,320x240.loop',
  );
}

/** What `original` looks like when it is made for a display. */
async function made(original: string, geometry: Geometry): Promise<{ bytes: Uint8Array; rgb: Buffer }> {
  const output = join(work, `${geometry.width}.loop`);
  const how = { fit: 'contain', quality: 't6', dither: 'none', framerate: 25 } as const;
  await convertFile({ input: original, output, geometry, ...how, signal });
  await using clip = await openClip(output, { signal });
  await clip.next({ again: false });
  return { bytes: await readFile(output), rgb: rgbOf({ ...geometry, pixels: clip.pixels }) };
}

function rgbOf({ pixels }: Picture): Buffer {
  const rgba = new Uint8Array(pixels.length * 4);
  toRgba(pixels, rgba);
  return Buffer.from(rgba.filter((_, i) => i % 4 !== 3));
}

/** The colour in the middle of a display, as `#rrggbb`. */
async function middle(display: string): Promise<string> {
  const { width, height, rgb } = await readGlass(loop.client, display);
  const at = ((height / 2) * width + width / 2) * 3;
  return `#${rgb.toString('hex', at, at + 3)}`;
}
const red = '#ff0000';
const blue = '#0000ff';

test('each display has its own size and plays', async () => {
  const found = await loop.client.displays();
  assert.deepEqual(
    found.map(({ id, width, height, rotation, panel, status }) => [id, width, height, rotation, panel, status.state]),
    [
      ['desk', 320, 240, 90, 'ili9341', 'ok'],
      ['badge', 160, 128, 270, 'st7735', 'ok'],
    ],
  );
  for (const { id, width, height } of found) {
    const { playing, slug } = await loop.client.playback(id);
    assert.ok(playing && (slug === 'red' || slug === 'blue'), id);
    const glass = await readGlass(loop.client, id);
    assert.deepEqual([glass.width, glass.height], [width, height]);
    assert.notEqual(await middle(id), '#000000', id);
  }
});

test('what is told to one display leaves the other as it is; without a name it is the first', async () => {
  const { client } = loop;
  await client.action({ action: 'show', clip: 'red', display: 'desk' });
  const { playback, display } = await client.action({ action: 'show', clip: 'blue', display: 'badge' });
  assert.deepEqual([playback.display, playback.slug, display.id], ['badge', 'blue', 'badge']);
  assert.deepEqual([await middle('desk'), await middle('badge')], [red, blue]);
  await client.command('pause', 'badge');
  await client.action({ action: 'set_mode', mode: 'loop_one' });
  await client.changeDisplay('badge', { on: false });
  const { playbacks, playback: first, displays: both } = await client.dashboard();
  assert.deepEqual(first, playbacks.desk);
  assert.deepEqual([playbacks.desk?.slug, playbacks.desk?.playing, playbacks.desk?.mode], ['red', true, 'loop_one']);
  assert.deepEqual(
    [playbacks.badge?.slug, playbacks.badge?.playing, playbacks.badge?.mode],
    ['blue', false, 'loop_all'],
  );
  assert.deepEqual(
    both.map(({ on }) => on),
    [true, false],
  );
  await assert.rejects(client.action({ action: 'next', display: 'loop' }), /there are: desk, badge.*DISPLAY_NOT_FOUND/);
});

test('each goes on where it was after a restart', async () => {
  await loop.stop();
  await start();
  const { playbacks, displays: both } = await loop.client.dashboard();
  assert.deepEqual([playbacks.desk?.slug, playbacks.desk?.playing, playbacks.desk?.mode], ['red', true, 'loop_one']);
  assert.deepEqual(
    [playbacks.badge?.slug, playbacks.badge?.playing, playbacks.badge?.mode],
    ['blue', false, 'loop_all'],
  );
  assert.deepEqual(
    both.map(({ on }) => on),
    [true, false],
  );
  assert.deepEqual([await middle('desk'), await middle('badge')], [red, blue]);
  await loop.client.changeDisplay('badge', { on: true });
  // From here on both stay where they are told to be, however long the tests take.
  await loop.client.changePlayback({ mode: 'loop_one', display: 'badge' });
});

test('a clip made for the first display is shown scaled on the second, until its own is there', async () => {
  const original = await media('one-frame.mp4');
  const [forDesk, forBadge] = [await made(original, desk), await made(original, badge)];
  await gate.shut();
  const clip = await upload('one-frame.mp4', { original: await readFile(original), clip: forDesk.bytes });
  await loop.client.action({ action: 'show', clip: clip.slug, display: 'desk' });
  await loop.client.action({ action: 'show', clip: clip.slug, display: 'badge' });
  assert.ok((await readGlass(loop.client, 'desk')).rgb.equals(forDesk.rgb));
  const scaled = await readGlass(loop.client, 'badge');
  assert.ok(scaled.rgb.some((value) => value > 200));
  assert.ok(!scaled.rgb.equals(forBadge.rgb), 'scaled twice is another picture');
  await gate.open();
  await hasBoth(clip);
  await until(
    async () => (await readGlass(loop.client, 'badge')).rgb.equals(forBadge.rgb),
    (isExact) => isExact,
  );
  assert.ok((await readGlass(loop.client, 'desk')).rgb.equals(forDesk.rgb));
  const { slug } = await loop.client.playback('badge');
  assert.equal(slug, clip.slug, 'it went on where it was');
});

test('one connection watches both, each picture in its own room', async () => {
  using live = new LiveState({ base: loop.url });
  const decoders = { desk: new PreviewDecoder(), badge: new PreviewDecoder() };
  const seen: Partial<Record<keyof typeof decoders, Picture>> = {};
  live.on('preview', ({ display, message }) => {
    assert.ok(display === 'desk' || display === 'badge', display);
    const picture = decoders[display].take(message);
    if (picture) seen[display] = picture;
  });
  for (const id of ['desk', 'badge'] as const) live.subscribe(`preview:${id}`);
  live.start();
  const shown = [
    ['red', 'blue'],
    ['blue', 'red'],
  ] as const;
  for (const [onDesk, onBadge] of shown) {
    await loop.client.activate(onDesk, 'desk');
    await loop.client.activate(onBadge, 'badge');
    for (const id of ['desk', 'badge'] as const) {
      const { width, height, rgb } = await readGlass(loop.client, id);
      await until(
        async () => seen[id]?.width === width && seen[id].height === height && rgbOf(seen[id]).equals(rgb),
        (isSame) => isSame,
      );
    }
    assert.deepEqual([await middle('desk'), await middle('badge')], onDesk === 'red' ? [red, blue] : [blue, red]);
  }
});

test('on the page one display is chosen, seen and told', async () => {
  await loop.client.activate('red', 'desk');
  await loop.client.activate('blue', 'badge');
  const browser = await openBrowser();
  try {
    const page = await openPage(browser, loop.url);
    const centre = () =>
      page.locator('loop-display-preview canvas').evaluate((canvas: HTMLCanvasElement) => {
        const place = [canvas.width / 2, canvas.height / 2] as const;
        return [...(canvas.getContext('2d')?.getImageData(...place, 1, 1).data ?? [])].slice(0, 3).join();
      });
    await until(centre, (colour) => colour === '255,0,0');
    await page.getByRole('combobox', { name: 'Display' }).selectOption('Badge');
    await until(centre, (colour) => colour === '0,0,255');
    await page.getByRole('button', { name: 'Pause' }).click();
    await until(
      () => loop.client.playback('badge'),
      ({ playing }) => !playing,
    );
    await page.locator('loop-library').getByRole('button', { name: 'Show red now' }).click();
    await until(centre, (colour) => colour === '255,0,0');
    await loop.client.activate('blue', 'desk');
    await page.locator('loop-playlist-editor .what', { hasText: 'one-frame' }).click();
    await until(
      () => loop.client.playback('badge'),
      ({ slug }) => slug === 'one-frame',
    );
    const { playing, slug } = await loop.client.playback('desk');
    assert.deepEqual([playing, slug], [true, 'blue'], 'the other display goes its own way');
  } finally {
    await browser.close();
  }
});
