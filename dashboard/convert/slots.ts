/** What `slots` needs of a decoded frame; it must be closed by its owner. */
export interface TimedSample extends Disposable {
  /** Presentation time in seconds. */
  readonly timestamp: number;
  /** Seconds; 0 when the file does not say. */
  readonly duration: number;
}

/** A frame that is shown, and for how many slots of the clip. */
export interface Slotted<Sample> {
  /** The caller's to close. */
  readonly sample: Sample;
  readonly count: number;
}

/**
 * Brings frames with times of their own to a fixed rate: each frame stands from slot round((time - first time) * framerate) until the next
 * one's. Of several in one slot the last is shown, the others are closed unseen, before anything was done with them. The last frame
 * stands for its own duration; one slot if that is unknown.
 * @param samples in presentation order
 */
export async function* slots<Sample extends TimedSample>(
  samples: AsyncIterable<Sample>,
  framerate: number,
): AsyncGenerator<Slotted<Sample>> {
  let waiting: Sample | undefined;
  let slot = 0;
  let start: number | undefined;
  try {
    for await (const sample of samples) {
      // A frame from before the edit list's beginning is shown from there on.
      const time = Math.max(0, sample.timestamp);
      start ??= time;
      const next = Math.round((time - start) * framerate);
      if (waiting && next > slot) {
        const shown = waiting;
        waiting = sample;
        yield { sample: shown, count: next - slot };
        slot = next;
      } else {
        waiting?.[Symbol.dispose]();
        waiting = sample;
      }
    }
    if (!waiting || start === undefined) return;
    const end = Math.round((Math.max(0, waiting.timestamp) + waiting.duration - start) * framerate);
    // Rounded up to a slot behind the end: the frame before it stands until there.
    if (end <= slot && slot > 0 && waiting.duration > 0) return;
    const sample = waiting;
    waiting = undefined;
    yield { sample, count: Math.max(1, end - slot) };
  } finally {
    waiting?.[Symbol.dispose]();
  }
}
