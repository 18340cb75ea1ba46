import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { deflateRaw } from 'node:zlib';
import sharp from 'sharp';
import { ClipEncoder } from '../format/clip-encoder.ts';

/** The moving picture a new LOOP shows first: the wordmark, its two O drawn as one loop that a light runs along. */
const width = 320;
const height = 240;
const frames = 100;
const framerate = 25;

type Point = readonly [x: number, y: number];
type Colour = readonly [red: number, green: number, blue: number];
const ground: Colour = [24, 20, 18];
const letters: Colour = [238, 226, 208];
const track: Colour = [74, 62, 54];
const lights: readonly Colour[] = [
  [255, 178, 84],
  [242, 108, 88],
  [92, 190, 176],
];

/** The lemniscate of Gerono, wide as two letters; `phase` 0 to 1 is once around. */
function loopPoint(phase: number): Point {
  const angle = 2 * Math.PI * phase;
  return [160 + 62 * Math.cos(angle), 120 + 58 * Math.sin(angle) * Math.cos(angle)];
}

/** The colour of the light at a phase: three hues, blended round the loop. */
function lightAt(phase: number): Colour {
  const place = (((phase % 1) + 1) % 1) * lights.length;
  const from = lights[Math.floor(place) % lights.length] as Colour;
  const to = lights[Math.ceil(place) % lights.length] as Colour;
  const part = place - Math.floor(place);
  return [0, 1, 2].map((i) => (from[i] as number) * (1 - part) + (to[i] as number) * part) as unknown as Colour;
}

const strokes: readonly (readonly Point[])[] = [
  [
    [52, 91],
    [52, 149],
    [80, 149],
  ],
  [
    [240, 149],
    [240, 91],
    ...Array.from({ length: 25 }, (_, i): Point => {
      const angle = -Math.PI / 2 + (Math.PI * i) / 24;
      return [256 + 16 * Math.cos(angle), 107 + 16 * Math.sin(angle)];
    }),
    [240, 123],
  ],
];

function distanceToSegment([px, py]: Point, [ax, ay]: Point, [bx, by]: Point): number {
  const dx = bx - ax;
  const dy = by - ay;
  const length = dx * dx + dy * dy;
  const along = length === 0 ? 0 : Math.min(1, Math.max(0, ((px - ax) * dx + (py - ay) * dy) / length));
  return Math.hypot(px - ax - along * dx, py - ay - along * dy);
}

function distanceToPath(point: Point, path: readonly Point[]): number {
  return path
    .slice(1)
    .reduce((best, to, i) => Math.min(best, distanceToSegment(point, path[i] as Point, to)), Infinity);
}

/** Lays `colour` over a pixel with `cover` 0 to 1. */
function blend(rgba: Uint8ClampedArray, at: number, colour: Colour, cover: number): void {
  for (let i = 0; i < 3; i++) rgba[at + i] = (rgba[at + i] as number) * (1 - cover) + (colour[i] as number) * cover;
}

function drawGround(): Uint8ClampedArray {
  const rgba = new Uint8ClampedArray(width * height * 4);
  const loop = Array.from({ length: 121 }, (_, i) => loopPoint(i / 120));
  const edge = (distance: number, radius: number) => Math.min(1, Math.max(0, radius + 0.5 - distance));
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      const at = (y * width + x) * 4;
      const point: Point = [x + 0.5, y + 0.5];
      rgba.set([...ground, 255], at);
      blend(rgba, at, track, edge(distanceToPath(point, loop), 5));
      for (const stroke of strokes) blend(rgba, at, letters, edge(distanceToPath(point, stroke), 5));
    }
  }
  return rgba;
}

/** The light and its trail, `phase` of the way round. */
function drawLight(rgba: Uint8ClampedArray, phase: number): void {
  const trail = 90;
  for (let k = trail; k >= 0; k--) {
    const place = phase - (k / trail) * 0.42;
    const [cx, cy] = loopPoint(place);
    const radius = 2 + 4 * (1 - k / trail);
    const strength = (1 - k / trail) ** 1.5;
    const colour = lightAt(place);
    for (let y = Math.floor(cy - 8); y <= cy + 8; y++) {
      for (let x = Math.floor(cx - 8); x <= cx + 8; x++) {
        const cover = Math.min(1, Math.max(0, radius + 0.5 - Math.hypot(x + 0.5 - cx, y + 0.5 - cy)));
        if (cover > 0) blend(rgba, (y * width + x) * 4, colour, cover * strength);
      }
    }
  }
}

/** Writes `loop.gif`, the original, and `loop.loop`, its clip, into `folder`. */
export async function writeSample(folder: string): Promise<void> {
  const ground = drawGround();
  const pictures = Array.from({ length: frames }, (_, i) => {
    const rgba = ground.slice();
    drawLight(rgba, i / frames);
    return rgba;
  });
  await mkdir(folder, { recursive: true });
  await Promise.all([
    writeOriginal(join(folder, 'loop.gif'), pictures),
    writeClip(join(folder, 'loop.loop'), pictures),
  ]);
}

async function writeOriginal(file: string, pictures: readonly Uint8ClampedArray[]): Promise<void> {
  const stacked = { width, height: height * frames, channels: 4 as const, pageHeight: height };
  await sharp(Buffer.concat(pictures.map((rgba) => new Uint8Array(rgba.buffer))), { raw: stacked })
    .gif({ loop: 0, delay: pictures.map(() => 1000 / framerate), effort: 3, dither: 0.5 })
    .toFile(file);
}

async function writeClip(file: string, pictures: readonly Uint8ClampedArray[]): Promise<void> {
  const bytes: Uint8Array[] = [];
  const encoder = new ClipEncoder(
    {
      width,
      height,
      timebase: [1, framerate],
      title: 'LOOP',
      scan: 'rows',
      conversion: { mode: 'exact', threshold: 0, dither: 'none', fit: 'contain' },
      source: { name: 'loop.gif', fps: framerate },
      made: '2026-01-01T00:00:00Z',
    },
    { deflate: promisify(deflateRaw), write: async (part) => void bytes.push(part) },
  );
  for (const picture of pictures) await encoder.addRgba(picture, 1);
  await encoder.finish();
  await writeFile(file, Buffer.concat(bytes));
}
