import { stat } from 'node:fs/promises';
import type { ClipDescription } from '../../format/clip-header.ts';
import { LoopError } from '../../format/errors.ts';
import type { Geometry } from '../../format/frame.ts';
import { openClipFile } from './clip-file.ts';

/** A `.loop` file of a clip: what its header, its index and the file system say of it. */
export interface Rendition extends Geometry {
  readonly bytes: number;
  /** When the file was written, milliseconds: a database row with another time or size is out of date. */
  readonly time: number;
  readonly frames: number;
  readonly durationUs: number;
  readonly conversion: ClipDescription['conversion'];
}

/** Name of the rendition for a geometry inside the clip's folder. */
export function renditionName({ width, height }: Geometry): string {
  return `${width}x${height}.loop`;
}

/** The geometry a file name stands for; undefined when it is no rendition's name. */
export function renditionGeometry(name: string): Geometry | undefined {
  const [, width, height] = /^([1-9]\d{0,3})x([1-9]\d{0,3})\.loop$/.exec(name) ?? [];
  return width === undefined || height === undefined ? undefined : { width: Number(width), height: Number(height) };
}

/** Reads header and index of a finished clip. @throws LoopError NOT_A_CLIP, CLIP_TRUNCATED and their kin */
export async function readRendition(path: string, { signal }: { signal: AbortSignal }): Promise<Rendition> {
  const { size, mtimeMs } = await stat(path);
  await using opened = await openClipFile(path, { signal });
  const { clip } = opened;
  if (!clip.isWhole) {
    throw new LoopError(
      'CLIP_TRUNCATED',
      `The clip ends after ${clip.frameCount} frames without its index; a finished clip ends with END_. Upload it again, whole.`,
    );
  }
  const { width, height, conversion } = clip.description;
  return {
    width,
    height,
    bytes: size,
    time: Math.floor(mtimeMs),
    frames: clip.frameCount,
    durationUs: clip.durationUs,
    conversion,
  };
}

/** Whether two renditions show the same: the same geometry, fit, quality and dither of the same frames. */
export function isSameRendition(one: Rendition, other: Rendition): boolean {
  return (
    one.width === other.width &&
    one.height === other.height &&
    one.frames === other.frames &&
    one.durationUs === other.durationUs &&
    one.conversion.fit === other.conversion.fit &&
    one.conversion.dither === other.conversion.dither &&
    one.conversion.mode === other.conversion.mode
  );
}
