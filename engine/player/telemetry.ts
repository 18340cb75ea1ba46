import type { Output } from '../panel/output.ts';
import type { FrameSource } from '../source/frame-source.ts';
import type { PlayerNews, PlayerReport } from './player-protocol.ts';
import { Rates } from './rates.ts';
import type { StatusBlock } from './status-block.ts';

/** What is told of the playback: the report, its words only where they may have changed. */
export type Told = Pick<PlayerReport, Position> & {
  readonly words?: Omit<PlayerReport, Position>;
  /** Another number makes it news, also with the same words. */
  readonly moves?: number;
};
type Position = 'positionUs' | 'playsLeft' | 'playlistPositionUs';

/** Counts what happened, and writes it with the report into shared memory. */
export class Telemetry {
  readonly #output: Output;
  readonly #status: StatusBlock;
  readonly #tell: (news: PlayerNews) => void;
  readonly #rates = new Rates();
  readonly #counters = { shown: 0, late: 0, dropped: 0, badChunks: 0 };
  /** What was told last, so that only changes are. */
  readonly #told = { report: '', status: '' };
  #badSeen: { readonly source: FrameSource; readonly count: number } | undefined;

  constructor(output: Output, status: StatusBlock, tell: (news: PlayerNews) => void) {
    this.#output = output;
    this.#status = status;
    this.#tell = tell;
  }

  /** A frame whose write began `lateUs` after it was due. Late is more than half a period. */
  countShown(source: FrameSource, lateUs: number, periodUs: number): void {
    // While the bus is away pictures reach the glass in memory alone.
    if (this.#output.status.state === 'ok') this.#counters.shown++;
    else this.#counters.dropped++;
    if (lateUs > periodUs / 2) this.#counters.late++;
    this.#status.countError(lateUs);
    const seen = this.#badSeen?.source === source ? this.#badSeen.count : 0;
    this.#counters.badChunks += source.badChunks - seen;
    this.#badSeen = { source, count: source.badChunks };
  }

  /** Frames that were never presented. */
  countDropped(frames: number): void {
    this.#counters.dropped += frames;
  }

  /** To be called each second. */
  sample(nowUs: number): void {
    this.#rates.add({ atUs: nowUs, shown: this.#counters.shown, busyUs: this.#output.figures.busyUs });
  }

  /** Writes what is true, then tells of what changed beside the figures. */
  publish({ words, moves, ...position }: Told): void {
    const { status, dimmable, figures: bus } = this.#output;
    const figures = {
      ...position,
      ...this.#counters,
      framesPerSecondMilli: this.#rates.framesPerSecond * 1000,
      busLoadMilli: this.#rates.busLoad * 1000,
      busBytes: bus.busBytes,
      hertzAsked: bus.hertzAsked,
      hertzReal: bus.hertzReal ?? 0,
      recoveries: bus.recoveries,
    };
    this.#status.write(figures, words && { ...words, status, dimmable, advice: bus.advice });
    if (words === undefined) return;
    this.#tellChange('report', { ...words, moves });
    this.#tellChange('status', { status, dimmable });
  }

  #tellChange(kind: 'report' | 'status', value: object): void {
    const text = JSON.stringify(value);
    if (text === this.#told[kind]) return;
    this.#told[kind] = text;
    this.#tell({ kind });
  }
}
