import type { UploadProgress } from '../contract/messages.ts';

/** Bytes that are waited for so long are not coming: their sender left. */
const SILENT_MS = 120_000;
/** While bytes come in it is the sender who goes on; after that LOOP does, and always to an end. */
const RECEIVING: readonly UploadProgress['stage'][] = ['resizing', 'uploading'];

interface Running {
  readonly percent: number;
  readonly silence: NodeJS.Timeout | undefined;
}

/** Which bar stands on the panels: that of the oldest upload that is going on. */
export class PanelProgress {
  readonly #draw: (fraction: number | null) => void;
  /** By transaction, the oldest first. */
  readonly #running = new Map<string, Running>();
  #drawn: number | null = null;

  /** `draw` hears the share that is done, 0 to 1 in hundredths, or null for no bar; only when it is another one. */
  constructor(draw: (fraction: number | null) => void) {
    this.#draw = draw;
  }

  take({ transaction, stage, progress, error }: UploadProgress): void {
    clearTimeout(this.#running.get(transaction)?.silence);
    if (progress >= 100 || error !== null) this.#running.delete(transaction);
    else {
      const forget = () => {
        this.#running.delete(transaction);
        this.#show();
      };
      const silence = RECEIVING.includes(stage) ? setTimeout(forget, SILENT_MS).unref() : undefined;
      this.#running.set(transaction, { percent: Math.floor(progress), silence });
    }
    this.#show();
  }

  #show(): void {
    const percent = this.#running.values().next().value?.percent ?? null;
    if (percent === this.#drawn) return;
    this.#drawn = percent;
    this.#draw(percent === null ? null : percent / 100);
  }
}
