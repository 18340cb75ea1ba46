import type { ByteSource } from './byte-source.ts';
import { mustUnderstand, type RawChunk, readChunkAt } from './clip-chunk.ts';
import type { ClipDescription } from './clip-header.ts';
import { getUint64, type IndexEntry, parseIndex } from './clip-index.ts';
import { CHUNK_HEADER_BYTES, END_BYTES } from './clip-layout.ts';
import type { Inflate } from './deflate.ts';
import { isLoopError, LoopError } from './errors.ts';
import { ticksOf, unpackFrames } from './frames-chunk.ts';

/** Where everything in a clip stands. */
export interface Survey {
  readonly isWhole: boolean;
  readonly entries: readonly IndexEntry[];
  /** Ticks of each entry's chunk; undefined when that is not written down. */
  readonly ticks: readonly number[] | undefined;
  /** Offsets of wRAP, tHMB and sTAT where they are. */
  readonly extras: ReadonlyMap<string, number>;
  /** Nothing that belongs to the clip's content lies at or after this byte. */
  readonly end: number;
}

interface Reading {
  readonly source: ByteSource;
  readonly description: ClipDescription;
  /** Where the first chunk begins. */
  readonly start: number;
  readonly inflate: Inflate;
  readonly signal: AbortSignal;
}

/**
 * Finds the chunks by the index, or, where there is no sound one, by walking the file to the first chunk that is cut or damaged.
 * @throws LoopError CLIP_FEATURE_UNSUPPORTED for a chunk that must be understood, CLIP_TRUNCATED or CLIP_DAMAGED when no frame is left.
 */
export async function surveyClip(reading: Reading): Promise<Survey> {
  return (await surveyByIndex(reading)) ?? (await surveyByWalk(reading));
}

async function surveyByIndex(reading: Reading): Promise<Survey | undefined> {
  const { source, start, signal } = reading;
  const endOffset = source.size - END_BYTES;
  if (endOffset < start) return undefined;
  const end = await unlessDamaged(readChunkAt(source, endOffset, source.size, { signal }));
  if (end?.type !== 'END ' || end.payload.length !== 8) return undefined;
  const indexOffset = getUint64(viewOf(end.payload), 0);
  if (indexOffset < start || indexOffset >= endOffset) return undefined;
  const chunk = await unlessDamaged(readChunkAt(source, indexOffset, endOffset, { signal }));
  if (chunk?.type !== 'INDX' || chunk.end !== endOffset) return undefined;
  const index = parseIndex(chunk.payload, indexOffset);
  if (index === undefined || index.entries[0]!.offset < start) return undefined; // a sound index has an entry
  const extras = new Map<string, number>();
  await noteExtras(reading, start, index.entries[0]!.offset, extras);
  await noteExtras(reading, index.entries.at(-1)!.offset, indexOffset, extras);
  if (index.wrapOffset === 0) extras.delete('wRAP');
  else extras.set('wRAP', index.wrapOffset);
  const ticks = await readTicks(reading, extras.get('tICK'), indexOffset, index.entries);
  return { isWhole: true, entries: index.entries, ticks, extras, end: indexOffset };
}

/** Notes the chunks from one place to another by their headers alone; stops at one whose length cannot be true. */
async function noteExtras(reading: Reading, from: number, to: number, extras: Map<string, number>): Promise<void> {
  const { source, signal } = reading;
  for (let at = from; at + CHUNK_HEADER_BYTES <= to; ) {
    const header = await source.read(at, CHUNK_HEADER_BYTES, { signal });
    const type = String.fromCharCode(...header.subarray(0, 4));
    if (mustUnderstand(type) && type !== 'FRMS') {
      const chunk = await unlessDamaged(readChunkAt(source, at, to, { signal }));
      if (chunk === undefined) return;
      throw unsupported(chunk);
    }
    extras.set(type, at);
    at += CHUNK_HEADER_BYTES + viewOf(header).getUint32(4, true);
  }
}

async function readTicks(
  { source, signal }: Reading,
  offset: number | undefined,
  limit: number,
  entries: readonly IndexEntry[],
): Promise<number[] | undefined> {
  if (offset === undefined) return undefined;
  const chunk = await unlessDamaged(readChunkAt(source, offset, limit, { signal }));
  return chunk?.payload.length === entries.length * 4 ? parseTicks(chunk.payload) : undefined;
}

/** Ticks of each chunk from the payload of tICK. */
export function parseTicks(payload: Uint8Array): number[] {
  const view = viewOf(payload);
  return Array.from({ length: payload.length >> 2 }, (_, i) => view.getUint32(i * 4, true));
}

async function surveyByWalk(reading: Reading): Promise<Survey> {
  const { source, start, signal } = reading;
  const walk = new Walk(reading);
  let at = start;
  try {
    while (at < source.size) {
      const chunk = await readChunkAt(source, at, source.size, { signal });
      if (!(await walk.take(chunk))) break;
      at = chunk.end;
    }
  } catch (error) {
    if (!isDamage(error) || walk.entries.length === 0) throw error;
  }
  if (walk.entries.length === 0) {
    throw new LoopError(
      'CLIP_TRUNCATED',
      `The file ends at byte ${source.size}, before its first frame. Upload the clip again, whole.`,
    );
  }
  return { isWhole: false, entries: walk.entries, ticks: walk.ticks, extras: walk.extras, end: at };
}

/** Collects the chunks of a file from its start. */
class Walk {
  readonly entries: IndexEntry[] = [];
  readonly ticks: number[] = [];
  readonly extras = new Map<string, number>();
  readonly #reading: Reading;
  #frames = 0;

  constructor(reading: Reading) {
    this.#reading = reading;
  }

  /** Takes the next chunk; false at the end of the clip. */
  async take(chunk: RawChunk): Promise<boolean> {
    if (chunk.type === 'INDX' || chunk.type === 'END ') return false;
    if (chunk.type !== 'FRMS') {
      if (mustUnderstand(chunk.type)) throw unsupported(chunk);
      this.extras.set(chunk.type, chunk.offset);
      return true;
    }
    const { description, inflate } = this.#reading;
    const { firstFrame, startsWithKey, records } = await unpackFrames(chunk, description, inflate);
    checkOrder(chunk, firstFrame, startsWithKey, this.#frames);
    this.entries.push({ firstFrame, frames: records.length, startsWithKey, offset: chunk.offset });
    this.ticks.push(ticksOf(records));
    this.#frames += records.length;
    return true;
  }
}

/** Checks that a chunk goes on where the one before it ended. @throws LoopError CLIP_DAMAGED. */
export function checkOrder(chunk: RawChunk, firstFrame: number, startsWithKey: boolean, expected: number): void {
  if (firstFrame === expected && (startsWithKey || expected > 0)) return;
  throw new LoopError(
    'CLIP_DAMAGED',
    `The chunk at byte ${chunk.offset} begins with frame ${firstFrame}${startsWithKey ? '' : ', no key frame'}; ${expected === 0 ? 'key frame 0' : `frame ${expected}`} must come next. Upload the clip again.`,
  );
}

/** The refusal of a chunk that this code does not know and may not skip. */
export function unsupported(chunk: RawChunk): LoopError {
  return new LoopError(
    'CLIP_FEATURE_UNSUPPORTED',
    `The clip has a chunk ${JSON.stringify(chunk.type)} that a reader must understand; this LOOP does not know it. Update LOOP, or convert the original again.`,
  );
}

/** Whether an error says that bytes of the clip are wrong or missing. */
export function isDamage(error: unknown): boolean {
  return isLoopError(error, 'CLIP_DAMAGED', 'CLIP_TRUNCATED');
}

async function unlessDamaged<Value>(reading: Promise<Value>): Promise<Value | undefined> {
  try {
    return await reading;
  } catch (error) {
    if (isDamage(error)) return undefined;
    throw error;
  }
}

function viewOf(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
}
