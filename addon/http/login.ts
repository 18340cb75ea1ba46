import type { Log } from '../../engine/log.ts';
import type { OneTimeCode } from '../token.ts';
import { readBody } from './body.ts';
import type { LoginPage } from './login-page.ts';
import { allowMethods } from './send.ts';
import type { Exchange, Row } from './server.ts';
import type { Policy } from './who-may.ts';

/** How long a browser stays logged in, seconds. */
const COOKIE_SECONDS = 365 * 24 * 3600;

interface LoginOptions {
  readonly policy: Policy;
  readonly code: OneTimeCode;
  readonly page: LoginPage;
  readonly log: Log;
}

/** `/login`: gives a browser the cookie for a token (form or `?token=`) or for the one-time code of the printed link. */
export function loginRow(options: LoginOptions): Row {
  // Not counted: strangers could hold every place at the gate with slow forms.
  return { pattern: /^\/login\/?$/, counts: false, handle: (exchange) => login(exchange, options) };
}

async function login({ req, res, caller }: Exchange, { policy, code, page, log }: LoginOptions): Promise<void> {
  allowMethods(req, 'GET', 'HEAD', 'POST');
  if (caller.kind === 'local' || caller.kind === 'ingress') return redirectHome({ res });
  const given = req.method === 'POST' ? await form(req) : new URL(req.url ?? '', 'http://loop').searchParams;
  const token = given.get('token');
  const once = given.get('code');
  if (token === null && once === null) return page.send(res, 200);
  const isRight =
    (token !== null && policy.token.isToken(token.trim())) ||
    // A HEAD is a look ahead by some program between, not the browser that wants in.
    (once !== null && req.method !== 'HEAD' && code.take(once, Date.now()));
  if (isRight) {
    res.setHeader('Set-Cookie', cookie(req, policy));
    return redirectHome({ res });
  }
  log.warn('login_failed', `A login from ${req.socket.remoteAddress ?? 'somewhere'} was refused`, {
    from: req.socket.remoteAddress,
  });
  const why = token === null ? 'This link was used already, or is older than ten minutes.' : 'That is not the token.';
  page.send(res, 401, why);
}

async function form(req: Exchange['req']): Promise<URLSearchParams> {
  return new URLSearchParams((await readBody(req, { most: 8192 })).toString('utf8'));
}

function redirectHome({ res }: Pick<Exchange, 'res'>): void {
  // Relative: ingress puts a prefix before it.
  res.writeHead(303, { Location: './', 'Cache-Control': 'no-store', 'Content-Length': 0 }).end();
}

function cookie(req: Exchange['req'], { cookieName, token }: Policy): string {
  // Only a proxy in front can make it https; a caller who lies here locks out nobody but himself.
  const isHttps = req.headers['x-forwarded-proto'] === 'https' || req.headers.origin?.startsWith('https://') === true;
  const secure = isHttps ? '; Secure' : '';
  return `${cookieName}=${token.cookie}; Path=/; Max-Age=${COOKIE_SECONDS}; HttpOnly; SameSite=Strict${secure}`;
}
