// What may become of a damaged clip: a named error or a picture that is held, never a wrong picture.
import assert from 'node:assert/strict';
import { MemoryByteSource } from '../../format/byte-source.ts';
import { checkClip } from '../../format/clip-check.ts';
import { openClip } from '../../format/clip-reader.ts';
import { isLoopError, type LoopErrorCode } from '../../format/errors.ts';
import { applyRecord } from '../../format/frame-record.ts';
import { inflate, playClip, type Shown, signal } from './clips.ts';

/** The codes that a clip may be refused with. */
export const NAMED: LoopErrorCode[] = [
  'NOT_A_CLIP',
  'CLIP_VERSION_UNSUPPORTED',
  'CLIP_FEATURE_UNSUPPORTED',
  'CLIP_DAMAGED',
  'CLIP_TRUNCATED',
];

/** Plays what is left of a clip and asserts that nothing wrong is shown. Returns how it went. */
export async function playDamaged(bytes: Uint8Array, whole: readonly Shown[], what: string): Promise<string> {
  try {
    const { shown, faults, isWhole } = await playClip(bytes);
    for (const { frame, pixels, ticks } of shown) {
      const expected = whole[frame];
      assert.ok(expected !== undefined && ticks === expected.ticks, `${what}: frame ${frame} stands for ${ticks}`);
      assert.ok(Buffer.compare(asBytes(pixels), asBytes(expected.pixels)) === 0, `${what}: frame ${frame} is wrong`);
    }
    return faults > 0 ? 'held' : isWhole ? 'unharmed' : 'walked';
  } catch (error) {
    if (isLoopError(error, ...NAMED)) return error.code;
    throw error;
  }
}

/** Asserts that the check of uploads refuses a clip, with a code. */
export async function assertRefused(bytes: Uint8Array, what: string): Promise<void> {
  try {
    await checkClip(new MemoryByteSource(bytes), { inflate, signal });
  } catch (error) {
    assert.ok(isLoopError(error, ...NAMED), `${what}: ${String(error)}`);
    return;
  }
  assert.fail(`${what} passed the check`);
}

/** The wrap of a damaged clip leads to the first frame, or there is none; its poster is the true one, or there is none. */
export async function assertExtras(
  bytes: Uint8Array,
  clean: Uint8Array,
  whole: readonly Shown[],
  what: string,
): Promise<void> {
  const reader = await openClip(new MemoryByteSource(bytes), { inflate, signal });
  const poster = await reader.poster({ signal });
  if (poster) assert.ok(Buffer.from(clean).includes(Buffer.from(poster.bytes)), `${what}: the poster is wrong`);
  const wrap = await reader.wrap({ signal });
  if (wrap === undefined) return;
  const shadow = (whole.at(-1) as Shown).pixels.slice();
  applyRecord(wrap, shadow, reader.description.width);
  assert.deepEqual(shadow, whole[0]?.pixels, `${what}: the wrap is wrong`);
}

function asBytes(pixels: Uint16Array): Uint8Array {
  return new Uint8Array(pixels.buffer, pixels.byteOffset, pixels.byteLength);
}
