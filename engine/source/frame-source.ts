import type { Geometry, Rectangle } from '../../format/frame.ts';

/**
 * Where frames come from: a clip, pictures in memory, later a camera. Frames are decoded in place into `pixels`, one after
 * the other, so `pixels` is always the frame returned last. One user at a time; who opens it, closes it.
 */
export interface FrameSource extends AsyncDisposable {
  readonly geometry: Geometry;
  /** One play, at least 1. */
  readonly durationUs: number;
  /** RGB565 as seen, `geometry` large; owned by the source, changed by `next` and `seek`. */
  readonly pixels: Uint16Array;
  /** Nothing more of this play has to be read: another source may take the room of the chunk read ahead. */
  readonly isReadToEnd: boolean;
  /** Parts that could not be read, each counted once. */
  readonly badChunks: number;
  /**
   * The frame after the one returned last; after the last one the first again.
   * `again` says that another play follows, so that its beginning is read ahead.
   * One call at a time; disposing of the source ends it. @throws LoopError when nothing of the source can be read
   */
  next(options: { again: boolean }): Promise<SourceFrame>;
  /** The frame that is on at this time within a play, whole. @throws as `next` */
  seek(positionUs: number): Promise<SourceFrame>;
}

/** What is known of a frame beside its pixels. */
export interface SourceFrame {
  /** Number within a play, from 0. */
  readonly index: number;
  /** Time within a play at which it is due, and at which the next one is. */
  readonly startUs: number;
  readonly untilUs: number;
  /** Where it may differ from the frame returned before; none when it does not. The source's own, not to be kept. */
  readonly rectangles: readonly Rectangle[];
  readonly isLast: boolean;
}
