import type { ByteSource } from './byte-source.ts';
import { type RawChunk, readChunkAt, readChunkBetween } from './clip-chunk.ts';
import { type ClipDescription, readHeader } from './clip-header.ts';
import type { IndexEntry } from './clip-index.ts';
import { type ClipStatistics, parseStatistics } from './clip-statistics.ts';
import { type Survey, surveyClip } from './clip-survey.ts';
import { ticksToUs } from './clip-time.ts';
import type { Unpacking } from './deflate.ts';
import { isLoopError, LoopError } from './errors.ts';
import type { FrameRecord } from './frame-record.ts';
import { type Chunk, ticksOf, unpackFrames, unpackWrap } from './frames-chunk.ts';

/** One chunk of frames as the reader lists it. */
export interface ChunkEntry extends IndexEntry {
  /** Media time of its first frame in microseconds. */
  readonly startUs: number;
}

/**
 * Opens a clip: checks the header, finds the chunks by the index or, in a cut file, by walking. The source stays the caller's.
 * @throws LoopError NOT_A_CLIP, CLIP_VERSION_UNSUPPORTED, CLIP_FEATURE_UNSUPPORTED, CLIP_DAMAGED, CLIP_TRUNCATED.
 */
export async function openClip(source: ByteSource, options: Unpacking & { signal: AbortSignal }): Promise<ClipReader> {
  const { description, bytes } = await readHeader(source, options);
  const survey = await surveyClip({ source, description, start: bytes, ...options });
  const ticks = survey.ticks ?? (await countTicks(source, description, survey, options));
  return new ClipReader(source, options, description, survey, ticks);
}

/** Ticks of every chunk by reading them all, for clips that do not say. A damaged chunk counts one tick a frame. */
async function countTicks(
  source: ByteSource,
  description: ClipDescription,
  survey: Survey,
  options: Unpacking & { signal: AbortSignal },
): Promise<number[]> {
  const reader = new ClipReader(source, options, description, survey, undefined);
  const ticks: number[] = [];
  for (const [i, entry] of survey.entries.entries()) {
    try {
      ticks.push(ticksOf((await reader.readChunk(i, options)).records));
    } catch (error) {
      if (!isLoopError(error, 'CLIP_DAMAGED', 'CLIP_TRUNCATED')) throw error;
      ticks.push(entry.frames);
    }
  }
  return ticks;
}

/** A clip that is open for reading. Holds no frame; each call reads from the source. */
export class ClipReader {
  readonly description: ClipDescription;
  /** In file order, at least one, the first starting with a key frame. */
  readonly chunks: readonly ChunkEntry[];
  readonly frameCount: number;
  /** One play in microseconds. */
  readonly durationUs: number;
  /** False when the file has no sound index at its end: then it holds the frames up to the first cut or damage. */
  readonly isWhole: boolean;
  readonly #source: ByteSource;
  readonly #unpacking: Unpacking;
  readonly #survey: Survey;
  readonly #ticks: readonly number[] | undefined;

  /** Use openClip. */
  constructor(
    source: ByteSource,
    unpacking: Unpacking,
    description: ClipDescription,
    survey: Survey,
    ticks: readonly number[] | undefined,
  ) {
    const last = survey.entries.at(-1)!; // a survey has at least one
    let total = 0;
    this.chunks = survey.entries.map((entry, i) => {
      const startUs = ticksToUs(total, description.timebase);
      total += ticks?.[i] ?? 0;
      return { ...entry, startUs };
    });
    this.description = description;
    this.frameCount = last.firstFrame + last.frames;
    this.durationUs = ticksToUs(total, description.timebase);
    this.isWhole = survey.isWhole;
    this.#source = source;
    this.#unpacking = unpacking;
    this.#survey = survey;
    this.#ticks = ticks;
  }

  /**
   * Reads one chunk, checked and inflated. Its records are views into bytes that are the caller's.
   * @throws LoopError CLIP_DAMAGED naming the chunk and why; CLIP_FEATURE_UNSUPPORTED for an unknown codec or record.
   */
  async readChunk(index: number, options: { signal: AbortSignal }): Promise<Chunk> {
    const entry = this.chunks[index];
    if (entry === undefined) {
      throw new LoopError(
        'INTERNAL',
        `Chunk ${index} was asked for; there are ${this.chunks.length}. Correct the caller.`,
      );
    }
    const next = this.chunks[index + 1];
    const raw =
      next === undefined
        ? await readChunkAt(this.#source, entry.offset, this.#survey.end, options)
        : await readChunkBetween(this.#source, entry.offset, next.offset, { ...options, crc32: this.#unpacking.crc32 });
    const where = `Chunk ${index} at byte ${entry.offset}`;
    if (raw.type !== 'FRMS') throw damaged(where, `it is of type ${JSON.stringify(raw.type)} instead of FRMS`);
    const chunk = await unpackFrames(raw, this.description, this.#unpacking.inflate);
    const isAsListed =
      chunk.firstFrame === entry.firstFrame &&
      chunk.records.length === entry.frames &&
      chunk.startsWithKey === entry.startsWithKey &&
      (this.#ticks === undefined || ticksOf(chunk.records) === this.#ticks[index]);
    if (!isAsListed) throw damaged(where, 'its frames are not those the index lists');
    return chunk;
  }

  /** The record from the last frame to the first; undefined when there is none or it is damaged: then show frame 0 in full. */
  async wrap(options: { signal: AbortSignal }): Promise<FrameRecord | undefined> {
    return this.#extra('wRAP', options, (chunk) => unpackWrap(chunk, this.description, this.#unpacking.inflate));
  }

  /** A picture for lists, as an image file; undefined when there is none or it is damaged. */
  async poster(options: { signal: AbortSignal }): Promise<{ bytes: Uint8Array; type: string } | undefined> {
    const bytes = await this.#extra('tHMB', options, (chunk) => chunk.payload);
    const type = bytes && imageType(bytes);
    return bytes && type ? { bytes, type } : undefined;
  }

  /** What playing the clip costs; undefined when that is not in the file or damaged. */
  async statistics(options: { signal: AbortSignal }): Promise<ClipStatistics | undefined> {
    return this.#extra('sTAT', options, (chunk) => parseStatistics(chunk.payload));
  }

  /** What a clip can be played without: damage here is absence. */
  async #extra<Value>(
    type: string,
    options: { signal: AbortSignal },
    parse: (chunk: RawChunk) => Value | Promise<Value>,
  ): Promise<Value | undefined> {
    const offset = this.#survey.extras.get(type);
    if (offset === undefined) return undefined;
    try {
      const chunk = await readChunkAt(this.#source, offset, this.#survey.end, options);
      return chunk.type === type ? await parse(chunk) : undefined;
    } catch (error) {
      if (isLoopError(error, 'CLIP_DAMAGED', 'CLIP_TRUNCATED', 'CLIP_FEATURE_UNSUPPORTED')) return undefined;
      throw error;
    }
  }
}

function imageType(bytes: Uint8Array): string | undefined {
  if (bytes[0] === 0x89 && bytes[1] === 0x50) return 'image/png';
  return bytes[0] === 0xff && bytes[1] === 0xd8 ? 'image/jpeg' : undefined;
}

function damaged(where: string, what: string): LoopError {
  return new LoopError('CLIP_DAMAGED', `${where} is damaged: ${what}. Upload the clip again.`);
}
