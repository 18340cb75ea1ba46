// The page's side of converter-browser.ts: the converter on a page of its own, its results sent back over HTTP.
import {
  type ConversionPlan,
  type ConvertSettings,
  convert,
  planConversion,
} from '../../dashboard/convert/converter.ts';
import type { ClipSummary } from '../../format/clip-writer.ts';

/** What a conversion came to, less the clip, which was put to the server. */
export interface PageResult {
  readonly name: string;
  readonly hash: string;
  readonly summary: ClipSummary;
  readonly progress: readonly { stage: string; fraction: number }[];
  readonly previews: number;
  /** From the call to the last byte of the clip. */
  readonly milliseconds: number;
}

/** What a slow reader saw. */
export interface Dawdled {
  /** How far the conversion went with nobody reading, and the bytes of the clip that waited then. */
  readonly fraction: number;
  readonly waiting: number;
  /** Of the clip, as read and as told. */
  readonly bytes: number;
  readonly made: number;
}

/** What the tests call on the page. */
export interface ConverterPage {
  plan(name: string): Promise<ConversionPlan>;
  convert(name: string, settings: ConvertSettings): Promise<PageResult>;
  /** Aborts after the first bytes of the clip; says how each of the three ends came out. */
  abort(name: string, settings: ConvertSettings): Promise<readonly string[]>;
  /** Reads one piece and leaves. */
  leave(name: string, settings: ConvertSettings): Promise<string>;
  /** Reads nothing until the conversion stands still, then all of the clip. */
  dawdle(name: string, settings: ConvertSettings): Promise<Dawdled>;
}

async function fetchFile(name: string): Promise<File> {
  const response = await fetch(`media/${encodeURIComponent(name)}`);
  return new File([await response.blob()], name);
}

const code = (error: unknown): string => String(error instanceof Error && 'code' in error ? error.code : error);
const quiet = { onProgress: () => undefined };

const converterPage: ConverterPage = {
  plan: async (name) => planConversion(await fetchFile(name)),

  async convert(name, settings) {
    const file = await fetchFile(name);
    const progress: { stage: string; fraction: number }[] = [];
    let previews = 0;
    const began = performance.now();
    const { clip, hash, done } = convert(file, settings, {
      onProgress: (step) => progress.push(step),
      onPreview: () => previews++,
      signal: new AbortController().signal,
    });
    const pieces: Uint8Array<ArrayBuffer>[] = [];
    for await (const bytes of clip) pieces.push(new Uint8Array(bytes));
    const milliseconds = performance.now() - began;
    const summary = await done;
    await fetch(`out/${encodeURIComponent(name)}`, { method: 'PUT', body: new Blob(pieces) });
    return { name, hash: await hash, summary, progress, previews, milliseconds };
  },

  async abort(name, settings) {
    const ending = new AbortController();
    const { clip, hash, done } = convert(await fetchFile(name), settings, { ...quiet, signal: ending.signal });
    const reason = Object.assign(new Error('enough'), { code: 'ABORTED' });
    const read = (async () => {
      for await (const _ of clip) ending.abort(reason);
      return 'read';
    })();
    return Promise.all([read, hash, done].map((end) => end.then(() => 'done', code)));
  },

  async leave(name, settings) {
    const { clip, done } = convert(await fetchFile(name), settings, { ...quiet, signal: new AbortController().signal });
    for await (const _ of clip) break;
    return done.then(() => 'done', code);
  },

  async dawdle(name, settings) {
    let fraction = 0;
    let waiting = 0;
    const { clip, done } = convert(await fetchFile(name), settings, {
      onProgress: (step) => {
        if (step.stage === 'converting') fraction = step.fraction;
      },
      signal: new AbortController().signal,
    });
    for (let before = -1; before !== fraction || fraction === 0; ) {
      before = fraction;
      await new Promise((resolve) => setTimeout(resolve, 1000));
    }
    const reached = fraction;
    // What can be read without the page doing anything else was there before.
    let isWaiting = true;
    setTimeout(() => {
      isWaiting = false;
    });
    let bytes = 0;
    for await (const piece of clip) {
      bytes += piece.length;
      if (isWaiting) waiting = bytes;
    }
    return { fraction: reached, waiting, bytes, made: (await done).bytes };
  },
};

Object.assign(globalThis, { converterPage });
