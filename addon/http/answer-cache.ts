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
  #madeAt = 0;

  /** `keepMs`: how old figures without a change event of their own (plays, positions, load) may get. */
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
    if (this.#answer && performance.now() - this.#madeAt <= this.#keepMs) {
      this.figures.shared++;
      return this.#answer;
    }
    this.figures.made++;
    this.#madeAt = performance.now();
    const answer = this.#makeOne();
    answer.catch(() => {
      if (this.#answer === answer) this.#answer = undefined;
    });
    this.#answer = answer;
    return answer;
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

  async #makeOne(): Promise<Answer> {
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

  /** Made in zlib's own thread. */
  zipped(): Promise<Buffer> {
    this.#zipped ??= gzip(this.plain);
    return this.#zipped;
  }
}
