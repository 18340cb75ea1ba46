import type { Clip } from '../../contract/domain.ts';
import type { UploadProgress } from '../../contract/messages.ts';
import { isLoopError } from '../../format/errors.ts';
import type { Geometry } from '../../format/frame.ts';
import { sayError } from '../style/say.ts';
import { KeptFiles } from './kept-files.ts';
import { sendFile } from './send-file.ts';
import { type ClipSettings, percentOf, type Stage, type UploadJob } from './upload-job.ts';
import { UploadJournal } from './upload-journal.ts';

/** Files worked on at once; the rest wait in order. Each has a conversion worker of its own. */
const MOST_AT_ONCE = 2;
/** Finished ones that stay on the list, to be converted again with other settings; older ones leave it. */
const MOST_DONE = 6;
const SPEAK_MS = 5000;
/** Where the bar stands when an original that LOOP converts has been sent; the rest is LOOP's own progress. */
const SENT_PERCENT = 40;
/** Smaller steps of the bar cannot be seen and are not drawn. */
const LEAST_PERCENT = 0.5;

/** What the queue needs of the page. */
export interface QueueSurroundings {
  /** The page's own address, to which LOOP's are relative. */
  readonly base: string;
  /** Of the display that clips are made for; undefined until LOOP has answered. */
  readonly geometry: () => Geometry | undefined;
  readonly changed: () => void;
  /** A transaction nobody wants any more; LOOP may forget its parts. */
  readonly cancelled: (hash: string) => void;
}

/**
 * The files on their way to becoming clips, in the order they came. It ends at most when the page does; what is unfinished then
 * is taken up by `resume` after the reload.
 */
export class UploadQueue {
  readonly #page: QueueSurroundings;
  readonly #kept = new KeptFiles();
  readonly #journal = new UploadJournal();
  readonly #running = new Map<string, AbortController>();
  #speaking: ReturnType<typeof setInterval> | undefined;
  jobs: readonly UploadJob[] = [];

  constructor(page: QueueSurroundings) {
    this.#page = page;
  }

  /** Starts with these files at once; those that an unfinished upload asks for go on with it. */
  add(files: Iterable<File>, settings: ClipSettings): void {
    for (const file of files) {
      const asked = this.jobs.find(
        (job) => job.state.kind === 'asking' && job.filename === file.name && job.sizeBytes === file.size,
      );
      if (asked) this.give(asked.id, file);
      else
        this.#enter({
          id: newId(),
          file,
          filename: file.name,
          sizeBytes: file.size,
          settings,
          state: { kind: 'waiting' },
        });
    }
    this.pump();
  }

  /** Hands a job the file it asked for. The hash decides: another file becomes a clip of its own. */
  give(id: string, file: File): void {
    this.#patch(id, { file, filename: file.name, sizeBytes: file.size, state: { kind: 'waiting' } });
    this.#track(id);
    this.pump();
  }

  /** Converts the same file once more, with other settings or after a failure. */
  again(id: string, settings?: ClipSettings): void {
    const job = this.#job(id);
    if (job === undefined) return;
    this.#running.get(id)?.abort();
    if (job.file === undefined) this.#patch(id, { state: { kind: 'asking' } });
    else this.#patch(id, { settings: settings ?? job.settings, state: { kind: 'waiting' } });
    this.#track(id);
    this.pump();
  }

  /** Ends a job, whatever its state, and takes it off the list. */
  remove(id: string): void {
    const job = this.#job(id);
    this.#running.get(id)?.abort();
    this.jobs = this.jobs.filter((other) => other !== job);
    this.#forget(id);
    if (job?.hash && job.state.kind !== 'done') this.#page.cancelled(job.hash);
    this.#page.changed();
    this.pump();
  }

  /** Takes up what this tab left unfinished: alone where a copy of the file was kept, else it asks for the file. */
  async resume(): Promise<void> {
    for (const { id, filename, sizeBytes, settings, hash } of this.#journal.claim()) {
      const file = await this.#kept.file(id);
      const state = file ? ({ kind: 'waiting' } as const) : ({ kind: 'asking' } as const);
      this.#enter({ id, filename, sizeBytes, settings, state, ...(hash && { hash }), ...(file && { file }) });
    }
    this.#speaking ??= setInterval(() => this.#journal.speak(), SPEAK_MS);
    await this.#kept.sweep((id) => this.#journal.has(id));
    this.pump();
  }

  /** What LOOP says of a transaction; it concerns the job with that hash, once everything was sent. */
  hear(progress: UploadProgress): void {
    const job = this.jobs.find(({ hash, state }) => hash === progress.transaction && state.kind === 'working');
    if (job?.state.kind !== 'working') return;
    const isServers = job.plan?.way === 'server';
    if (!isServers && progress.stage !== 'finalizing') return;
    const rest = (100 - SENT_PERCENT) / 100;
    this.#advance(job.id, progress.stage, isServers ? SENT_PERCENT + progress.progress * rest : progress.progress);
  }

  /** Starts as many waiting jobs as may run; nothing happens before LOOP has said which display there is. */
  pump(): void {
    const geometry = this.#page.geometry();
    if (geometry === undefined) return;
    for (const job of this.jobs) {
      if (this.#running.size >= MOST_AT_ONCE) return;
      if (job.state.kind === 'waiting' && job.file && !this.#running.has(job.id))
        void this.#run(job, job.file, geometry);
    }
  }

  async #run(job: UploadJob, file: File, geometry: Geometry): Promise<void> {
    const controller = new AbortController();
    this.#running.set(job.id, controller);
    this.#patch(job.id, { state: { kind: 'working', stage: 'resizing', percent: 0 } });
    try {
      const clip = await sendFile(file, {
        base: this.#page.base,
        geometry,
        settings: job.settings,
        signal: controller.signal,
        onPlan: (plan) => this.#patch(job.id, { plan }),
        onHash: (hash) => this.#know(job.id, hash),
        onPreview: (preview) => this.#patch(job.id, { preview }),
        onProgress: (stage, fraction) => this.#progress(job.id, stage, fraction),
      });
      if (!controller.signal.aborted) this.#finish(job.id, clip);
    } catch (error) {
      if (!controller.signal.aborted) this.#patch(job.id, { state: { kind: 'failed', message: sayError(error) } });
      // The same file would fail again after a reload.
      if (isLoopError(error, 'FILE_EMPTY', 'FILE_TOO_LARGE', 'MEDIA_DAMAGED', 'MEDIA_UNSUPPORTED'))
        this.#forget(job.id);
    } finally {
      if (this.#running.get(job.id) === controller) this.#running.delete(job.id);
      this.pump();
    }
  }

  #finish(id: string, clip: Clip): void {
    this.#patch(id, { hash: clip.content_hash, state: { kind: 'done', clip }, preview: undefined });
    this.#forget(id);
    const done = this.jobs.filter(({ state }) => state.kind === 'done');
    for (const { id: oldest } of done.slice(0, -MOST_DONE)) this.remove(oldest);
  }

  #progress(id: string, stage: Stage, fraction: number): void {
    const isServers = this.#job(id)?.plan?.way === 'server';
    this.#advance(id, stage, isServers ? fraction * SENT_PERCENT : percentOf(stage, fraction));
  }

  #enter(job: UploadJob): void {
    if (this.#job(job.id)) return;
    this.jobs = [...this.jobs, job];
    this.#track(job.id);
    this.#page.changed();
  }

  #know(id: string, hash: string): void {
    this.#patch(id, { hash });
    this.#track(id);
  }

  /** The one bar never goes back. */
  #advance(id: string, stage: Stage, percent: number): void {
    const state = this.#job(id)?.state;
    if (state?.kind !== 'working' || percent < state.percent) return;
    if (stage === state.stage && percent - state.percent < LEAST_PERCENT) return;
    this.#patch(id, { state: { kind: 'working', stage, percent } });
  }

  #patch(id: string, change: Partial<UploadJob>): void {
    this.jobs = this.jobs.map((job) => (job.id === id ? { ...job, ...change } : job));
    this.#page.changed();
  }

  #job(id: string): UploadJob | undefined {
    return this.jobs.find((job) => job.id === id);
  }

  /** Writes down what a reload must find again. */
  #track(id: string): void {
    const job = this.#job(id);
    if (job === undefined) return;
    const { filename, sizeBytes, settings, hash, file } = job;
    this.#journal.write({ id, filename, sizeBytes, settings, ...(hash && { hash }) });
    if (file) void this.#kept.keep(id, file);
  }

  #forget(id: string): void {
    this.#journal.drop(id);
    void this.#kept.drop(id);
  }
}

/** Not crypto.randomUUID: plain http pages have none. */
function newId(): string {
  return `${Date.now().toString(36)}-${Math.random().toString(36).slice(2)}`;
}
