import { readFile } from 'node:fs/promises';
import type { ServerResponse } from 'node:http';
import { join } from 'node:path';
import { PAGE_POLICY } from './headers.ts';

/** What a LOOP without a built page shows. */
const PLAIN = `<!doctype html><html lang="en"><meta charset="utf-8"><title>Log in · LOOP</title>
<form method="post" action="./login"><h1>LOOP</h1><p role="alert">{{note}}</p>
<label>Token <input name="token" type="password" autocomplete="current-password" required autofocus></label> <button>Log in</button></form>
`;

/** The page that asks for the token. It needs no other file, so it shows before anything else may. */
export class LoginPage {
  readonly #html: string;

  constructor(html: string) {
    this.#html = html;
  }

  /** `note` is text of LOOP's own, never of the request. */
  send(res: ServerResponse, status: 200 | 401, note = ''): void {
    const body = Buffer.from(this.#html.replace('{{note}}', note));
    res.setHeader('Content-Security-Policy', PAGE_POLICY);
    if (status === 401) res.setHeader('WWW-Authenticate', 'Bearer realm="LOOP"');
    const headers = {
      'Content-Type': 'text/html; charset=utf-8',
      'Content-Length': body.length,
      'Cache-Control': 'no-store',
    };
    res.writeHead(status, headers).end(body);
  }
}

/** Reads login.html of the built page. */
export async function openLoginPage(folder: string): Promise<LoginPage> {
  return new LoginPage(await readFile(join(folder, 'login.html'), 'utf8').catch(() => PLAIN));
}
