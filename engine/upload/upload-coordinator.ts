import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { Options } from '../../contract/config.ts';
import type { Transaction } from '../../contract/domain.ts';
import type { UploadProgress } from '../../contract/messages.ts';
import { isLoopError, LoopError } from '../../format/errors.ts';
import type { Geometry } from '../../format/frame.ts';
import { Turnstile } from '../convert/turnstile.ts';
import { Emitter } from '../emitter.ts';
import type { Log } from '../log.ts';
import { makeFolder } from '../store/durable.ts';
import { writing } from '../store/storage-error.ts';
import type { Store } from '../store/store.ts';
import { type FinishParts, finishUpload } from './finish-upload.ts';
import { RenditionMaker } from './rendition-maker.ts';
import type { UploadPlan } from './transaction-record.ts';
import { asLoopError, mayDoBetter, notFound } from './upload-errors.ts';
import { BYTES_PER_MB, UploadRoom } from './upload-room.ts';
import { type PartName, type PartState, type UploadResult, UploadTransaction } from './upload-transaction.ts';

export type { UploadPlan, UploadSettings } from './transaction-record.ts';
export { BYTES_PER_MB } from './upload-room.ts';
export type { PartName, UploadResult } from './upload-transaction.ts';

/** Uploads that are checked, converted and committed at once; the others wait in order. */
const AT_ONCE = 2;
/** Uploads that may be open; then the oldest failed one makes room, or nobody more is let in. */
const MOST_OPEN = 100;
/** An upload nobody goes on with is removed after so long. */
const KEEP_MS = 24 * 3_600_000;
const SWEEP_EVERY_MS = 3_600_000;

/** Whole files that came in one go, for `submit`. */
export interface SubmittedFiles {
  readonly original: string;
  readonly clip: string | undefined;
}

interface CoordinatorParts extends FinishParts {
  /** `LOOP_DATA/uploads`. */
  readonly folder: string;
  /** Of an original that is kept. */
  readonly maxFileBytes: number;
  readonly log: Log;
}

/**
 * Every upload, whichever way it comes: one transaction per original, named by its SHA-256. Multipart hands over whole files
 * (`submit`), tus parts as they arrive (`begin`, `append`); both end in the same check, conversion and commit.
 */
export class UploadCoordinator implements AsyncDisposable {
  readonly #parts: CoordinatorParts;
  readonly #room: UploadRoom;
  readonly #renditions: RenditionMaker;
  readonly #emitter = new Emitter<{ progress: UploadProgress }>();
  readonly #open = new Map<string, UploadTransaction>();
  /** By hash: when the last submission of it will have ended. */
  readonly #lanes = new Map<string, Promise<void>>();
  readonly #working = new Turnstile('uploads to be finished', AT_ONCE, MOST_OPEN);
  readonly #running = new Set<Promise<void>>();
  #sweep: NodeJS.Timeout | undefined;
  #isClosing = false;

  constructor(parts: CoordinatorParts) {
    this.#parts = parts;
    const { store, geometries, framerate, folder, maxFileBytes, log } = parts;
    this.#room = new UploadRoom(folder, maxFileBytes);
    this.#renditions = new RenditionMaker({ store, geometries, framerate, folder, log });
  }

  on(event: 'progress', listener: (progress: UploadProgress) => void): () => void {
    return this.#emitter.on(event, listener);
  }

  /** Uploads that are not finished, and those that failed. */
  transactions(): Transaction[] {
    return [...this.#open.values()].map((upload) => upload.toJSON());
  }

  /** One of them; undefined when there is none by that id. */
  transaction(hash: string): Transaction | undefined {
    return this.#open.get(hash)?.toJSON();
  }

  /**
   * An empty folder for `bytes` of files on their way in; removed by whoever asked, or by the next start.
   * @throws LoopError STORAGE_FULL, STORAGE_READ_ONLY
   */
  async incomingFolder(bytes: number): Promise<string> {
    await this.#room.checkFree(bytes);
    return await writing('receiving a file', () => mkdtemp(join(this.#parts.folder, 'incoming-')));
  }

  /**
   * Takes whole files over, whose original has the hash of the plan, and finishes them in the background. Of two submissions of
   * one original the second begins when the first has ended. The files stay the caller's.
   * `keepFailed`: whoever sent them is not waiting, so one that fails stays to be seen; another stays only if a retry may help.
   * @throws LoopError TOO_BUSY, STORAGE_FULL, STORAGE_READ_ONLY
   */
  async submit(
    plan: UploadPlan,
    files: SubmittedFiles,
    { keepFailed }: { keepFailed: boolean },
  ): Promise<{ outcome: Promise<UploadResult> }> {
    const before = this.#lanes.get(plan.hash);
    const { promise: ended, resolve: end } = Promise.withResolvers<void>();
    this.#lanes.set(plan.hash, ended);
    try {
      await before;
      await this.#open.get(plan.hash)?.settled;
      const upload = await this.#prepare(plan, async (one) => {
        await one.takePart('original', files.original);
        if (files.clip) await one.takePart('clip', files.clip);
      });
      const outcome = upload.outcome.catch(async (error: LoopError) => {
        if (!keepFailed && !this.#isClosing && !mayDoBetter(error)) await this.#forget(upload);
        throw error;
      });
      outcome.then(
        () => end(),
        () => end(),
      );
      return { outcome };
    } catch (error) {
      end();
      throw error;
    } finally {
      void ended.then(() => {
        if (this.#lanes.get(plan.hash) === ended) this.#lanes.delete(plan.hash);
      });
    }
  }

  /**
   * Begins a part of an upload, or finds it begun. An original that the library has need not come again. `size` null: not known yet.
   * @throws LoopError FILE_TOO_LARGE, FILE_EMPTY, TOO_BUSY, UPLOAD_CONFLICT, STORAGE_FULL, STORAGE_READ_ONLY
   */
  async begin(plan: UploadPlan, part: PartName, size: number | null): Promise<void> {
    if (size !== null) await this.#room.checkPart(part, size);
    await this.#prepare(plan, async (upload) => {
      const had = plan.keepOriginal ? this.#originalOf(plan.hash) : undefined;
      if (had) await upload.takePart('original', had);
      if (part === 'clip' || !had) await upload.beginPart(part, size);
    });
  }

  /** How far a part is; an original that the library has is whole. @throws LoopError UPLOAD_NOT_FOUND */
  part(hash: string, part: PartName): PartState {
    const found = this.#open.get(hash)?.part(part);
    if (found) return found;
    const known = this.#parts.store.byHash(hash);
    if (part === 'clip' || known?.original === undefined) throw notFound(hash);
    return { offset: known.originalBytes, size: known.originalBytes };
  }

  /** Says how long a part is going to be. @throws LoopError UPLOAD_NOT_FOUND, FILE_TOO_LARGE, STORAGE_FULL */
  async declareSize(hash: string, part: PartName, size: number): Promise<void> {
    await this.#room.checkPart(part, size);
    const upload = this.#upload(hash);
    await writing('receiving a file', () => upload.declareSize(part, size));
    this.#finishWhenComplete(upload);
  }

  /** Appends to a part; answers its new length. @throws LoopError UPLOAD_NOT_FOUND, UPLOAD_CONFLICT, FILE_TOO_LARGE, STORAGE_FULL */
  async append(hash: string, part: PartName, offset: number, bytes: AsyncIterable<Uint8Array>): Promise<number> {
    const upload = this.#upload(hash);
    await this.#room.checkPart(part, offset + 1);
    const end = await writing('receiving a file', () => upload.append(part, offset, bytes));
    this.#finishWhenComplete(upload);
    return end;
  }

  /** Settles when an open upload ends, well or not; undefined when there is none by that id. */
  outcome(hash: string): Promise<UploadResult> | undefined {
    return this.#open.get(hash)?.outcome;
  }

  /** Stops an upload and removes what came of it. @throws LoopError UPLOAD_NOT_FOUND */
  async cancel(hash: string): Promise<void> {
    const upload = this.#upload(hash);
    upload.end(
      new LoopError('ABORTED', `The upload of ${upload.plan.filename} was cancelled. Start it again if it is wanted.`),
    );
    await upload.settled;
    await writing('cancelling an upload', () => this.#forget(upload));
  }

  /** Tries a failed upload again with the bytes that are there. @throws LoopError UPLOAD_NOT_FOUND, UPLOAD_CONFLICT */
  async retry(hash: string): Promise<void> {
    const upload = this.#upload(hash);
    if (upload.state === 'failed' && upload.isComplete) await this.#prepare(upload.plan, async () => {});
    else {
      throw new LoopError(
        'UPLOAD_CONFLICT',
        `The upload of ${upload.plan.filename} is ${upload.state} and has nothing to try again with. Send the file again.`,
      );
    }
  }

  /** Resolves when nothing is being finished and no rendition is being made. For tests and the command line. */
  async idle(): Promise<void> {
    while (this.#running.size > 0) await Promise.allSettled(this.#running);
    await this.#renditions.idle();
  }

  /** Brings back what the last run left: uploads that can be gone on with stay, everything else in the folder goes. */
  async load(): Promise<void> {
    const { folder, log } = this.#parts;
    try {
      await writing('clearing uploads', () => this.#clear());
    } catch (error) {
      if (!isLoopError(error, 'STORAGE_READ_ONLY')) throw error;
      log.warn('uploads_read_only', `${folder} cannot be written; nothing can be uploaded. Make it writable.`);
    }
    for (const upload of this.#open.values()) this.#finishWhenComplete(upload);
    this.#renditions.wake();
    this.#sweep = setInterval(() => void this.#removeOld(), SWEEP_EVERY_MS).unref();
  }

  async #clear(): Promise<void> {
    const { folder } = this.#parts;
    await makeFolder(folder);
    for (const name of await readdir(folder)) {
      const path = join(folder, name);
      const upload = await UploadTransaction.read(path, (progress) => this.#tell(progress));
      if (upload?.plan.hash === name && !(await this.#isOld(upload))) this.#open.set(name, upload);
      else await rm(path, { recursive: true, force: true });
    }
  }

  /** Stops what is being done. What is there is gone on with at the next start. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#isClosing = true;
    clearInterval(this.#sweep);
    const reason = new LoopError('ABORTED', 'LOOP is ending; the upload goes on at its next start. Start LOOP again.');
    for (const upload of this.#open.values()) upload.suspend(reason);
    await Promise.allSettled(this.#running);
    await this.#renditions[Symbol.asyncDispose]();
  }

  #tell(progress: UploadProgress): void {
    this.#emitter.emit('progress', progress);
  }

  #upload(hash: string): UploadTransaction {
    const upload = this.#open.get(hash);
    if (upload === undefined) throw notFound(hash);
    return upload;
  }

  #originalOf(hash: string): string | undefined {
    const known = this.#parts.store.byHash(hash);
    return known?.original === undefined ? undefined : this.#parts.store.file(known.slug, 'original').path;
  }

  /** The open upload of a plan, or a new one, with what `work` brings to it. One that cannot be written down at all is none. */
  async #prepare(plan: UploadPlan, work: (upload: UploadTransaction) => Promise<void>): Promise<UploadTransaction> {
    const upload = this.#open.get(plan.hash) ?? this.#enter(plan);
    try {
      await writing('receiving a file', async () => {
        await upload.prepare(plan);
        await work(upload);
      });
    } catch (error) {
      if (!upload.part('original') && !upload.part('clip') && this.#open.get(plan.hash) === upload) {
        this.#open.delete(plan.hash);
        await upload.remove().catch(() => {});
      }
      throw error;
    }
    this.#finishWhenComplete(upload);
    return upload;
  }

  /** @throws LoopError TOO_BUSY */
  #enter(plan: UploadPlan): UploadTransaction {
    if (this.#open.size >= MOST_OPEN) this.#makeRoom();
    const upload = new UploadTransaction(
      join(this.#parts.folder, plan.hash),
      { version: 1, plan, parts: {}, error: null },
      (progress) => this.#tell(progress),
    );
    this.#open.set(plan.hash, upload);
    return upload;
  }

  async #forget(upload: UploadTransaction): Promise<void> {
    const { hash } = upload.plan;
    if (this.#open.get(hash) !== upload) return;
    this.#open.delete(hash);
    await upload.remove();
  }

  #makeRoom(): void {
    const failed = [...this.#open.values()].find((upload) => upload.state === 'failed');
    if (failed === undefined) {
      throw new LoopError(
        'TOO_BUSY',
        `${MOST_OPEN} uploads are open already; no more can be begun. Finish or cancel one first.`,
      );
    }
    void this.#forget(failed).catch(() => {});
  }

  #finishWhenComplete(upload: UploadTransaction): void {
    if (upload.state !== 'receiving' || !upload.isComplete || this.#isClosing) return;
    upload.startWork();
    const running = this.#finish(upload).finally(() => this.#running.delete(running));
    this.#running.add(running);
  }

  async #finish(upload: UploadTransaction): Promise<void> {
    const { hash, filename } = upload.plan;
    try {
      using _place = await this.#working.enter(upload);
      const result = await finishUpload(upload, this.#parts);
      await upload.remove().catch(() => {}); // The next start removes it.
      this.#open.delete(hash);
      upload.succeed(result);
      this.#renditions.wake();
    } catch (thrown) {
      const error = asLoopError(upload.signal.aborted ? upload.signal.reason : thrown, filename);
      if (this.#isClosing) return;
      this.#parts.log.warn('upload_failed', `${filename} was not added: ${error.message}`, {
        hash,
        code: error.code,
      });
      await upload.fail(error, { keepsBytes: mayDoBetter(error) });
    }
  }

  async #isOld(upload: UploadTransaction): Promise<boolean> {
    return Date.now() - (await upload.lastTouched()) > KEEP_MS;
  }

  async #removeOld(): Promise<void> {
    for (const [hash, upload] of this.#open) {
      if (upload.state !== 'working' && (await this.#isOld(upload))) await this.cancel(hash).catch(() => {});
    }
  }
}

/**
 * Opens the uploads of a data folder: goes on with what can be gone on with, clears the rest away. `geometries`: one for each
 * display, the first display's first.
 */
export async function openUploads(options: {
  store: Store;
  /** LOOP_DATA. */
  folder: string;
  options: Options;
  geometries: readonly Geometry[];
  log: Log;
  signal: AbortSignal;
}): Promise<UploadCoordinator> {
  const [first, ...others] = options.geometries;
  if (first === undefined)
    throw new LoopError('OPTIONS_INVALID', 'No display is configured; clips are made for one. Add one to displays.');
  options.signal.throwIfAborted();
  const uploads = new UploadCoordinator({
    store: options.store,
    geometries: [first, ...others],
    framerate: options.options.display.framerate,
    maxFileBytes: options.options.media.max_file_size_mb * BYTES_PER_MB,
    folder: join(options.folder, 'uploads'),
    log: options.log,
  });
  await uploads.load();
  return uploads;
}
