import { checkClip } from '../../format/clip-check.ts';
import { type ClipReader, openClip } from '../../format/clip-reader.ts';
import type { ClipSummary } from '../../format/clip-writer.ts';
import { type FileByteSource, openFile } from '../file-byte-source.ts';
import { nodeInflate } from '../node-inflate.ts';

/** A `.loop` file that is open for reading; whoever opened it disposes of it. */
export interface ClipFileReader extends AsyncDisposable {
  readonly clip: ClipReader;
  readonly source: FileByteSource;
}

/** Opens a `.loop` file. @throws LoopError NOT_A_CLIP, CLIP_TRUNCATED and their kin */
export async function openClipFile(path: string, { signal }: { signal: AbortSignal }): Promise<ClipFileReader> {
  const source = await openFile(path);
  try {
    const clip = await openClip(source, { inflate: nodeInflate, signal });
    return { clip, source, [Symbol.asyncDispose]: () => source[Symbol.asyncDispose]() };
  } catch (error) {
    await source[Symbol.asyncDispose]();
    throw error;
  }
}

/** Checks every checksum and every frame of a `.loop` file, as an upload must pass. `onFrame`: frames done, of how many. */
export async function checkClipFile(
  path: string,
  options: { signal: AbortSignal; onFrame?: (done: number, of: number) => void },
): Promise<ClipSummary> {
  await using source = await openFile(path);
  return await checkClip(source, { inflate: nodeInflate, ...options });
}
