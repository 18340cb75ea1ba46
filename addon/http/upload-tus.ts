import type { IncomingMessage, ServerResponse } from 'node:http';
import { DataStore, ERRORS, Server, Upload } from '@tus/server';
import * as z from 'zod/mini';
import type { PartName, UploadCoordinator, UploadPlan } from '../../engine/upload/upload-coordinator.ts';
import { isLoopError, LoopError, type LoopErrorCode } from '../../format/errors.ts';
import { cleanFilename, uploadSettings } from './upload-fields.ts';
import { PartLocker } from './upload-locker.ts';

/** Bytes of one PATCH: Home Assistant's ingress passes 16 MB, and a lost connection costs at most this. */
const MAX_PATCH_BYTES = 8 * 1024 * 1024;
/** Milliseconds a request that another one wants to follow may go on for. */
const DRAIN_MS = 1000;

const metadata = z.object({
  hash: z.string().check(z.regex(/^[0-9a-f]{64}$/, { error: 'the SHA-256 of the original as 64 hex digits' })),
  part: z._default(z.enum(['original', 'clip']), 'original'),
  filename: z.string().check(z.minLength(1), z.maxLength(1000)),
  convert: z._default(z.enum(['server', 'browser']), 'server'),
  /** Missing: the length of the upload, where that is the original. */
  original_size: z.optional(z.coerce.number().check(z.int(), z.gte(1))),
  keep_original: z._default(z.enum(['true', 'false']), 'true'),
});

/** Resumable uploads, tus 1.0 with creation, deferred length and termination, as a handler for `/api/uploads` and below. */
export function tusHandler({
  uploads,
}: {
  uploads: UploadCoordinator;
}): (req: IncomingMessage, res: ServerResponse) => Promise<void> {
  const server = new Server({
    path: '/api/uploads',
    datastore: new PartStore(uploads),
    locker: new PartLocker(),
    lockDrainTimeout: DRAIN_MS,
    // The host says who may from where; no header of this server's own.
    allowedOrigins: [],
    namingFunction: (_req, said) => {
      const { hash, part } = checkMetadata(said);
      return `${hash}.${part}`;
    },
    // Relative to the address that was asked, whatever prefix a proxy put before it.
    generateUrl: (req, { id }) => (new URL(req.url).pathname.endsWith('/') ? id : `uploads/${id}`),
    getFileIdFromRequest: (_req, last) => last,
    onResponseError: (_req, error) => {
      throw asLoopError(error);
    },
  });
  return async (req, res) => {
    if (Number(req.headers['content-length'] ?? 0) > MAX_PATCH_BYTES) throw tooMuch(req);
    res.setHeader('Tus-Resumable', '1.0.0');
    await server.handle(req, res);
  };
}

/** `<hash>`, `<hash>.original` or `<hash>.clip`. @throws LoopError UPLOAD_NOT_FOUND */
export function parseUploadId(id: string): { readonly hash: string; readonly part: PartName | undefined } {
  const [, hash, part] = /^([0-9a-f]{64})(?:\.(original|clip))?$/.exec(id) ?? [];
  if (hash !== undefined) return { hash, part: part as PartName | undefined }; // the pattern names both
  throw new LoopError(
    'UPLOAD_NOT_FOUND',
    `"${id.slice(0, 80)}" names no upload; it is the SHA-256 of the original in 64 hex digits. Begin it again.`,
  );
}

/** The coordinator as tus sees it: uploads are parts, named `<hash>.<part>`. */
class PartStore extends DataStore {
  readonly #uploads: UploadCoordinator;

  constructor(uploads: UploadCoordinator) {
    super();
    this.#uploads = uploads;
    this.extensions = ['creation', 'creation-with-upload', 'creation-defer-length', 'termination'];
  }

  override async create(upload: Upload): Promise<Upload> {
    const { hash, part, filename, convert, keep_original, ...said } = checkMetadata(upload.metadata);
    const originalBytes = said.original_size ?? (part === 'original' ? upload.size : undefined);
    if (originalBytes === undefined) {
      throw new LoopError(
        'INVALID_REQUEST',
        'Upload-Metadata has no original_size, and the length of the original is not known otherwise. Send it, in bytes.',
      );
    }
    const plan: UploadPlan = {
      hash,
      filename: cleanFilename(filename),
      convert,
      originalBytes,
      keepOriginal: keep_original === 'true' || convert === 'server',
      settings: uploadSettings(upload.metadata ?? {}),
    };
    await this.#uploads.begin(plan, part, upload.size ?? null);
    return upload;
  }

  override async getUpload(id: string): Promise<Upload> {
    const { offset, size } = this.#uploads.part(...named(id));
    return new Upload({ id, offset, ...(size !== null && { size }) });
  }

  override async declareUploadLength(id: string, size: number): Promise<void> {
    await this.#uploads.declareSize(...named(id), size);
  }

  override write(bytes: AsyncIterable<Uint8Array>, id: string, offset: number): Promise<number> {
    return this.#uploads.append(...named(id), offset, bytes);
  }

  override getExpiration(): number {
    return 0;
  }
}

function named(id: string): [hash: string, part: PartName] {
  const { hash, part } = parseUploadId(id);
  return [hash, part ?? 'original'];
}

function checkMetadata(said: unknown): z.infer<typeof metadata> {
  const checked = metadata.safeParse(said ?? {});
  if (checked.success) return checked.data;
  const [issue] = checked.error.issues;
  throw new LoopError(
    'INVALID_REQUEST',
    `Upload-Metadata has a fault in ${String(issue?.path[0])}: ${issue?.message}. Correct it.`,
  );
}

/** What the tus server throws, by our names; the status stays the one that the protocol wants. */
function asLoopError(error: unknown): LoopError {
  if (isLoopError(error)) return error;
  const { status_code: status, body, message } = error as { status_code?: number; body?: string; message?: string };
  const codes: Readonly<Record<number, LoopErrorCode>> = {
    404: 'UPLOAD_NOT_FOUND',
    409: 'UPLOAD_CONFLICT',
    410: 'UPLOAD_NOT_FOUND',
    413: 'PAYLOAD_TOO_LARGE',
  };
  const said = (body ?? message ?? 'no reason').trim();
  if (error === ERRORS.ABORTED)
    return new LoopError(
      'ABORTED',
      'The request ended before its bytes did; those that came are kept. Ask for the offset with HEAD and go on.',
    );
  if (status === undefined || status >= 500)
    return new LoopError('INTERNAL', `The upload failed: ${said}. This is a fault of LOOP; report it with the log.`, {
      cause: error,
    });
  return new LoopError(
    codes[status] ?? 'INVALID_REQUEST',
    `The upload cannot take that: ${said}. Ask for the offset with HEAD and go on from there.`,
  );
}

function tooMuch(req: IncomingMessage): LoopError {
  return new LoopError(
    'PAYLOAD_TOO_LARGE',
    `The request brings ${req.headers['content-length']} bytes; one part has at most ${MAX_PATCH_BYTES}. Send smaller parts.`,
  );
}
