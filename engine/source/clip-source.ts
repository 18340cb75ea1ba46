import { type ClipReader, openClip as openReader } from '../../format/clip-reader.ts';
import { ticksToUs } from '../../format/clip-time.ts';
import { LoopError } from '../../format/errors.ts';
import type { Geometry } from '../../format/frame.ts';
import { applyRecord, checkPicture, type FrameRecord, isKey } from '../../format/frame-record.ts';
import type { Chunk } from '../../format/frames-chunk.ts';
import { type FileByteSource, openFile } from '../file-byte-source.ts';
import { nodeUnpacking } from '../node-inflate.ts';
import type { FrameSource, SourceFrame } from './frame-source.ts';

/** A chunk that is being played. */
interface OpenChunk extends Chunk {
  readonly index: number;
}

/**
 * Frames of a `.loop` file. In memory are the chunk that plays and the one read ahead, each at most 512 KiB and about
 * 256 KiB as LOOP writes them, the record that leads from the last frame to the first, and one picture.
 * A chunk that cannot be read is counted, the picture held, and the next chunk that begins with a key frame goes on.
 */
export class ClipSource implements FrameSource {
  readonly geometry: Geometry;
  readonly durationUs: number;
  readonly pixels: Uint16Array;
  readonly #file: FileByteSource;
  readonly #reader: ClipReader;
  readonly #lifetime = new AbortController();
  readonly #bad = new Set<number>();
  #chunk: OpenChunk | undefined;
  /** Number in `#chunk` and start of the record that comes next. */
  #record = 0;
  #ticks = 0;
  /** Whether `pixels` is the frame before the next one, so that a delta may be applied; else the next is sent whole. */
  #isWhole = false;
  #ahead: { readonly index: number; readonly chunk: Promise<OpenChunk | undefined> } | undefined;
  #wrap: Promise<FrameRecord | undefined> | undefined;

  constructor(file: FileByteSource, reader: ClipReader) {
    const { width, height } = reader.description;
    this.#file = file;
    this.#reader = reader;
    this.geometry = { width, height };
    this.durationUs = Math.max(1, reader.durationUs);
    this.pixels = new Uint16Array(width * height);
  }

  get isReadToEnd(): boolean {
    return this.#chunk?.index === this.#reader.chunks.length - 1;
  }

  /** Of one play. Where it is 1 the clip is a picture, whose own time means nothing. */
  get frameCount(): number {
    return this.#reader.frameCount;
  }

  get badChunks(): number {
    return this.#bad.size;
  }

  async next({ again }: { again: boolean }): Promise<SourceFrame> {
    if (this.#chunk === undefined) return this.seek(0);
    if (this.#record === this.#chunk.records.length) {
      if (this.isReadToEnd) return this.#first();
      const index = this.#chunk.index + 1;
      const chunk = await this.#load(index);
      if (chunk === undefined) return this.#gap(index);
      this.#enter(chunk);
    }
    this.#readAhead(again);
    return this.#decode();
  }

  async seek(positionUs: number): Promise<SourceFrame> {
    const index = this.#keyChunkAt(positionUs);
    const chunk = await this.#load(index);
    this.#isWhole = false;
    if (chunk) this.#enter(chunk);
    let frame = chunk ? await this.#decode() : await this.#gap(index);
    while (frame.untilUs <= positionUs && !frame.isLast) frame = await this.next({ again: false });
    return this.#isWhole ? { ...frame, rectangles: [this.#everything()] } : frame;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#lifetime.abort(new LoopError('ABORTED', 'The clip was closed while it was read; nothing is lost.'));
    await this.#ahead?.chunk;
    await this.#wrap;
    await this.#file[Symbol.asyncDispose]();
  }

  /** The first frame of the next play: by the wrap record where there is one, so that only what differs is sent. */
  async #first(): Promise<SourceFrame> {
    if (!this.#isWhole) return this.seek(0);
    if (this.frameCount === 1) return this.#frame(0, 0, []);
    const record = await this.#wrapRecord();
    const chunk = record && (await this.#load(0));
    const key = chunk?.records[0];
    if (!record || !chunk || !key) return this.seek(0);
    this.#enter(chunk);
    if (!this.#apply(record) || !checkPicture(record, this.pixels)) return this.seek(0);
    this.#ticks = key.ticks;
    this.#readAhead(true);
    return this.#frame(0, 0, record.rectangles);
  }

  /** Decodes the next record of the chunk that is open. */
  async #decode(): Promise<SourceFrame> {
    const { index, firstFrame, records } = this.#chunk as OpenChunk;
    const number = firstFrame + this.#record;
    const record = records[this.#record] as FrameRecord;
    const startTicks = this.#ticks;
    if (!this.#apply(record)) return this.#gap(index);
    const rectangles = this.#isWhole ? record.rectangles : [this.#everything()];
    this.#isWhole = true;
    return this.#frame(number, startTicks, rectangles);
  }

  /** Brings a record into `pixels` and moves on; false when its data cannot be trusted. */
  #apply(record: FrameRecord): boolean {
    try {
      applyRecord(record, this.pixels, this.geometry.width);
      // A delta's checksum would cost as much again as decoding it; an error in one lasts until the next key frame at most.
      if (isKey(record) && !checkPicture(record, this.pixels)) return false;
    } catch {
      return false;
    }
    this.#record++;
    this.#ticks += record.ticks;
    return true;
  }

  /** Holds the picture from here to the next key chunk that can be read, or to the end. Chunk `index` is bad from here on. */
  async #gap(index: number): Promise<SourceFrame> {
    this.#bad.add(index);
    this.#isWhole = false;
    const { chunks } = this.#reader;
    const isOpen = this.#chunk?.index === index;
    const number = (chunks[index]?.firstFrame ?? 0) + (isOpen ? this.#record : 0);
    const startTicks = isOpen ? this.#ticks : this.#startOf(index);
    for (let key = index + 1; key < chunks.length; key++) {
      const chunk = chunks[key]?.startsWithKey ? await this.#load(key) : undefined;
      if (chunk === undefined) continue;
      this.#enter(chunk);
      return { ...this.#frame(number, startTicks, []), isLast: false };
    }
    return this.#holdToEnd(number, startTicks);
  }

  #holdToEnd(number: number, startTicks: number): SourceFrame {
    const { chunks, description, durationUs } = this.#reader;
    if (startTicks === 0) {
      throw new LoopError(
        'CLIP_DAMAGED',
        `None of ${chunks.length} chunks can be read from the first frame on; a clip needs one that begins with a key frame. Upload it again.`,
      );
    }
    this.#chunk = { index: chunks.length - 1, firstFrame: number, startsWithKey: false, records: [] };
    this.#record = 0;
    const startUs = ticksToUs(startTicks, description.timebase);
    return { index: number, startUs, untilUs: durationUs, rectangles: [], isLast: true };
  }

  /** What `pixels` holds, as a frame that lasts until the next record's time. */
  #frame(index: number, startTicks: number, rectangles: SourceFrame['rectangles']): SourceFrame {
    const { timebase } = this.#reader.description;
    return {
      index,
      startUs: ticksToUs(startTicks, timebase),
      untilUs: ticksToUs(this.#ticks, timebase),
      rectangles,
      isLast: this.isReadToEnd && this.#record === this.#chunk?.records.length,
    };
  }

  #enter(chunk: OpenChunk): void {
    this.#ticks = this.#startOf(chunk.index);
    this.#chunk = chunk;
    this.#record = 0;
  }

  /** The chunk, checked and inflated; undefined when it cannot be had, which is counted. */
  async #load(index: number): Promise<OpenChunk | undefined> {
    if (this.#chunk?.index === index && this.#chunk.records.length > 0) return this.#chunk;
    if (this.#ahead?.index !== index) this.#ahead = { index, chunk: this.#read(index) };
    return this.#ahead.chunk;
  }

  async #read(index: number): Promise<OpenChunk | undefined> {
    if (this.#bad.has(index)) return undefined;
    try {
      return { ...(await this.#reader.readChunk(index, { signal: this.#lifetime.signal })), index };
    } catch {
      if (!this.#lifetime.signal.aborted) this.#bad.add(index);
      return undefined;
    }
  }

  #readAhead(again: boolean): void {
    const { index } = this.#chunk as OpenChunk;
    const { length } = this.#reader.chunks;
    const following = index + 1 < length ? index + 1 : 0;
    if (following === 0 && again) void this.#wrapRecord();
    if (following === this.#ahead?.index || following === index || (following === 0 && !again)) return;
    this.#ahead = { index: following, chunk: this.#read(following) };
  }

  #wrapRecord(): Promise<FrameRecord | undefined> {
    this.#wrap ??= this.#reader.wrap({ signal: this.#lifetime.signal }).catch(() => undefined);
    return this.#wrap;
  }

  /** The last chunk up to this time that begins with a key frame. */
  #keyChunkAt(positionUs: number): number {
    const { chunks } = this.#reader;
    return Math.max(
      0,
      chunks.findLastIndex((chunk) => chunk.startsWithKey && chunk.startUs <= positionUs),
    );
  }

  /** Ticks at which a chunk begins. Counting on from there keeps times exact. */
  #startOf(index: number): number {
    const [numerator, denominator] = this.#reader.description.timebase;
    return Math.round(((this.#reader.chunks[index]?.startUs ?? 0) * denominator) / (numerator * 1_000_000));
  }

  #everything() {
    return { x: 0, y: 0, ...this.geometry };
  }
}

/** Opens a `.loop` file; the caller disposes of it. @throws LoopError CLIP_NOT_FOUND, NOT_A_CLIP, CLIP_* */
export async function openClip(path: string, { signal }: { signal: AbortSignal }): Promise<ClipSource> {
  const file = await openFile(path);
  try {
    return new ClipSource(file, await openReader(file, { ...nodeUnpacking, signal }));
  } catch (error) {
    await file[Symbol.asyncDispose]();
    throw error;
  }
}
