import type { ClipSummary } from '../../format/clip-writer.ts';

/** What makes a clip of pictures; format's ClipEncoder is one. Await each call before the next: that wait is the back-pressure. */
export interface PictureEncoder {
  /** A picture of the clip's size that stands for `ticks`; the bytes stay the caller's. */
  addRgba(rgba: Uint8ClampedArray, ticks: number): Promise<void>;
  /** The picture before stands for `ticks` more. */
  hold(ticks: number): Promise<void>;
  /** Ends the clip. */
  finish(): Promise<ClipSummary>;
}
