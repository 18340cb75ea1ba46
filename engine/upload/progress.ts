import type { Transaction } from '../../contract/domain.ts';

export type Stage = Transaction['stage'];

/**
 * Percent of the whole each stage covers. Where the browser converts, it shows the first two itself. Where the server does:
 * `resizing` the original comes in, `converting` ffmpeg works, `uploading` the clip is checked on its way into the library,
 * `finalizing` it is committed.
 */
const STAGES: Readonly<Record<Stage, readonly [from: number, to: number]>> = {
  resizing: [0, 15],
  converting: [15, 50],
  uploading: [50, 80],
  finalizing: [80, 100],
};
/** Smallest step that is told, in percent: so an upload makes a hundred events, however long it is. */
const STEP = 1;

/** How far an upload is. It only rises. */
export class Progress {
  #stage: Stage = 'resizing';
  #percent = 0;

  get stage(): Stage {
    return this.#stage;
  }

  /** 0 to 100. */
  get percent(): number {
    return this.#percent;
  }

  /** Moves to a share (0 to 1) of a stage; true when that is worth telling. */
  advance(stage: Stage, fraction: number): boolean {
    const [from, to] = STAGES[stage];
    const percent = Math.round((from + (to - from) * Math.min(1, Math.max(0, fraction))) * 10) / 10;
    const isNewStage = from > STAGES[this.#stage][0];
    if (percent < this.#percent || (percent < this.#percent + STEP && !isNewStage && percent < 100)) return false;
    if (percent === this.#percent && stage === this.#stage) return false;
    this.#stage = stage;
    this.#percent = percent;
    return true;
  }
}
