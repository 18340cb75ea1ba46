import { createHash } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { promisify } from 'node:util';
import { gzip as gzipCallback } from 'node:zlib';
import { isFresh } from './range.ts';
import { accepts } from './send.ts';

const gzip = promisify(gzipCallback);

/** What a cache did since start; shown in /api/stats. */
export interface CacheFigures {
  /** Times the answer was made. */
  made: number;
  /** Times an answer that was there (or being made for somebody else) was given out. */
  shared: number;
  /** Times it was thrown away because something changed. */
  invalidated: number;
}

/**
 * One JSON answer, made and compressed once for everybody until something changes.
 * Requests that come while it is being made wait for the same making. One that comes after `invalidate` never sees the old answer.
 */
export class AnswerCache {
  readonly figures: CacheFigures = { made: 0, shared: 0, invalidated: 0 };
  readonly #make: () => unknown;
  readonly #keepMs: number;
  #answer: Promise<Answer> | undefined;
  /** The answer whose successor is being made, or was. */
  #renewed: Promise<Answer> | undefined;
  #madeAt = 0;

  /**
   * `keepMs`: how old figures without a change event of their own (plays, positions, load) may get before they are renewed.
   * For as long again the old ones are given out meanwhile, so that under load nobody waits for the renewal.
   */
  constructor(options: { readonly make: () => unknown; readonly keepMs: number }) {
    this.#make = options.make;
    this.#keepMs = options.keepMs;
  }

  invalidate(): void {
    if (this.#answer) this.figures.invalidated++;
    this.#answer = undefined;
  }

  /** The answer as it is: the JSON text, and its bytes. */
  get(): Promise<Answer> {
    const ageMs = performance.now() - this.#madeAt;
    if (this.#answer && ageMs <= 2 * this.#keepMs) {
      this.figures.shared++;
      if (ageMs > this.#keepMs && this.#renewed !== this.#answer) void this.#renew(this.#answer);
      return this.#answer;
    }
    return this.#keep(this.#makeOne());
  }

  /** Whether nothing changed since this answer was made. */
  async isCurrent(answer: Answer): Promise<boolean> {
    return this.#answer !== undefined && (await this.#answer) === answer;
  }

  async send(req: IncomingMessage, res: ServerResponse): Promise<void> {
    const answer = await this.get();
    res.setHeader('ETag', answer.etag);
    res.appendHeader('Vary', 'Accept-Encoding');
    res.setHeader('Cache-Control', 'private, no-cache');
    if (isFresh(req.headers['if-none-match'], answer.etag)) {
      res.writeHead(304).end();
      return;
    }
    const isZipped = accepts(req, 'gzip');
    const body = isZipped ? await answer.zipped() : answer.plain;
    if (isZipped) res.setHeader('Content-Encoding', 'gzip');
    res.writeHead(200, { 'Content-Type': 'application/json', 'Content-Length': body.length });
    res.end(req.method === 'HEAD' ? undefined : body);
  }

  /** Makes the next answer ready in every form the one before was asked for, and then puts it in its place. A fault shows when the old one is over. */
  async #renew(before: Promise<Answer>): Promise<void> {
    this.#renewed = before;
    try {
      const answer = await this.#makeOne();
      if ((await before).isZipped) await answer.zipped();
      if (this.#answer === before) void this.#keep(Promise.resolve(answer));
    } catch {
      // `get` makes it again, and throws, once the old answer's time is over.
    }
  }

  #keep(answer: Promise<Answer>): Promise<Answer> {
    this.#answer = answer;
    this.#madeAt = performance.now();
    answer.catch(() => {
      if (this.#answer === answer) this.#answer = undefined;
    });
    return answer;
  }

  async #makeOne(): Promise<Answer> {
    this.figures.made++;
    return new Answer(JSON.stringify(await this.#make()));
  }
}

/** A made answer; bytes and compressed bytes are made when first asked for, and kept. */
export class Answer {
  readonly text: string;
  #plain: Buffer | undefined;
  #zipped: Promise<Buffer> | undefined;
  #etag: string | undefined;

  constructor(text: string) {
    this.text = text;
  }

  get plain(): Buffer {
    this.#plain ??= Buffer.from(this.text);
    return this.#plain;
  }

  /** Weak, because the plain and the compressed answer share it. */
  get etag(): string {
    this.#etag ??= `W/"${createHash('sha1').update(this.plain).digest('base64url')}"`;
    return this.#etag;
  }

  /** Whether somebody asked for the compressed form. */
  get isZipped(): boolean {
    return this.#zipped !== undefined;
  }

  /** Made in zlib's own thread. */
  zipped(): Promise<Buffer> {
    this.#zipped ??= gzip(this.plain);
    return this.#zipped;
  }
}
