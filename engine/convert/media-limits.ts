import { LoopError } from '../../format/errors.ts';
import type { Geometry } from '../../format/frame.ts';

/** Pixels of a picture: 8K video has 33 million, phones' photos up to 50. Decoded that is 200 MB, in ffmpeg's process. */
const MAX_PIXELS = 50_000_000;
/** Seconds of a video: an hour at 25 frames a second is a clip of about a gigabyte. */
export const MAX_SECONDS = 3600;
/** Frames of an animation. */
export const MAX_FRAMES = 100_000;

/** Refuses what would not fit in memory, before anything of it is decoded. @throws LoopError MEDIA_UNSUPPORTED */
export function checkSize({ width, height }: Geometry): void {
  if (width * height <= MAX_PIXELS) return;
  throw new LoopError(
    'MEDIA_UNSUPPORTED',
    `The picture has ${width} x ${height} pixels; LOOP takes up to ${MAX_PIXELS / 1e6} million. Send a smaller one.`,
  );
}
