import type { IncomingMessage, ServerResponse } from 'node:http';
import { isAllowedOrigin } from './who-may.ts';

/**
 * Pages may load and reach this server alone. `frame-ancestors` is no X-Frame-Options: ingress shows the page
 * in an iframe of Home Assistant's own origin, which is 'self' there.
 */
export const PAGE_POLICY = [
  "default-src 'self'",
  "script-src 'self' 'wasm-unsafe-eval'",
  "style-src 'self' 'unsafe-inline'",
  "img-src 'self' blob: data:",
  "media-src 'self' blob:",
  "worker-src 'self' blob:",
  "connect-src 'self' ws: wss:",
  "object-src 'none'",
  "base-uri 'self'",
  "form-action 'self'",
  "frame-ancestors 'self'",
].join('; ');

/**
 * Sets what every answer carries, and lets the pages of `web.allowed_origins` read it.
 * `answered`: it was such a page's preflight question, and nothing is left to do.
 */
export function setHeaders(
  req: IncomingMessage,
  res: ServerResponse,
  allowedOrigins: readonly string[],
): 'answered' | undefined {
  res.setHeader('X-Content-Type-Options', 'nosniff');
  // same-origin, not no-referrer: that would turn the Origin of LOOP's own forms into "null".
  res.setHeader('Referrer-Policy', 'same-origin');
  const { origin } = req.headers;
  if (origin === undefined || !isAllowedOrigin(origin, allowedOrigins)) return undefined;
  res.setHeader('Access-Control-Allow-Origin', origin);
  res.setHeader('Access-Control-Expose-Headers', 'ETag, Location, Upload-Offset, Upload-Length, Retry-After');
  res.setHeader('Vary', 'Origin');
  if (req.method !== 'OPTIONS' || req.headers['access-control-request-method'] === undefined) return undefined;
  res.setHeader('Access-Control-Allow-Methods', 'GET, HEAD, POST, PUT, PATCH, DELETE');
  const asked = req.headers['access-control-request-headers'];
  if (typeof asked === 'string') res.setHeader('Access-Control-Allow-Headers', asked);
  res.setHeader('Access-Control-Max-Age', '600');
  res.writeHead(204).end();
  return 'answered';
}
