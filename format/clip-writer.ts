import { type ChunkType, writeChunk } from './clip-chunk.ts';
import { type ClipDescription, writeHeader } from './clip-header.ts';
import { type IndexEntry, setUint64, writeIndex } from './clip-index.ts';
import { LIMITS, RECORD_HEADER_BYTES, RECTANGLE_BYTES, WRITING } from './clip-layout.ts';
import { StatisticsCounter, writeStatistics } from './clip-statistics.ts';
import { type Timebase, ticksToUs } from './clip-time.ts';
import type { Deflate } from './deflate.ts';
import { LoopError } from './errors.ts';
import { FrameEncoder } from './frame-encoder.ts';
import { type FrameRecord, isKey, recordBytes, writeRecord } from './frame-record.ts';
import { packFrames, packWrap } from './frames-chunk.ts';
import { PosterChooser } from './poster.ts';

/** What a finished clip came to. */
export interface ClipSummary {
  /** Holds counted. */
  readonly frames: number;
  readonly durationTicks: number;
  /** Of the file. */
  readonly bytes: number;
  /** To a panel in one play, windows counted. */
  readonly busBytes: number;
  /** Of the first frame. */
  readonly crc32OfFirst: number;
}

/**
 * Writes a clip as a stream: bytes leave through `write` whenever a chunk is full, and nothing written is touched again.
 * Await every call before the next one; that wait is the back-pressure. At most one chunk (256 KiB) is held.
 */
export class ClipWriter {
  readonly #header: Uint8Array;
  readonly #timebase: Timebase;
  readonly #deflate: Deflate;
  readonly #write: (bytes: Uint8Array) => Promise<void>;
  readonly #encoder: FrameEncoder;
  readonly #poster: PosterChooser;
  readonly #statistics = new StatisticsCounter();
  readonly #first: Uint16Array;
  readonly #records: Uint8Array;
  readonly #index: IndexEntry[] = [];
  readonly #chunkTicks: number[] = [];
  /** Of the chunk being filled. */
  #chunk = { firstFrame: 0, frames: 0, ticks: 0, bytes: 0, startsWithKey: false };
  #frames = 0;
  #ticks = 0;
  #bytes = 0;
  #lastKeyChunk = 0;
  #firstRecord: FrameRecord | undefined;

  /** @throws LoopError MEDIA_UNSUPPORTED for a picture or title that no clip can hold. */
  constructor(
    description: ClipDescription,
    options: { deflate: Deflate; write: (bytes: Uint8Array) => Promise<void> },
  ) {
    this.#header = writeHeader(description); // before anything of the picture's size is allocated
    const pixels = description.width * description.height;
    const largestRecord = RECORD_HEADER_BYTES + LIMITS.rectangles * RECTANGLE_BYTES + pixels * 2;
    this.#timebase = description.timebase;
    this.#deflate = options.deflate;
    this.#write = options.write;
    this.#encoder = new FrameEncoder(description);
    this.#poster = new PosterChooser(description);
    this.#first = new Uint16Array(pixels);
    this.#records = new Uint8Array(Math.max(WRITING.chunkBytes, largestRecord));
  }

  /** Adds a picture that stands for `ticks` (at least 1). The pixels are copied; the same picture again becomes a hold. */
  async add(pixels: Uint16Array, ticks: number): Promise<void> {
    if (pixels.length !== this.#first.length) {
      throw misuse(`A frame has ${pixels.length} pixels, the clip's have ${this.#first.length}`);
    }
    checkTicks(ticks);
    if (this.#frames === 0) await this.#begin(pixels);
    const now = Math.min(ticks, LIMITS.ticks);
    const wantsKey = this.#wantsKey();
    const record = this.#encoder.encode(pixels, now, wantsKey);
    if (wantsKey && isKey(record)) await this.#closeChunk();
    await this.#append(record);
    if (ticks > now) await this.hold(ticks - now);
  }

  /** Lets the picture before stand for `ticks` (at least 1) more. */
  async hold(ticks: number): Promise<void> {
    if (this.#frames === 0) throw misuse('A hold came before any frame');
    checkTicks(ticks);
    for (let left = ticks; left > 0; left -= LIMITS.ticks) {
      await this.#append(this.#encoder.hold(Math.min(left, LIMITS.ticks)));
    }
  }

  /**
   * Writes what is left and the end. The writer is of no use afterwards.
   * @throws LoopError MEDIA_DAMAGED when there was no frame.
   */
  async finish(): Promise<ClipSummary> {
    const first = this.#firstRecord;
    if (first === undefined) {
      throw new LoopError('MEDIA_DAMAGED', 'The source gave no frame; a clip has at least one. Choose another file.');
    }
    await this.#closeChunk();
    const wrapOffset = await this.#writeWrap(first.ticks);
    await this.#put('tICK', new Uint8Array(Uint32Array.from(this.#chunkTicks).buffer));
    await this.#put('tHMB', await this.#poster.encode(this.#deflate));
    const busBytes = this.#statistics.totalBusBytes;
    await this.#put('sTAT', writeStatistics(this.#statistics.finish()));
    const indexOffset = this.#bytes;
    await this.#put('INDX', writeIndex({ frameCount: this.#frames, entries: this.#index, wrapOffset }));
    const end = new Uint8Array(8);
    setUint64(new DataView(end.buffer), 0, indexOffset);
    await this.#put('END ', end);
    return {
      frames: this.#frames,
      durationTicks: this.#ticks,
      bytes: this.#bytes,
      busBytes,
      crc32OfFirst: first.crc32,
    };
  }

  async #begin(pixels: Uint16Array): Promise<void> {
    this.#first.set(pixels);
    await this.#send(this.#header);
  }

  /** Chunks that begin with a key frame are where playing can start: they must not be too far apart. */
  #wantsKey(): boolean {
    const frames = this.#frames - this.#lastKeyChunk;
    return this.#frames === 0 || frames + (this.#chunk.frames === 0 ? WRITING.chunkFrames : 1) > WRITING.keyFrames;
  }

  async #append(record: FrameRecord): Promise<void> {
    const bytes = recordBytes(record);
    if (this.#chunk.frames > 0 && this.#chunk.bytes + bytes > WRITING.chunkBytes) await this.#closeChunk();
    const startUs = ticksToUs(this.#ticks, this.#timebase);
    if (this.#chunk.frames === 0) {
      this.#chunk = { firstFrame: this.#frames, frames: 0, ticks: 0, bytes: 0, startsWithKey: isKey(record) };
      if (isKey(record)) this.#lastKeyChunk = this.#frames;
      this.#poster.offer(this.#encoder.shown, startUs);
    }
    this.#firstRecord ??= record;
    this.#chunk.bytes = writeRecord(record, this.#records, this.#chunk.bytes);
    this.#chunk.frames++;
    this.#chunk.ticks += record.ticks;
    this.#statistics.add(record.rectangles, startUs);
    this.#frames++;
    this.#ticks += record.ticks;
    if (this.#chunk.frames === WRITING.chunkFrames) await this.#closeChunk();
  }

  async #closeChunk(): Promise<void> {
    if (this.#chunk.frames === 0) return;
    if (this.#index.length === LIMITS.chunks) {
      throw new LoopError(
        'MEDIA_UNSUPPORTED',
        `The clip would have more than ${LIMITS.chunks} chunks, the most there may be. Convert a shorter part, or fewer frames a second.`,
      );
    }
    const records = this.#records.subarray(0, this.#chunk.bytes);
    this.#index.push({ ...this.#chunk, offset: this.#bytes });
    this.#chunkTicks.push(this.#chunk.ticks);
    await this.#put('FRMS', ...(await packFrames(this.#chunk, records, this.#deflate)));
    this.#chunk.frames = 0;
  }

  /** Writes the record from the last frame to the first and returns its offset; 0 and nothing when that would be a raw frame. */
  async #writeWrap(ticks: number): Promise<number> {
    const record = this.#encoder.encode(this.#first, ticks, false);
    if (record.type === 'raw') return 0;
    const offset = this.#bytes;
    const length = writeRecord(record, this.#records, 0);
    await this.#put('wRAP', ...(await packWrap(this.#records.subarray(0, length), this.#deflate)));
    return offset;
  }

  async #put(type: ChunkType, ...payload: readonly Uint8Array[]): Promise<void> {
    await this.#send(writeChunk(type, ...payload));
  }

  async #send(bytes: Uint8Array): Promise<void> {
    this.#bytes += bytes.length;
    await this.#write(bytes);
  }
}

function checkTicks(ticks: number): void {
  if (!Number.isSafeInteger(ticks) || ticks < 1) throw misuse(`A frame stands for ${ticks} ticks`);
}

function misuse(what: string): LoopError {
  return new LoopError(
    'INTERNAL',
    `${what}; frames have the clip's size and stand for 1 tick or more, the first of them is no hold. Correct the caller of ClipWriter.`,
  );
}
