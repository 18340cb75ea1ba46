import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { readdir, readFile } from 'node:fs/promises';
import { extname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { brotliCompress, constants, gzip } from 'node:zlib';
import { PAGE_POLICY } from './headers.ts';
import { isFresh } from './range.ts';
import { accepts, allowMethods, notFound } from './send.ts';
import type { Exchange, Row } from './server.ts';

const types: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.json': 'application/json',
  '.map': 'application/json',
  '.webmanifest': 'application/manifest+json',
  '.svg': 'image/svg+xml',
  '.png': 'image/png',
  '.ico': 'image/x-icon',
  '.woff2': 'font/woff2',
  '.wasm': 'application/wasm',
};
const COMPRESSIBLE = /^(text|application\/(json|manifest|wasm)|image\/svg)/;

type Coding = 'br' | 'gzip' | 'identity';

/** One file of the page; its bytes and their compressed forms are made when first asked for, and kept. */
class PageFile {
  readonly type: string;
  readonly #path: string;
  readonly #bodies = new Map<Coding, Promise<Buffer>>();

  constructor(path: string) {
    this.#path = path;
    this.type = types[extname(path)] ?? 'application/octet-stream';
  }

  body(coding: Coding): Promise<Buffer> {
    const body = this.#bodies.get(coding) ?? this.#make(coding);
    this.#bodies.set(coding, body);
    return body;
  }

  async etag(): Promise<string> {
    return `W/"${createHash('sha1')
      .update(await this.body('identity'))
      .digest('base64url')}"`;
  }

  async #make(coding: Coding): Promise<Buffer> {
    if (coding === 'identity') return readFile(this.#path);
    const plain = await this.body('identity');
    return coding === 'gzip'
      ? promisify(gzip)(plain)
      : promisify(brotliCompress)(plain, { params: { [constants.BROTLI_PARAM_QUALITY]: 9 } });
  }
}

/** The built page: every file below `folder`, with `/` for index.html and `/name` for name.html. A missing folder has none. */
export async function openPageFiles(folder: string): Promise<{ readonly row: Row; readonly count: number }> {
  const files = new Map<string, PageFile>();
  const entries = await readdir(folder, { recursive: true, withFileTypes: true }).catch(() => []);
  for (const entry of entries) {
    if (!entry.isFile() || entry.name === 'login.html') continue; // that one is LoginPage's
    const path = join(entry.parentPath, entry.name);
    const name = path.slice(folder.length).replaceAll('\\', '/').replace(/^\/?/, '/');
    const file = new PageFile(path);
    files.set(name, file);
    if (name.endsWith('.html')) files.set(name === '/index.html' ? '/' : name.slice(0, -5), file);
  }
  const paths = [...files.keys()].map((name) => name.replace(/[.*+?^${}()|[\]\\]/g, '\\$&'));
  const pattern = paths.length === 0 ? /(?!)/ : new RegExp(`^(?:${paths.join('|')})$`);
  return { count: files.size, row: { pattern, counts: true, handle: (exchange) => sendPageFile(exchange, files) } };
}

async function sendPageFile({ req, res, path }: Exchange, files: ReadonlyMap<string, PageFile>): Promise<void> {
  allowMethods(req, 'GET', 'HEAD');
  const file = files.get(path);
  if (!file) throw notFound(path);
  const etag = await file.etag();
  res.setHeader('ETag', etag);
  res.setHeader('Cache-Control', 'no-cache');
  res.appendHeader('Vary', 'Accept-Encoding');
  if (file.type.startsWith('text/html')) res.setHeader('Content-Security-Policy', PAGE_POLICY);
  if (isFresh(req.headers['if-none-match'], etag)) {
    res.writeHead(304).end();
    return;
  }
  const coding = bestCoding(req, file.type);
  const body = await file.body(coding);
  if (coding !== 'identity') res.setHeader('Content-Encoding', coding);
  res.writeHead(200, { 'Content-Type': file.type, 'Content-Length': body.length });
  res.end(req.method === 'HEAD' ? undefined : body);
}

function bestCoding(req: Exchange['req'], type: string): Coding {
  if (!COMPRESSIBLE.test(type)) return 'identity';
  return accepts(req, 'br') ? 'br' : accepts(req, 'gzip') ? 'gzip' : 'identity';
}

/** Beside the built program, or in dist/ when LOOP runs from its sources. */
export function pageFolder(): string {
  const built = fileURLToPath(new URL('./page/', import.meta.url));
  return existsSync(built) ? built : fileURLToPath(new URL('../../dist/page/', import.meta.url));
}
