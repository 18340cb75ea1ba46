import type { IncomingMessage, ServerResponse } from 'node:http';
import { promisify } from 'node:util';
import { gzip as gzipCallback } from 'node:zlib';
import { errorTable } from '../../contract/errors.ts';
import type { Log } from '../../engine/log.ts';
import { isLoopError, LoopError, type LoopErrorCode } from '../../format/errors.ts';

const gzip = promisify(gzipCallback);

/** Under this size compressing costs more than it saves: a packet holds about 1,400 bytes. */
const WORTH_COMPRESSING = 1024;

/** An error as every edge tells it. */
export interface WireError {
  readonly code: LoopErrorCode;
  readonly message: string;
  readonly details?: Readonly<Record<string, unknown>>;
}

/** What of an error may leave the house: everything of a LoopError, nothing of any other. */
export function wireError(error: unknown): WireError {
  if (!isLoopError(error) || error.code === 'INTERNAL') {
    return { code: 'INTERNAL', message: 'LOOP made a mistake; its log has the details. Report it. (INTERNAL)' };
  }
  const { code, message, details } = error;
  return { code, message, details: details ?? {} };
}

/** Answers with an error's status, headers and JSON; the one place where errors become answers. */
export function sendError(req: IncomingMessage, res: ServerResponse, error: unknown, log: Log): void {
  const wire = wireError(error);
  if (wire.code === 'INTERNAL') {
    log.error('request_failed', `${req.method} ${pathOf(req)} failed: ${String(error)}`, {
      stack: (error as Error)?.stack,
    });
  }
  if (res.headersSent || res.destroyed) {
    res.destroy();
    return;
  }
  for (const name of res.getHeaderNames()) {
    if (/^(content-|etag|cache-control|accept-ranges|last-modified)/.test(name)) res.removeHeader(name);
  }
  const { status } = errorTable[wire.code];
  setErrorHeaders(res, wire, status);
  const body = Buffer.from(JSON.stringify({ error: wire }));
  res.writeHead(status, {
    'Content-Type': 'application/json',
    'Content-Length': body.length,
    'Cache-Control': 'no-store',
  });
  res.end(req.method === 'HEAD' ? undefined : body);
}

function setErrorHeaders(res: ServerResponse, wire: WireError, status: number): void {
  const details = wire.details ?? {};
  if (status === 503) res.setHeader('Retry-After', String(details.retry_after ?? 2));
  if (status === 401) res.setHeader('WWW-Authenticate', 'Bearer realm="LOOP"');
  if (wire.code === 'METHOD_NOT_ALLOWED' && Array.isArray(details.allow))
    res.setHeader('Allow', details.allow.join(', '));
  if (wire.code === 'RANGE_NOT_SATISFIABLE') res.setHeader('Content-Range', `bytes */${String(details.size)}`);
}

/** Answers with JSON, compressed when that is worth it and the caller can read it. Never kept by caches. */
export async function sendJson(
  req: IncomingMessage,
  res: ServerResponse,
  status: number,
  value: unknown,
): Promise<void> {
  const plain = Buffer.from(JSON.stringify(value));
  const isZipped = plain.length >= WORTH_COMPRESSING && accepts(req, 'gzip');
  const body = isZipped ? await gzip(plain) : plain;
  res.appendHeader('Vary', 'Accept-Encoding');
  if (isZipped) res.setHeader('Content-Encoding', 'gzip');
  res.writeHead(status, {
    'Content-Type': 'application/json',
    'Content-Length': body.length,
    'Cache-Control': 'no-store',
  });
  res.end(req.method === 'HEAD' ? undefined : body);
}

/** Whether the caller reads this content coding; `q=0` forbids it (RFC 9110, 12.5.3). */
export function accepts(req: IncomingMessage, coding: 'gzip' | 'br'): boolean {
  const offers = String(req.headers['accept-encoding'] ?? '')
    .toLowerCase()
    .split(',');
  return offers.some((offer) => {
    const [name, ...parameters] = offer.split(';').map((part) => part.trim());
    return name === coding && !parameters.some((parameter) => /^q=0(\.0*)?$/.test(parameter));
  });
}

/** @throws LoopError METHOD_NOT_ALLOWED unless the request's method is one of these. */
export function allowMethods(req: IncomingMessage, ...methods: readonly string[]): void {
  if (methods.includes(req.method ?? '')) return;
  throw methodNotAllowed(req.method ?? '', pathOf(req), methods);
}

export function methodNotAllowed(method: string, path: string, allow: readonly string[]): LoopError {
  const words = allow.join(', ');
  return new LoopError(
    'METHOD_NOT_ALLOWED',
    `${method} is not possible at ${path}; it answers to ${words}. Use one of these.`,
    {
      details: { allow },
    },
  );
}

export function notFound(path: string): LoopError {
  return new LoopError(
    'NOT_FOUND',
    `There is nothing at ${path.slice(0, 200)}. Check the address; /api/dashboard and / are there.`,
  );
}

/** The path of a request without its query, for messages: queries may hold a token. */
export function pathOf(req: IncomingMessage): string {
  return (req.url ?? '').split('?', 1)[0] ?? '';
}
