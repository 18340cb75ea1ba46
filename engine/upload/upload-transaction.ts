import { copyFile, link, open, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { Clip, Transaction } from '../../contract/domain.ts';
import type { UploadProgress } from '../../contract/messages.ts';
import { LoopError } from '../../format/errors.ts';
import { makeFolder } from '../store/durable.ts';
import { Progress, type Stage } from './progress.ts';
import { readRecord, type TransactionRecord, type UploadPlan, writeRecord } from './transaction-record.ts';

export type PartName = 'original' | 'clip';
const PARTS: readonly PartName[] = ['original', 'clip'];

/** How an upload ended well. */
export interface UploadResult {
  readonly clip: Clip;
  /** False: the same original was there already. */
  readonly isNew: boolean;
}

/** A part: the bytes that are safe on the disk, and how many there will be; null while that is not known. */
export interface PartState {
  readonly offset: number;
  readonly size: number | null;
}

/**
 * One upload on its way in: a folder `uploads/<hash>/` with its parts and a record of what they are for. While it is `receiving`
 * its parts grow; while it is `working` they are read. A kill leaves parts and record, and both can be gone on with.
 */
export class UploadTransaction {
  readonly folder: string;
  readonly #onProgress: (progress: UploadProgress) => void;
  #record: TransactionRecord;
  #state: 'receiving' | 'working' | 'failed' | 'ended' = 'receiving';
  #progress = new Progress();
  #endedBy: TransactionRecord['error'] = null;
  #controller = new AbortController();
  #outcome = outcome();
  readonly #offsets: Record<PartName, number> = { original: 0, clip: 0 };
  /** Rises when a part's file is replaced: what is still being appended to the old one must not count. */
  readonly #generations: Record<PartName, number> = { original: 0, clip: 0 };
  /** Changes of folder and record happen one after the other. */
  #tail: Promise<unknown> = Promise.resolve();

  constructor(folder: string, record: TransactionRecord, onProgress: (progress: UploadProgress) => void) {
    this.folder = folder;
    this.#record = record;
    this.#onProgress = onProgress;
    if (record.error) this.#state = 'failed';
  }

  get plan(): UploadPlan {
    return this.#record.plan;
  }

  get state(): 'receiving' | 'working' | 'failed' | 'ended' {
    return this.#state;
  }

  /** Aborted when this try is cancelled or LOOP ends. */
  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  /** Settles when this try ends: with the clip, or with why there is none. */
  get outcome(): Promise<UploadResult> {
    return this.#outcome.promise;
  }

  /** Resolves when nothing is being done with the parts. */
  get settled(): Promise<unknown> {
    return this.#state === 'working' ? this.outcome.catch(() => {}) : Promise.resolve();
  }

  path(part: PartName): string {
    return join(this.folder, part);
  }

  /** Undefined for a part that was not begun. */
  part(name: PartName): PartState | undefined {
    const size = this.#record.parts[name];
    return size === undefined ? undefined : { offset: this.#offsets[name], size };
  }

  /** Whether every part the plan names is there, whole. */
  get isComplete(): boolean {
    return this.#wanted().every((name) => this.part(name)?.size === this.#offsets[name]);
  }

  /** Takes the newest plan, and makes a failed upload ready for another try with the bytes it has. */
  prepare(plan: UploadPlan): Promise<void> {
    return this.#alone(async () => {
      if (this.#state === 'failed') {
        this.#state = 'receiving';
        this.#progress = new Progress();
        this.#controller = new AbortController();
        this.#outcome = outcome();
      }
      this.#mustReceive();
      await makeFolder(this.folder);
      await this.#save({ plan, error: null });
    });
  }

  /** Begins a part. An original that was begun stays as it is; a clip begins anew, for one made again has other bytes. */
  beginPart(name: PartName, size: number | null): Promise<void> {
    return this.#alone(async () => {
      if (name === 'original' && this.part(name)?.size === size) return;
      await this.#replace(name, async (path) => (await open(path, 'wx', 0o644)).close());
      await this.#save({ parts: { ...this.#record.parts, [name]: size } });
    });
  }

  /** Takes a whole file as a part. The file stays where it is and must not change any more. */
  takePart(name: PartName, file: string): Promise<void> {
    return this.#alone(async () => {
      await this.#replace(name, (path) => link(file, path).catch(() => copyFile(file, path)));
      this.#offsets[name] = (await stat(this.path(name))).size;
      await this.#save({ parts: { ...this.#record.parts, [name]: this.#offsets[name] } });
      this.#tellReceived();
    });
  }

  /** Says how long a part is going to be, which its beginning left open. */
  declareSize(name: PartName, size: number): Promise<void> {
    return this.#alone(async () => {
      await this.#save({ parts: { ...this.#record.parts, [name]: size } });
      this.#tellReceived();
    });
  }

  /**
   * Appends to a part and syncs it; answers its new length. What came before an error of the source is kept.
   * @throws LoopError UPLOAD_CONFLICT unless `offset` is where the part ends
   */
  async append(name: PartName, offset: number, bytes: AsyncIterable<Uint8Array>): Promise<number> {
    this.#mustReceive();
    const next = this.part(name)?.offset;
    if (next !== offset) throw this.#conflict(`byte ${offset} of its ${name} was sent, and byte ${next ?? 0} is next`);
    const generation = this.#generations[name];
    const file = await open(this.path(name), 'r+');
    try {
      for await (const chunk of bytes) {
        for (let at = 0; at < chunk.length; ) {
          const { bytesWritten } = await file.write(chunk, at, chunk.length - at, this.#offsets[name]);
          this.signal.throwIfAborted();
          if (generation !== this.#generations[name]) throw this.#conflict(`its ${name} was begun anew`);
          at += bytesWritten;
          this.#offsets[name] += bytesWritten;
        }
        this.#tellReceived();
      }
    } finally {
      await file.datasync();
      await file.close();
    }
    return this.#offsets[name];
  }

  /** Everything is there: from here on the parts are read, and nobody may change them. */
  startWork(): void {
    this.#state = 'working';
  }

  advance(stage: Stage, fraction: number): void {
    if (this.#progress.advance(stage, fraction)) this.#tell();
  }

  succeed(result: UploadResult): void {
    this.#state = 'ended';
    this.advance('finalizing', 1);
    this.#outcome.resolve(result);
  }

  /** Ends this try; why stays to be seen. `keepsBytes`: the same bytes may do better another time. */
  async fail(error: LoopError, { keepsBytes }: { keepsBytes: boolean }): Promise<void> {
    this.#state = 'failed';
    const { code, message } = error;
    this.#record = { ...this.#record, error: { code, message } };
    await this.#alone(async () => {
      for (const name of keepsBytes ? [] : PARTS) await this.#drop(name);
      await this.#save({});
    }).catch(() => {}); // A disk that cannot be written is most likely why it failed.
    this.#tell();
    this.#outcome.reject(error);
  }

  /** Cancels: what is being done stops, what is being received is over. The files stay. */
  end(reason: LoopError): void {
    this.#controller.abort(reason);
    if (this.#state !== 'receiving') return;
    this.#state = 'ended';
    this.#endedBy = { code: reason.code, message: reason.message };
    this.#tell();
    this.#outcome.reject(reason);
  }

  /** Ends this run of LOOP, without a word to anybody: the next one goes on with it. */
  suspend(reason: LoopError): void {
    this.#controller.abort(reason);
    this.#state = 'ended';
    this.#outcome.reject(reason);
  }

  async remove(): Promise<void> {
    await this.#alone(() => rm(this.folder, { recursive: true, force: true }));
  }

  /** When something last came, in milliseconds since 1970. */
  async lastTouched(): Promise<number> {
    const times = [this.folder, ...PARTS.map((name) => this.path(name))].map(
      async (path) => (await stat(path)).mtimeMs,
    );
    return Math.max(0, ...(await Promise.all(times.map((time) => time.catch(() => 0)))));
  }

  toJSON(): Transaction {
    const parts = PARTS.flatMap((name) => {
      const part = this.part(name);
      return part ? [{ part: name, ...part }] : [];
    });
    return { ...this.#event(), parts };
  }

  /** Reads a transaction back from its folder, failed or ready to go on; undefined where there is none. */
  static async read(
    folder: string,
    onProgress: (progress: UploadProgress) => void,
  ): Promise<UploadTransaction | undefined> {
    const record = await readRecord(folder);
    if (record === undefined) return undefined;
    const transaction = new UploadTransaction(folder, record, onProgress);
    for (const name of PARTS) {
      const found = await stat(transaction.path(name)).catch(() => undefined);
      if (found) transaction.#offsets[name] = found.size;
      else delete record.parts[name];
    }
    return transaction;
  }

  #wanted(): PartName[] {
    const { convert, keepOriginal } = this.plan;
    return PARTS.filter((name) => (name === 'original' ? keepOriginal : convert === 'browser'));
  }

  async #replace(name: PartName, make: (path: string) => Promise<void>): Promise<void> {
    this.#mustReceive();
    await this.#drop(name);
    await make(this.path(name));
  }

  async #drop(name: PartName): Promise<void> {
    this.#generations[name]++;
    this.#offsets[name] = 0;
    await rm(this.path(name), { force: true });
    const { [name]: _gone, ...parts } = this.#record.parts;
    this.#record = { ...this.#record, parts };
  }

  async #save(change: Partial<TransactionRecord>): Promise<void> {
    this.#record = { ...this.#record, ...change };
    await writeRecord(this.folder, this.#record);
  }

  #alone<Result>(work: () => Promise<Result>): Promise<Result> {
    const done = this.#tail.then(work);
    this.#tail = done.catch(() => {});
    return done;
  }

  #event(): UploadProgress {
    const { hash, filename } = this.plan;
    const { stage, percent } = this.#progress;
    return { transaction: hash, filename, stage, progress: percent, error: this.#endedBy ?? this.#record.error };
  }

  #tell(): void {
    this.#onProgress(this.#event());
  }

  /** Parts whose size is not known yet do not count. */
  #tellReceived(): void {
    const parts = this.#wanted().map((name) => this.part(name));
    const total = parts.reduce((sum, part) => sum + (part?.size ?? 0), 0);
    const received = parts.reduce((sum, part) => sum + (part?.size ? part.offset : 0), 0);
    if (total > 0) this.advance(this.plan.convert === 'server' ? 'resizing' : 'uploading', received / total);
  }

  #mustReceive(): void {
    if (this.#state !== 'receiving')
      throw this.#conflict(`it is ${this.#state === 'working' ? 'being finished' : 'over'}`);
  }

  #conflict(what: string): LoopError {
    return new LoopError(
      'UPLOAD_CONFLICT',
      `The upload of ${this.plan.filename} cannot take that: ${what}. Ask for the offset with HEAD and go on from there.`,
    );
  }
}

function outcome(): PromiseWithResolvers<UploadResult> {
  const result = Promise.withResolvers<UploadResult>();
  // Nobody need be waiting.
  result.promise.catch(() => {});
  return result;
}
