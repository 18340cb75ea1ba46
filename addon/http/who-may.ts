import type { IncomingHttpHeaders } from 'node:http';
import { LoopError } from '../../format/errors.ts';
import type { Token } from '../token.ts';

/** The rules that hold while LOOP runs; they go by the address LOOP listens on, not by where the caller is. */
export interface Policy {
  /** LOOP listens on loopback alone: no token, but the Host header must name this machine. */
  readonly isLoopback: boolean;
  readonly token: Token;
  readonly cookieName: string;
  readonly allowedOrigins: readonly string[];
  readonly ingressFrom: string | undefined;
}

/** What of a request decides. */
export interface Asking {
  readonly method: string;
  /** Path without query. */
  readonly path: string;
  readonly headers: IncomingHttpHeaders;
  readonly remoteAddress: string | undefined;
  readonly isUpgrade: boolean;
}

/** Who is let in. A `stranger` has shown no token and may see only what is open to all. */
export type Caller =
  | { readonly kind: 'local' }
  | { readonly kind: 'token' }
  | { readonly kind: 'ingress'; readonly user: string | undefined }
  | { readonly kind: 'stranger' };

/** What a stranger may see where a token is needed: the way in, and whether LOOP lives. */
const OPEN_PATHS = new Set(['/login', '/api/health']);
const LOCAL_HOSTS = new Set(['localhost', '127.0.0.1', '[::1]']);
const READING = new Set(['GET', 'HEAD', 'OPTIONS']);

/** @throws LoopError HOST_MISDIRECTED, ORIGIN_FORBIDDEN, UNAUTHORIZED */
export function judge(asking: Asking, policy: Policy): Caller {
  const isIngress = policy.ingressFrom !== undefined && plainAddress(asking.remoteAddress) === policy.ingressFrom;
  if (policy.isLoopback && !isIngress) checkHost(asking.headers.host);
  if (asking.isUpgrade || !READING.has(asking.method)) checkOrigin(asking.headers, policy.allowedOrigins);
  if (isIngress) return { kind: 'ingress', user: ingressUser(asking.headers) };
  if (policy.isLoopback) return { kind: 'local' };
  if (hasToken(asking.headers, policy)) return { kind: 'token' };
  if (OPEN_PATHS.has(asking.path)) return { kind: 'stranger' };
  throw new LoopError(
    'UNAUTHORIZED',
    `${asking.path} was asked for without the token of this LOOP; everybody but loopback needs it. Send "Authorization: Bearer <token>", or log in at /login.`,
  );
}

/** Whether an address to listen on is reached from this machine alone. */
export function isLoopback(host: string): boolean {
  return host === 'localhost' || host === '::1' || /^127(\.\d{1,3}){3}$/.test(host);
}

/** Whether a page of another origin is named in `web.allowed_origins`. */
export function isAllowedOrigin(origin: string, allowed: readonly string[]): boolean {
  const host = hostOfOrigin(origin);
  return host !== undefined && allowed.some((one) => (hostOfOrigin(one) ?? plainHost(one)) === host);
}

/** Against DNS rebinding: a foreign name that resolves to this machine is refused. */
function checkHost(host: string | undefined): void {
  const name = host?.toLowerCase().replace(/:\d*$/, '');
  if (name !== undefined && LOCAL_HOSTS.has(name)) return;
  throw new LoopError(
    'HOST_MISDIRECTED',
    `The Host header is "${host ?? ''}"; LOOP listens on this machine alone and answers to localhost, 127.0.0.1 and [::1]. Use one of these, or set LOOP_HOST.`,
  );
}

/** Against pages of other sites: programs send no Origin, browsers always do for these requests. */
function checkOrigin(headers: IncomingHttpHeaders, allowed: readonly string[]): void {
  const { origin } = headers;
  if (origin === undefined) return;
  const from = hostOfOrigin(origin);
  if (from !== undefined && headers.host !== undefined && from === plainHost(headers.host)) return;
  if (isAllowedOrigin(origin, allowed)) return;
  throw new LoopError(
    'ORIGIN_FORBIDDEN',
    `The page ${origin} may not do this; only LOOP's own page (${headers.host ?? 'no Host'}) and web.allowed_origins may. Open LOOP by its own address, or add the page there.`,
  );
}

function hasToken(headers: IncomingHttpHeaders, policy: Policy): boolean {
  const bearer = /^Bearer +(\S+) *$/i.exec(headers.authorization ?? '')?.[1];
  if (bearer !== undefined && policy.token.isToken(bearer)) return true;
  return cookies(headers.cookie, policy.cookieName).some((value) => policy.token.isCookie(value));
}

function cookies(header: string | undefined, name: string): string[] {
  return (header ?? '').split(';').flatMap((pair) => {
    const [key, value] = pair.split('=', 2);
    return key?.trim() === name && value !== undefined ? [value.trim()] : [];
  });
}

function ingressUser(headers: IncomingHttpHeaders): string | undefined {
  const name = headers['x-remote-user-display-name'] ?? headers['x-remote-user-name'];
  return typeof name === 'string' && name !== '' ? name.slice(0, 100) : undefined;
}

/** `host[:port]` of an origin, default ports dropped; undefined for `null` and anything that is no origin. */
function hostOfOrigin(origin: string): string | undefined {
  const host = /^https?:\/\/([^/?#@\s]+)\/?$/i.exec(origin)?.[1];
  return host === undefined ? undefined : plainHost(host);
}

function plainHost(host: string): string {
  return host.toLowerCase().replace(/:(80|443)?$/, '');
}

/** An IPv4 caller of a socket that listens on IPv6 too is written `::ffff:1.2.3.4`. */
function plainAddress(address: string | undefined): string | undefined {
  return address?.replace(/^::ffff:(?=\d+\.)/i, '');
}
