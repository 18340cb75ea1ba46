import { LoopError } from './errors.ts';

// Q565: one to three bytes an operation, the smallest that fits. docs/clip-format.md has the table.
//
// A pixel is spread to 0x07e0f81f: green in bits 26..21, red in 15..11, blue in 4..0. Each channel then has free bits above it,
// so all three are added or subtracted at once. A guard in the bit above each channel lends to a channel that would fall below 0;
// what it leaves is cut off by the mask. No tables: V8 checks a table at each look, which costs more than these few sums.
const SPREAD = 0x07e0f81f;
const RED = 11;
const GREEN = 21;
const GUARDS = (1 << 27) | (1 << 16) | (1 << 5);
/** 2 in each channel: a small step has -2..1 written as 0..3. */
const TWOS = (2 << GREEN) | (2 << RED) | 2;

/**
 * Decodes a Q565 frame in place: `shadow` holds the frame before (for a key frame anything) and afterwards this one.
 * Nothing is allocated. When it throws, `shadow` is partly overwritten and good for nothing until the next key frame.
 * @throws LoopError CLIP_DAMAGED unless the data covers exactly all pixels and ends with its last byte.
 */
export function decodeFrame(data: Uint8Array, shadow: Uint16Array, width: number, kind: 'key' | 'delta'): void {
  const end = data.length | 0; // tells V8 that these are small whole numbers
  const count = shadow.length | 0;
  const isKey = kind === 'key';
  let left = 0;
  let at = 0;
  let i = 0;
  while (i < count && at < end) {
    const op = data[at++]!;
    if (op < 0xe0) {
      let base = left;
      let step: number;
      if (op < 0xc0) {
        if (op >= 0x80) base = shadow[i]!;
        else if (op < 0x40) base = i >= width ? shadow[i - width]! : 0;
        if (isKey && op >= 0x80) throw damaged(i, at, data, shadow);
        step = GUARDS - TWOS + ((op & 0x0c) << (GREEN - 2)) + ((op & 0x30) << (RED - 4)) + (op & 3);
      } else {
        if (at >= end) throw damaged(i, at, data, shadow);
        const green = (op & 31) - 16;
        const half = (green >> 1) - 8;
        const redBlue = data[at++]!;
        step = GUARDS + (green << GREEN) + ((half + (redBlue >> 4)) << RED) + half + (redBlue & 15);
      }
      const sum = (((base | (base << 16)) & SPREAD) + step) & SPREAD;
      left = (sum | (sum >>> 16)) & 0xffff;
      shadow[i++] = left;
    } else if (op >= 0xea && op < 0xfe) {
      if (isKey || (op >= 0xfa && at >= end)) throw damaged(i, at, data, shadow);
      i += op < 0xfa ? op - 0xe9 : (op - 0xfa) * 256 + data[at++]! + 17;
      if (i > count) throw damaged(i, at, data, shadow);
      left = shadow[i - 1]!;
    } else if (op === 0xfe) {
      if (at + 1 >= end) throw damaged(i, at, data, shadow);
      left = (data[at]! << 8) | data[at + 1]!;
      at += 2;
      shadow[i++] = left;
    } else {
      if (op === 0xff && at >= end) throw damaged(i, at, data, shadow);
      const until = i + (op === 0xff ? data[at++]! + 11 : op - 0xdf);
      if (until > count) throw damaged(i, at, data, shadow);
      while (i < until) shadow[i++] = left;
    }
  }
  if (i !== count || at !== end) throw damaged(i, at, data, shadow);
}

function damaged(pixel: number, at: number, data: Uint8Array, shadow: Uint16Array): LoopError {
  return new LoopError(
    'CLIP_DAMAGED',
    `A frame of ${data.length} bytes went wrong at byte ${at}, pixel ${pixel} of ${shadow.length}; its data covers every pixel once and ends there. Upload the clip again.`,
  );
}

/** Every bit of a biased difference that a small step has no room for. */
const NOT_SMALL = SPREAD & ~(TWOS | (TWOS >> 1));

/**
 * Encodes a frame as Q565: at each pixel the operation that covers most, or else costs least.
 * `before` is the previous frame; undefined makes a key frame, which needs none.
 * `out` must hold 3 bytes a pixel. Returns how many bytes were written.
 */
export function encodeFrame(
  pixels: Uint16Array,
  before: Uint16Array | undefined,
  width: number,
  out: Uint8Array,
): number {
  const count = pixels.length;
  const isDelta = before !== undefined;
  const previous = before ?? pixels;
  let at = 0;
  let i = 0;
  while (i < count) {
    const pixel = pixels[i]!;
    const left = i > 0 ? pixels[i - 1]! : 0;
    const was = previous[i]!;
    if (isDelta && was === pixel) {
      const skip = sameAs(previous, pixels, i, Math.min(count, i + 1040));
      at = putSkip(out, at, skip);
      i += skip;
      continue;
    }
    if (pixel === left) {
      const run = repeats(pixels, isDelta ? previous : undefined, i, Math.min(count, i + 266));
      at = putRun(out, at, run);
      i += run;
      continue;
    }
    at = putPixel(out, at, pixel, left, i >= width ? pixels[i - width]! : 0, isDelta ? was : -1);
    i++;
  }
  return at;
}

function sameAs(previous: Uint16Array, pixels: Uint16Array, from: number, limit: number): number {
  let i = from + 1;
  while (i < limit && previous[i] === pixels[i]) i++;
  return i - from;
}

/** How often the pixel at `from` stands there again; in a delta only up to where the previous frame has it too and a skip goes on. */
function repeats(pixels: Uint16Array, previous: Uint16Array | undefined, from: number, limit: number): number {
  const pixel = pixels[from]!;
  let i = from + 1;
  if (previous === undefined) while (i < limit && pixels[i] === pixel) i++;
  else while (i < limit && pixels[i] === pixel && previous[i] !== pixel) i++;
  return i - from;
}

function putSkip(out: Uint8Array, at: number, skip: number): number {
  if (skip <= 16) out[at++] = 0xe9 + skip;
  else {
    out[at++] = 0xfa + ((skip - 17) >> 8);
    out[at++] = (skip - 17) & 255;
  }
  return at;
}

function putRun(out: Uint8Array, at: number, run: number): number {
  if (run <= 10) out[at++] = 0xdf + run;
  else {
    out[at++] = 0xff;
    out[at++] = run - 11;
  }
  return at;
}

/** One pixel by the smallest operation; `was` is -1 in a key frame. */
function putPixel(out: Uint8Array, at: number, pixel: number, left: number, above: number, was: number): number {
  const biased = ((pixel | (pixel << 16)) & SPREAD) + GUARDS + TWOS;
  // The previous frame first: where the picture moves little its steps are mostly alike, and deflate makes a sixth less of them.
  if (was >= 0) {
    const fromBefore = (biased - ((was | (was << 16)) & SPREAD)) & SPREAD;
    if ((fromBefore & NOT_SMALL) === 0) {
      out[at++] = 0x80 | smallBits(fromBefore);
      return at;
    }
  }
  const fromLeft = (biased - ((left | (left << 16)) & SPREAD)) & SPREAD;
  if ((fromLeft & NOT_SMALL) === 0) {
    out[at++] = 0x40 | smallBits(fromLeft);
    return at;
  }
  const fromAbove = (biased - ((above | (above << 16)) & SPREAD)) & SPREAD;
  if ((fromAbove & NOT_SMALL) === 0) {
    out[at++] = smallBits(fromAbove);
    return at;
  }
  const green = (((fromLeft >> GREEN) + 30) & 63) - 32;
  const red = ((fromLeft >> RED) - 2 - (green >> 1) + 8) & 31;
  const blue = (fromLeft - 2 - (green >> 1) + 8) & 31;
  if (green >= -16 && green < 16 && red < 16 && blue < 16) {
    out[at++] = 0xc0 | (green + 16);
    out[at++] = (red << 4) | blue;
    return at;
  }
  out[at++] = 0xfe;
  out[at++] = pixel >> 8;
  out[at++] = pixel & 255;
  return at;
}

function smallBits(difference: number): number {
  return ((difference >> 7) & 0x30) | ((difference >> 19) & 0x0c) | (difference & 3);
}
