import { Gate } from './http/gate.ts';
import { loginRow } from './http/login.ts';
import { openLoginPage } from './http/login-page.ts';
import { pageFolder } from './http/page-files.ts';
import { openWebServer, type WebServer } from './http/server.ts';
import { isLoopback, type Policy } from './http/who-may.ts';
import type { House } from './service.ts';
import { OneTimeCode, openToken } from './token.ts';

/** Takes the port first, so that a second LOOP on it ends before it touches the panel. Until the API is there, all of it answers 503. */
export async function takePort(house: House): Promise<AsyncDisposable> {
  const { settings, log } = house;
  const { host, options } = settings;
  const token = await openToken({ given: options.web.token, folder: settings.folder });
  const policy = (port: number): Policy => ({
    isLoopback: isLoopback(host),
    token,
    cookieName: `loop_${port}`, // browsers send cookies to every port of a host
    allowedOrigins: options.web.allowed_origins,
    ingressFrom: settings.ingressFrom,
  });
  const page = await openLoginPage(pageFolder());
  const web: WebServer = await openWebServer({
    host,
    port: settings.port,
    requestTimeoutSeconds: options.web.request_timeout_seconds,
    gate: new Gate({ most: options.web.max_concurrent_requests }),
    loginPage: page,
    log,
    policy,
  });
  const code = new OneTimeCode(Date.now());
  web.mount(loginRow({ policy: web.policy, code, page, log }));
  house.offer('web', web);
  house.offer('code', code);
  return web;
}
