import { createWriteStream } from 'node:fs';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { build } from 'esbuild';
import { type Browser, chromium, type Page } from 'playwright-core';

/** A name that is not loopback and leads here all the same: what is on it is no secure context. */
export const plainHost = 'loop.test';

/** Scripts of ours in a real Chromium, and a server that gives it files and takes some. */
export interface BrowserPage extends AsyncDisposable {
  readonly browser: Browser;
  readonly address: string;
  /** What stands at `media/<name>`: bytes, or the path of a file. */
  readonly media: Map<string, Uint8Array | string>;
  /** The path of what was PUT to `out/<name>`. */
  received(name: string): string;
  /** Another tab at `address`, with a renderer process of its own; the caller closes it. */
  newTab(): Promise<Page>;
}

/** @param entryPoints as esbuild wants them; `page` is what the page runs. @param host a name or address of this machine */
export async function openBrowserPage(entryPoints: Record<string, string>, host = '127.0.0.1'): Promise<BrowserPage> {
  const folder = await mkdtemp(join(tmpdir(), 'loop-page-'));
  await build({
    entryPoints,
    outdir: folder,
    bundle: true,
    splitting: true,
    minify: true,
    platform: 'browser',
    target: 'es2022',
    format: 'esm',
    logLevel: 'warning',
  });
  const media = new Map<string, Uint8Array | string>();
  const server = await serve(folder, media);
  const address = `http://${host}:${(server.address() as AddressInfo).port}/`;
  const rules = `--host-resolver-rules=MAP ${plainHost} 127.0.0.1`;
  const browser = await chromium.launch({
    executablePath: '/usr/bin/chromium',
    args: ['--no-sandbox', '--disable-dev-shm-usage', '--disable-background-networking', rules],
  });
  return {
    browser,
    address,
    media,
    received: (name) => join(folder, `out-${encodeURIComponent(name)}`),
    async newTab() {
      const page = await browser.newPage();
      await page.goto(address);
      return page;
    },
    async [Symbol.asyncDispose]() {
      await browser.close();
      server.closeAllConnections();
      server.close();
      await rm(folder, { recursive: true });
    },
  };
}

const html =
  '<!doctype html><meta charset="utf-8"><link rel="icon" href="data:,"><script type="module" src="page.js"></script>';

async function serve(folder: string, media: ReadonlyMap<string, Uint8Array | string>): Promise<Server> {
  const server = createServer(async (request, response) => {
    const [kind = '', name = ''] = (request.url ?? '').slice(1).split('/');
    if (request.method === 'PUT') {
      await pipeline(request, createWriteStream(join(folder, `out-${name}`)));
      response.end();
    } else if (kind === '') response.setHeader('content-type', 'text/html').end(html);
    else {
      const given = kind === 'media' ? media.get(decodeURIComponent(name)) : join(folder, kind);
      const bytes = typeof given === 'string' ? await readFile(given).catch(() => undefined) : given;
      const type = /\.(js|wasm)$/.exec(kind === 'media' ? name : kind)?.[1];
      response.setHeader(
        'content-type',
        type === 'js' ? 'text/javascript' : type ? 'application/wasm' : 'application/octet-stream',
      );
      if (bytes) response.end(bytes);
      else response.writeHead(404).end();
    }
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return server;
}
