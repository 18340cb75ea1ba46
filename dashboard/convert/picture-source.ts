/** One picture on its way into a clip. */
export interface TimedPicture {
  /** RGBA of the target's size, alpha ignored; good until the next picture is asked for. */
  readonly rgba: Uint8ClampedArray;
  /** How long it stands, in ticks of the source's timebase. */
  readonly ticks: number;
  /** How many more frames of one tick it stays, where the clip has frames at a fixed rate. */
  readonly repeats: number;
  /** How much of the file is done after it, 0 to 1. */
  readonly fraction: number;
}

/** A file opened for conversion: its pictures, already brought to the target, in the order they are shown. */
export interface PictureSource extends Disposable {
  /** A tick in seconds as [numerator, denominator]. */
  readonly timebase: readonly [number, number];
  /** Frames a second of the file on average; 0 for a single picture. */
  readonly fps: number;
  /** To be read once. */
  pictures(): AsyncIterable<TimedPicture>;
}
