import { LoopError, type LoopErrorCode } from '../format/errors.ts';

/** Where a LOOP is, and what proves that one may. */
export interface Place {
  /** Address of its root, as `http://127.0.0.1:8765/` or `document.baseURI`; all addresses are relative to it, so a path before it (ingress) stays. */
  readonly base: string;
  /** Needed beyond loopback by programs; a logged in browser has a cookie instead. */
  readonly token?: string;
}

/** One request; `path` is relative, without a leading slash. The answer may have any status. @throws LoopError ABORTED when LOOP cannot be reached */
export async function ask(place: Place, path: string, init: RequestInit = {}): Promise<Response> {
  const headers = new Headers(init.headers);
  if (place.token !== undefined) headers.set('Authorization', `Bearer ${place.token}`);
  try {
    return await fetch(new URL(path, place.base), { credentials: 'same-origin', ...init, headers });
  } catch (error) {
    init.signal?.throwIfAborted();
    throw new LoopError('ABORTED', 'LOOP cannot be reached. Look whether it runs, and try again.', { cause: error });
  }
}

/** Like `ask`, and an answer that is an error is thrown as the LoopError it was. */
export async function askWell(place: Place, path: string, init: RequestInit = {}): Promise<Response> {
  const answer = await ask(place, path, init);
  if (!answer.ok) throw await errorOf(answer);
  return answer;
}

/** The error an answer tells of. Of one that is not LOOP's own (a proxy's), only the status is known. */
export async function errorOf(answer: Response): Promise<LoopError> {
  const said = (await answer.json().catch(() => undefined)) as { error?: WireError } | undefined;
  if (typeof said?.error?.code === 'string') return errorFromWire(said.error);
  const code = codes[answer.status] ?? 'INTERNAL';
  return new LoopError(
    code,
    `The answer was ${answer.status} ${answer.statusText}, not one of LOOP's. Look at what is between.`,
  );
}

/** What a bare status means; 502 to 504 come from a proxy that misses LOOP for a moment. */
const codes: Readonly<Record<number, LoopErrorCode>> = {
  401: 'UNAUTHORIZED',
  404: 'NOT_FOUND',
  409: 'UPLOAD_CONFLICT',
  413: 'PAYLOAD_TOO_LARGE',
  502: 'TOO_BUSY',
  503: 'TOO_BUSY',
  504: 'TOO_BUSY',
};

export interface WireError {
  readonly code: string;
  readonly message: string;
  readonly details?: Readonly<Record<string, unknown>>;
}

/** The LoopError that was told over the wire. A code this client does not know stays as it is. */
export function errorFromWire({ code, message, details }: WireError): LoopError {
  const text = message.replace(` (${code})`, '');
  return new LoopError(code as LoopErrorCode, text, details === undefined ? {} : { details });
}
