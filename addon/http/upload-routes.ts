import { rm } from 'node:fs/promises';
import { type Request, type Response, Router } from 'express';
import type { Options } from '../../contract/config.ts';
import type { Log } from '../../engine/log.ts';
import { checkTitle } from '../../engine/store/clip-words.ts';
import type { Store } from '../../engine/store/store.ts';
import { unpackBundle } from '../../engine/upload/bundle.ts';
import {
  BYTES_PER_MB,
  type SubmittedFiles,
  type UploadCoordinator,
  type UploadPlan,
  type UploadResult,
  type UploadSettings,
} from '../../engine/upload/upload-coordinator.ts';
import { LoopError } from '../../format/errors.ts';
import { type ReceivedForm, receiveForm } from './multipart.ts';
import { methodNotAllowed } from './send.ts';
import { cleanFilename, uploadSettings } from './upload-fields.ts';
import { parseUploadId, tusHandler } from './upload-tus.ts';

/** Bytes of a clip or a bundle in a form. */
const MAX_MADE_BYTES = 1024 ** 3;
/** Seconds a request may wait for an upload to end. */
const MAX_WAIT = 30;

/**
 * The two ways in, to be mounted at `/api` before anything that reads bodies: `POST /media` as a form, `/uploads` by tus, and what
 * is asked about uploads.
 */
export function uploadRouter(parts: { store: Store; uploads: UploadCoordinator; options: Options; log: Log }): Router {
  const { store, uploads } = parts;
  const router = Router({ caseSensitive: true, strict: false });
  const tus = tusHandler(parts);
  router.post('/media', (req, res) => addMedia(req, res, parts));
  router.get('/uploads', (_req, res) => {
    res.set('Cache-Control', 'no-store').json({ uploads: uploads.transactions() });
  });
  // Before GET, which Express lets answer HEAD too.
  for (const method of ['head', 'patch', 'options'] as const) router[method]('/uploads/:id', tus);
  router.get('/uploads/:id', (req, res) => showUpload(req, res, store, uploads));
  router.post('/uploads/:id/retry', async (req, res) => {
    const { hash } = parseUploadId(req.params.id);
    await uploads.retry(hash);
    res.status(202).json({ transaction: hash });
  });
  router.delete('/uploads/:id', async (req, res) => {
    await uploads.cancel(parseUploadId(req.params.id).hash);
    res.set('Tus-Resumable', '1.0.0').status(204).end();
  });
  router.post('/uploads', tus);
  router.options('/uploads', tus);
  router.all('/uploads', (req) => {
    throw methodNotAllowed(req.method, '/api/uploads', ['GET', 'HEAD', 'POST', 'OPTIONS']);
  });
  router.all('/uploads/:id', (req) => {
    throw methodNotAllowed(req.method, '/api/uploads/{id}', ['GET', 'HEAD', 'PATCH', 'DELETE', 'OPTIONS']);
  });
  return router;
}

async function addMedia(
  req: Request,
  res: Response,
  { uploads, options }: { uploads: UploadCoordinator; options: Options },
): Promise<void> {
  const isAsync = /\brespond-async\b/.test(req.get('prefer') ?? '');
  const { hash, outcome } = await receiveMedia(req, uploads, options, { keepFailed: isAsync });
  if (isAsync) {
    res.status(202).set('Preference-Applied', 'respond-async').json({ transaction: hash });
    return;
  }
  const { clip, isNew } = await outcome;
  res.status(isNew ? 201 : 200).json({ media: clip });
}

/** Receives a form and hands its files over; what is left of them is gone when this resolves. */
async function receiveMedia(
  req: Request,
  uploads: UploadCoordinator,
  options: Options,
  choice: { keepFailed: boolean },
): Promise<{ hash: string; outcome: Promise<UploadResult> }> {
  const most = options.media.max_file_size_mb * BYTES_PER_MB;
  const bytes = Number(req.get('content-length') ?? 0);
  if (bytes > most + 2 * MAX_MADE_BYTES) throw tooLarge(bytes, most);
  const folder = await uploads.incomingFolder(bytes);
  try {
    const form = await receiveForm(req, folder, [
      { name: 'original', mostBytes: most },
      { name: 'clip', mostBytes: MAX_MADE_BYTES },
      { name: 'bundle', mostBytes: MAX_MADE_BYTES },
    ]);
    const { plan, files } = await contentOf(form, folder, most);
    const { outcome } = await uploads.submit(plan, files, choice);
    outcome.catch(() => {}); // whoever sent an asynchronous one is not waiting
    return { hash: plan.hash, outcome };
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

function tooLarge(bytes: number, most: number): LoopError {
  return new LoopError(
    'FILE_TOO_LARGE',
    `The form has ${bytes} bytes; an original has at most ${most}. Use the page, which converts larger files in the browser, or raise media.max_file_size_mb.`,
  );
}

/** An upload whose files are all there. */
interface Submission {
  readonly plan: UploadPlan;
  readonly files: SubmittedFiles;
}

/** What a form means: an original, an original with its clip, or a bundle of both. */
async function contentOf({ files, fields }: ReceivedForm, folder: string, mostBytes: number): Promise<Submission> {
  const settings = uploadSettings(fields);
  const bundle = files.get('bundle');
  if (bundle && files.size > 1) {
    throw new LoopError(
      'TOO_MANY_FILES',
      'The form has a bundle and other files; a bundle brings its own original. Send it alone.',
    );
  }
  if (bundle) return bundleContent(bundle.path, folder, mostBytes, settings);
  const original = files.get('original');
  if (original === undefined) {
    throw new LoopError(
      'FILE_MISSING',
      'The form has a clip without its original; a clip is kept by the original it was made from. Send both, or the original alone.',
    );
  }
  const { hash, filename, bytes } = original;
  const clip = files.get('clip')?.path;
  const convert = clip === undefined ? 'server' : 'browser';
  return {
    plan: { hash, filename, originalBytes: bytes, convert, keepOriginal: true, settings },
    files: { original: original.path, clip },
  };
}

async function bundleContent(
  path: string,
  folder: string,
  maxOriginalBytes: number,
  settings: UploadSettings,
): Promise<Submission> {
  // What came whole is finished, whether or not its sender still waits.
  const { signal } = new AbortController();
  const { hash, filename, originalBytes, title, original, clip } = await unpackBundle(path, folder, {
    maxOriginalBytes,
    signal,
  });
  const named = settings.title === undefined && title ? { title: checkTitle(title) } : {};
  return {
    plan: {
      hash,
      filename: cleanFilename(filename),
      originalBytes,
      convert: 'browser',
      keepOriginal: true,
      settings: { ...settings, ...named },
    },
    files: { original, clip },
  };
}

/** An upload while it is open, or the clip it became. `?wait=<seconds>` answers when it ends, at the latest after that time. */
async function showUpload(
  req: Request<{ id: string }>,
  res: Response,
  store: Store,
  uploads: UploadCoordinator,
): Promise<void> {
  const { hash } = parseUploadId(req.params.id);
  const wait = Number(new URL(req.url, 'http://loop').searchParams.get('wait') ?? 0);
  await waitFor(uploads.outcome(hash), Math.min(MAX_WAIT, wait || 0), res);
  const transaction = uploads.transaction(hash);
  const record = store.byHash(hash);
  res.set('Cache-Control', 'no-store');
  if (transaction) res.json({ transaction });
  else if (record) res.json({ media: store.clip(record.slug) });
  else
    throw new LoopError(
      'UPLOAD_NOT_FOUND',
      `There is no upload ${hash.slice(0, 12)}…; it was cancelled, or nobody went on with it for 24 hours. Begin it again.`,
    );
}

async function waitFor(outcome: Promise<unknown> | undefined, seconds: number, res: Response): Promise<void> {
  if (outcome === undefined || !(seconds > 0)) return;
  const { promise, resolve } = Promise.withResolvers<void>();
  const timer = setTimeout(resolve, seconds * 1000);
  res.once('close', resolve);
  outcome.then(
    () => resolve(),
    () => resolve(),
  );
  await promise;
  clearTimeout(timer);
}
