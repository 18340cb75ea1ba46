import { createHash } from 'node:crypto';
import { createWriteStream } from 'node:fs';
import type { IncomingMessage } from 'node:http';
import { join } from 'node:path';
import { type Readable, Transform, type Writable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { Busboy, type BusboyHeaders, type BusboyInstance } from '@fastify/busboy';
import { writing } from '../../engine/store/storage-error.ts';
import { isLoopError, LoopError } from '../../format/errors.ts';
import { cleanFilename } from './upload-fields.ts';

/** Bytes of a text field; a title of 300 characters in any script has less. */
const MAX_FIELD = 16_384;
const MAX_FIELDS = 32;

/** A file that came, whole, in the folder it was to go to. */
export interface ReceivedFile {
  readonly path: string;
  /** What the sender calls it, without a folder. */
  readonly filename: string;
  readonly bytes: number;
  /** SHA-256, 64 hex digits. */
  readonly hash: string;
}

/** What a multipart request brought. */
export interface ReceivedForm {
  readonly files: ReadonlyMap<string, ReceivedFile>;
  readonly fields: Readonly<Record<string, string>>;
}

/** A file field that is taken, and its greatest size. */
export interface FileRule {
  readonly name: string;
  readonly mostBytes: number;
}

/**
 * Receives a multipart form: files go to disk as they come, hashed on the way, and nothing is read faster than it is written.
 * Ends at the first thing that cannot be taken.
 * @throws LoopError FILE_MISSING, FILE_EMPTY, FILE_TOO_LARGE, TOO_MANY_FILES, INVALID_REQUEST, STORAGE_FULL, STORAGE_READ_ONLY, ABORTED
 */
export async function receiveForm(
  req: IncomingMessage,
  folder: string,
  rules: readonly FileRule[],
): Promise<ReceivedForm> {
  const parser = open(req);
  const fields = new Map<string, string>();
  const files = new Map<string, ReceivedFile>();
  const arriving: Promise<void>[] = [];
  const names = new Set<string>();
  const stop = new AbortController();
  const refuse = (error: unknown) => stop.abort(error);
  parser.on('field', (name, value, _nameCut, isCut) => {
    if (isCut) refuse(invalid(`its field ${name.slice(0, 40)} is longer than ${MAX_FIELD} bytes`));
    else fields.set(name, name === 'tags' && fields.has(name) ? `${fields.get(name)},${value}` : value);
  });
  parser.on('file', (name, stream, filename) => {
    const rule = rules.find((one) => one.name === name);
    if (rule === undefined) return refuse(missing(`the file came in the field "${name.slice(0, 40)}"`, rules));
    if (names.has(name)) return refuse(tooMany(name));
    names.add(name);
    const file = receiveFile(
      stream,
      join(folder, name),
      { ...rule, filename: cleanFilename(filename ?? '') },
      stop.signal,
    );
    arriving.push(file.then((received) => void files.set(name, received)).catch(refuse));
  });
  for (const limit of ['partsLimit', 'filesLimit', 'fieldsLimit'] as const)
    parser.on(limit, () => refuse(invalid('it has too many parts')));
  try {
    await feed(req, parser, stop);
  } finally {
    await Promise.all(arriving);
  }
  stop.signal.throwIfAborted();
  if (files.size === 0) throw missing('it has no file', rules);
  return { files, fields: Object.fromEntries(fields) };
}

function open(req: IncomingMessage): BusboyInstance {
  try {
    // Without a content type the parser refuses, as it does for one that is no form.
    return new Busboy({
      headers: req.headers as BusboyHeaders,
      limits: {
        fieldSize: MAX_FIELD,
        fieldNameSize: 100,
        fields: MAX_FIELDS,
        files: 20,
        parts: MAX_FIELDS + 20,
        headerPairs: 20,
      },
    });
  } catch (error) {
    throw new LoopError(
      'FILE_MISSING',
      `The request is no multipart form (${(error as Error).message}); a file comes as one. Send it in a field called "original".`,
      { cause: error },
    );
  }
}

/**
 * Lets the request run into the parser until the form ends or is refused. A refused request is read to its end and thrown away:
 * a caller who is still sending would lose the answer if the connection were closed.
 */
async function feed(req: IncomingMessage, parser: Writable, stop: AbortController): Promise<void> {
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  const refuse = (error: unknown) => stop.abort(asFormError(error));
  stop.signal.addEventListener('abort', () => reject(stop.signal.reason), { once: true });
  parser.once('finish', resolve).once('error', refuse);
  req.once('error', refuse).once('close', () => {
    if (!req.complete) refuse(cutOff());
  });
  req.pipe(parser);
  try {
    await promise;
  } finally {
    req.unpipe(parser);
    req.resume();
    parser.on('error', () => {}).destroy();
  }
}

async function receiveFile(
  stream: Readable,
  path: string,
  rule: FileRule & { filename: string },
  signal: AbortSignal,
): Promise<ReceivedFile> {
  const hash = createHash('sha256');
  let bytes = 0;
  const measure = new Transform({
    transform(chunk: Uint8Array, _encoding, done) {
      bytes += chunk.length;
      hash.update(chunk);
      done(bytes > rule.mostBytes ? tooLarge(rule) : null, chunk);
    },
  });
  await writing('receiving a file', () => pipeline(stream, measure, createWriteStream(path), { signal }));
  if (bytes === 0)
    throw new LoopError(
      'FILE_EMPTY',
      `The file ${rule.filename} has 0 bytes; media has at least one. Choose another one.`,
    );
  return { path, filename: rule.filename, bytes, hash: hash.digest('hex') };
}

function asFormError(error: unknown): LoopError {
  if (isLoopError(error)) return error;
  const { code, message } = error as NodeJS.ErrnoException;
  return code === 'ECONNRESET' ? cutOff() : invalid(`it cannot be read: ${message}`);
}

function cutOff(): LoopError {
  return new LoopError(
    'ABORTED',
    'The request ended before the form did; a form ends with its last boundary. Send it again.',
  );
}

function invalid(what: string): LoopError {
  return new LoopError(
    'INVALID_REQUEST',
    `The form cannot be taken: ${what}. Send multipart/form-data as browsers and curl -F do.`,
  );
}

function missing(what: string, rules: readonly FileRule[]): LoopError {
  return new LoopError(
    'FILE_MISSING',
    `The form brought nothing to add: ${what}. A file comes in one of the fields ${rules.map(({ name }) => name).join(', ')}. Send it in a field called "original".`,
  );
}

function tooMany(name: string): LoopError {
  return new LoopError(
    'TOO_MANY_FILES',
    `The form has more than one file in the field ${name}; a request adds one clip. Send one original in a request.`,
  );
}

function tooLarge({ name, mostBytes }: FileRule): LoopError {
  return new LoopError(
    'FILE_TOO_LARGE',
    `The file in the field ${name} has more than ${mostBytes} bytes, which is the most that is taken. Use the page, which converts larger files in the browser, or raise media.max_file_size_mb.`,
  );
}
