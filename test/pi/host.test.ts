import assert from 'node:assert/strict';
import { mkdir, rm, symlink } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import sharp from 'sharp';
import type { Health, Stats } from '../../client/client.ts';
import type { Playback } from '../../contract/domain.ts';
import { panelModels } from '../../emulator/models.ts';
import { PanelEmulator } from '../../emulator/panel-emulator.ts';
import { quantise } from '../../format/pixels.ts';
import { noise } from '../engine/panel/pictures.ts';
import { describe as description, writeClip } from '../format/clips.ts';
import { pins } from '../kernel-device/steps.ts';
import { panelFeeder } from './feed-panel.ts';
import { type PiHost, type PiMemory, startPiHost } from './host.ts';
import { cache } from './pi.ts';
import { readWire, type Wire } from './wire.ts';

const geometry = { width: 320, height: 240 };
/** All that changes from frame to frame: small, as the trace of a full frame is 15 MB. */
const changing = { x: 130, y: 90, width: 32, height: 24 };
const frames = clipFrames(9);
const PLAYS = 10;

describe('the whole host on a Raspberry Pi Zero 2 W with 512 MB', () => {
  let host: PiHost;
  let stranger: number;
  let activated: Playback;
  let memory: PiMemory;
  let health: Health;
  let stats: Stats;
  /** Number of the frame that the host says is on the panel. */
  let glass: number;
  let wire: Wire;
  let shown: Shown;

  before(async () => {
    await linkLogs();
    host = await startPiHost('host', { trace: true, sample: false });
    stranger = (await fetch(new URL('api/media', host.url))).status;
    const shots = frames.map((pixels) => [pixels, 1] as const);
    const { bytes } = await writeClip(description(geometry.width, geometry.height), shots);
    const { slug } = await host.upload('Noise', Uint8Array.from(bytes));
    activated = await host.client.activate(slug);
    ({ memory, stats } = await playFor(host, PLAYS * frames.length));
    health = await host.client.health();
    await host.client.command('pause');
    glass = frameNumber(await glassOf(host));
    await host.stop();
    wire = await readWire(join(host.out, 'wire.log'), { dc: pins.dc, mark: pins.mark, chipSelects: [8, 7] });
    shown = whatWasShown(wire);
  });

  after(() => host?.[Symbol.asyncDispose]());

  it('is ready, plays and stays within its memory', () => {
    console.log(
      `host: ready ${host.readySeconds} s after power-on, ${memory.rss.toFixed(0)} MB while it plays,`,
      `${memory.available.toFixed(0)} MB left`,
    );
    assert.ok(memory.rss <= 110, `${memory.rss} MB`);
  });

  it('asks everyone for the token, as it listens beyond loopback', () => {
    assert.equal(stranger, 401);
  });

  it('has an uploaded clip on the panel when the activation is answered', () => {
    assert.equal(activated.playing, true);
    assert.equal(activated.slug, 'noise');
  });

  it('is well, but for the ffmpeg that nobody installed', () => {
    assert.deepEqual(health, {
      status: 'degraded',
      services: { http: 'ok', store: 'ok', player: 'ok', panel: 'ok', ffmpeg: 'degraded' },
    });
  });

  it('counts what went over the wire', () => {
    const { frames_shown, bus_bytes, bus_hz_asked } = stats.displays.loop!;
    assert.ok(frames_shown >= PLAYS * frames.length);
    const onWire = wire.steps.flat().reduce((sum, event) => sum + (event.kind === 'bytes' ? event.bytes.length : 0), 0);
    assert.ok(bus_bytes > frames_shown * changing.width && bus_bytes <= onWire, `${bus_bytes} of ${onWire}`);
    assert.equal(bus_hz_asked, 40_000_000);
  });

  it('shows on the wire each frame of the clip, pixel for pixel, and nothing else while it plays', () => {
    assert.deepEqual(shown.others, []);
    assert.equal(new Set(shown.frames).size, frames.length);
  });

  it('tells the very picture that is on the panel', () => {
    assert.equal(glass, shown.frames.at(-1));
  });

  it('ends black and dark after SIGTERM', () => {
    assert.ok(shown.last.every((pixel) => pixel === 0));
    assert.equal(shown.isLit, false);
  });

  it('never breaks a rule of the panel or of the bus', () => {
    assert.deepEqual(shown.faults, []);
    assert.deepEqual([wire.idleBytes, wire.lostBytes], [0, 0]);
  });
});

/** Noise that stands still, with a part in which every frame is other noise. */
function clipFrames(count: number): Uint16Array[] {
  const ground = noise(geometry, 1);
  return Array.from({ length: count }, (_, index) => {
    const pixels = ground.slice();
    const part = noise(changing, index + 2);
    for (let row = 0; row < changing.height; row++)
      pixels.set(
        part.subarray(row * changing.width, (row + 1) * changing.width),
        (changing.y + row) * geometry.width + changing.x,
      );
    return pixels;
  });
}

/** Waits until so many more frames were shown; the most memory it took. */
async function playFor(host: PiHost, count: number): Promise<{ memory: PiMemory; stats: Stats }> {
  const samples: PiMemory[] = [];
  const before = (await host.client.stats()).displays.loop!.frames_shown;
  for (;;) {
    await sleep(1000);
    samples.push(await host.memory());
    const stats = await host.client.stats();
    if (stats.displays.loop!.frames_shown < before + count) continue;
    return { memory: samples.reduce((most, sample) => (sample.rss > most.rss ? sample : most)), stats };
  }
}

/** What the host says is on the panel. */
async function glassOf({ client }: PiHost): Promise<Uint16Array> {
  const png = sharp(await (await client.frame('loop', 'png')).arrayBuffer());
  const pixels = new Uint16Array(geometry.width * geometry.height);
  quantise(await png.ensureAlpha().raw().toBuffer(), pixels, { dither: 'none', width: geometry.width });
  return pixels;
}

interface Shown {
  /** Numbers of the clip's frames, in the order they stood on the panel. */
  readonly frames: readonly number[];
  /** Places in that order of pictures which are no frame of the clip. */
  readonly others: readonly number[];
  readonly last: Uint16Array;
  readonly isLit: boolean;
  readonly faults: PanelEmulator['faults'];
}

/** Looks at the panel before a line changes, as D/C does after each picture, from the clip's first frame to the black at the end. */
function whatWasShown({ steps }: Wire): Shown {
  const emulator = new PanelEmulator(panelModels.ili9341);
  const feed = panelFeeder(emulator, pins);
  const seen: number[] = [];
  const look = () => {
    const { pixels } = emulator.view();
    const number = frameNumber(pixels);
    if (number !== seen.at(-1) && (seen.length > 0 || number >= 0)) seen.push(number);
    return pixels;
  };
  for (const event of steps.flat()) {
    if (event.kind === 'line') look();
    feed(event);
  }
  const last = look();
  seen.pop();
  const others = [...seen.keys()].filter((place) => seen[place]! < 0);
  return { frames: seen, others, last, isLit: emulator.isLit, faults: emulator.faults };
}

/** Which frame of the clip this is, pixel for pixel; -1: none. */
function frameNumber(pixels: Uint16Array): number {
  return frames.findIndex((frame) => Buffer.compare(bytesOf(frame), bytesOf(pixels)) === 0);
}

function bytesOf({ buffer, byteOffset, byteLength }: Uint16Array): Uint8Array {
  return new Uint8Array(buffer, byteOffset, byteLength);
}

/** Where people look for them. */
async function linkLogs(): Promise<void> {
  await mkdir(join(cache, 'out'), { recursive: true });
  for (const log of ['console.log', 'wire.log']) {
    const link = join(cache, 'out', log);
    await rm(link, { force: true });
    await symlink(join('host', log), link);
  }
}
