import type { ByteSource } from './byte-source.ts';
import { mustUnderstand, type RawChunk, readChunkAt } from './clip-chunk.ts';
import { type ClipDescription, readHeader } from './clip-header.ts';
import { getUint64, type IndexEntry, parseIndex } from './clip-index.ts';
import { openClip } from './clip-reader.ts';
import { busBytes } from './clip-statistics.ts';
import { checkOrder, parseTicks, unsupported } from './clip-survey.ts';
import type { ClipSummary } from './clip-writer.ts';
import type { Inflate } from './deflate.ts';
import { LoopError } from './errors.ts';
import { applyRecord, checkPicture, type FrameRecord } from './frame-record.ts';
import { ticksOf, unpackFrames, unpackWrap } from './frames-chunk.ts';

/**
 * Checks a clip to the last bit: every checksum, every frame decoded and compared, rectangles that cover what changed, the wrap,
 * the index, the end. What uploads must pass. `onFrame` hears how many of how many frames are done.
 * @throws LoopError NOT_A_CLIP, CLIP_VERSION_UNSUPPORTED, CLIP_FEATURE_UNSUPPORTED, CLIP_DAMAGED, CLIP_TRUNCATED.
 */
export async function checkClip(
  source: ByteSource,
  options: { inflate: Inflate; signal: AbortSignal; onFrame?: (done: number, of: number) => void },
): Promise<ClipSummary> {
  const { description, bytes } = await readHeader(source, options);
  const { frameCount } = await openClip(source, options);
  const check = new Check(description, options.inflate, (done) => options.onFrame?.(done, frameCount));
  let at = bytes;
  while (at < source.size) {
    const chunk = await readChunkAt(source, at, source.size, options);
    await check.take(chunk);
    at = chunk.end;
  }
  return check.finish(source.size);
}

/** Takes the chunks of a clip in order and remembers what the later ones must agree with. */
class Check {
  readonly #description: ClipDescription;
  readonly #inflate: Inflate;
  readonly #onFrame: (done: number) => void;
  /** The decoded picture, and the picture of a display that was sent the rectangles alone. */
  readonly #shadow: Uint16Array;
  readonly #glass: Uint16Array;
  readonly #entries: IndexEntry[] = [];
  readonly #ticks: number[] = [];
  #frames = 0;
  #busBytes = 0;
  #first: FrameRecord | undefined;
  #wrap: { offset: number; record: FrameRecord } | undefined;
  #indexOffset: number | undefined;
  #hasEnded = false;

  constructor(description: ClipDescription, inflate: Inflate, onFrame: (done: number) => void) {
    this.#description = description;
    this.#inflate = inflate;
    this.#onFrame = onFrame;
    this.#shadow = new Uint16Array(description.width * description.height);
    this.#glass = new Uint16Array(description.width * description.height);
  }

  async take(chunk: RawChunk): Promise<void> {
    if (this.#hasEnded) throw damaged(`${chunk.type} stands after the end`);
    if (this.#indexOffset !== undefined && chunk.type !== 'END ') throw damaged(`${chunk.type} stands after the index`);
    switch (chunk.type) {
      case 'FRMS':
        return this.#takeFrames(chunk);
      case 'wRAP':
        this.#wrap = { offset: chunk.offset, record: await unpackWrap(chunk, this.#description, this.#inflate) };
        return;
      case 'tICK':
        if (parseTicks(chunk.payload).join() !== this.#ticks.join()) throw damaged('its times contradict its frames');
        return;
      case 'INDX':
        return this.#takeIndex(chunk);
      case 'END ':
        this.#takeEnd(chunk);
        return;
      default:
        if (mustUnderstand(chunk.type)) throw unsupported(chunk);
    }
  }

  finish(bytes: number): ClipSummary {
    if (!this.#hasEnded || this.#first === undefined) {
      throw new LoopError(
        'CLIP_TRUNCATED',
        `The file ends at byte ${bytes} without its END chunk. Upload the clip again, whole.`,
      );
    }
    return {
      frames: this.#frames,
      durationTicks: this.#ticks.reduce((sum, ticks) => sum + ticks, 0),
      bytes,
      busBytes: this.#busBytes,
      crc32OfFirst: this.#first.crc32,
    };
  }

  async #takeFrames(chunk: RawChunk): Promise<void> {
    const { firstFrame, startsWithKey, records } = await unpackFrames(chunk, this.#description, this.#inflate);
    checkOrder(chunk, firstFrame, startsWithKey, this.#frames);
    for (const record of records) {
      this.#takeRecord(record, `frame ${this.#frames}`);
      this.#busBytes += busBytes(record.rectangles);
      this.#first ??= record;
      this.#onFrame(++this.#frames);
    }
    this.#entries.push({ firstFrame, frames: records.length, startsWithKey, offset: chunk.offset });
    this.#ticks.push(ticksOf(records));
  }

  #takeRecord(record: FrameRecord, what: string): void {
    const { width } = this.#description;
    applyRecord(record, this.#shadow, width);
    if (!checkPicture(record, this.#shadow)) throw damaged(`the checksum of ${what} is not that of its picture`);
    for (const { x, y, width: columns, height: rows } of record.rectangles) {
      for (let start = y * width + x; start < (y + rows) * width; start += width) {
        this.#glass.set(this.#shadow.subarray(start, start + columns), start);
      }
    }
    if (!checkPicture(record, this.#glass)) throw damaged(`the rectangles of ${what} do not cover all that changes`);
  }

  #takeIndex(chunk: RawChunk): void {
    if (this.#first === undefined) throw damaged('it has no frames');
    if (this.#wrap !== undefined) {
      this.#takeRecord(this.#wrap.record, 'the wrap');
      if (this.#wrap.record.crc32 !== this.#first.crc32) throw damaged('its wrap does not lead to the first frame');
    }
    const index = parseIndex(chunk.payload, chunk.offset);
    const isTrue =
      index !== undefined &&
      index.wrapOffset === (this.#wrap?.offset ?? 0) &&
      index.entries.length === this.#entries.length &&
      index.entries.every((entry, i) => isSameEntry(entry, this.#entries[i]!));
    if (!isTrue) throw damaged('its index is not that of its chunks');
    this.#indexOffset = chunk.offset;
  }

  #takeEnd(chunk: RawChunk): void {
    const isTrue =
      chunk.payload.length === 8 &&
      getUint64(new DataView(chunk.payload.buffer, chunk.payload.byteOffset), 0) === this.#indexOffset;
    if (!isTrue) throw damaged('its end does not point to its index');
    this.#hasEnded = true;
  }
}

function isSameEntry(a: IndexEntry, b: IndexEntry): boolean {
  return (
    a.firstFrame === b.firstFrame &&
    a.frames === b.frames &&
    a.startsWithKey === b.startsWithKey &&
    a.offset === b.offset
  );
}

function damaged(what: string): LoopError {
  return new LoopError('CLIP_DAMAGED', `The clip is damaged: ${what}. Upload the clip again.`);
}
