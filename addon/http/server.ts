import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { errorTable } from '../../contract/errors.ts';
import type { Log } from '../../engine/log.ts';
import { isLoopError, LoopError, type LoopErrorCode } from '../../format/errors.ts';
import type { Gate } from './gate.ts';
import { setHeaders } from './headers.ts';
import type { LoginPage } from './login-page.ts';
import { checkPath } from './path.ts';
import { notFound, pathOf, sendError, wireError } from './send.ts';
import { type Caller, judge, type Policy } from './who-may.ts';

/** One request on its way: who asks, and what the row's pattern found in the path. */
export interface Exchange {
  readonly req: IncomingMessage;
  readonly res: ServerResponse;
  /** Path as it came, percent-encoded, without the query. */
  readonly path: string;
  readonly groups: Readonly<Record<string, string>>;
  readonly caller: Caller;
  /** Gives the request's place at the gate to the next one before the answer is sent: for work that is not the web server's. */
  leaveGate(): void;
}

/** A judged WebSocket upgrade. */
export interface Upgrade {
  readonly req: IncomingMessage;
  readonly socket: Duplex;
  readonly head: Buffer;
  readonly caller: Caller;
}

/** An app on the server: the first row whose pattern matches the path answers. */
export interface Row {
  readonly pattern: RegExp;
  /** False: not counted by web.max_concurrent_requests. */
  readonly counts: boolean;
  handle(exchange: Exchange): Promise<void> | void;
  /** Takes a WebSocket upgrade; without it the path has none. */
  upgrade?(upgrade: Upgrade): void;
}

export interface WebServerOptions {
  readonly host: string;
  readonly port: number;
  readonly requestTimeoutSeconds: number;
  readonly gate: Gate;
  readonly loginPage: LoginPage;
  readonly log: Log;
  /** Decides who may; made when the port is known. */
  policy(port: number): Policy;
}

/** Connections at once; a browser opens 6, a view holds one WebSocket. More are closed by the kernel's side of Node. */
const MOST_CONNECTIONS = 512;

/** The one port: judges every request, finds its row, and turns every error into an answer. */
export class WebServer implements AsyncDisposable {
  readonly #server: Server;
  readonly #rows: Row[] = [];
  readonly #gate: Gate;
  readonly #loginPage: LoginPage;
  readonly #log: Log;
  readonly #policy: Policy;
  #isOpen = false;

  constructor(server: Server, policy: Policy, options: WebServerOptions) {
    this.#server = server;
    this.#policy = policy;
    this.#gate = options.gate;
    this.#loginPage = options.loginPage;
    this.#log = options.log;
  }

  get port(): number {
    return portOf(this.#server);
  }

  get policy(): Policy {
    return this.#policy;
  }

  get gate(): Gate {
    return this.#gate;
  }

  /** Adds apps; earlier rows win. */
  mount(...rows: readonly Row[]): void {
    this.#rows.push(...rows);
  }

  /** From here on paths without a row are not found; before, LOOP is starting. */
  open(): void {
    this.#isOpen = true;
  }

  async answer(req: IncomingMessage, res: ServerResponse): Promise<void> {
    try {
      const path = pathOf(req);
      if (setHeaders(req, res, this.#policy.allowedOrigins) === 'answered') return;
      checkPath(path);
      const caller = this.#judge(req, path, false);
      const { row, groups } = this.#find(path);
      const leaveGate = row.counts ? await this.#enter(res) : () => {};
      res.once('finish', () => this.#note(req, path, caller, res));
      await row.handle({ req, res, path, groups, caller, leaveGate });
    } catch (error) {
      if (isLoopError(error, 'UNAUTHORIZED') && asksForPage(req)) this.#loginPage.send(res, 401);
      else sendError(req, res, error, this.#log);
    }
  }

  upgrade(req: IncomingMessage, socket: Duplex, head: Buffer): void {
    socket.on('error', () => socket.destroy());
    try {
      const path = pathOf(req);
      checkPath(path);
      const caller = this.#judge(req, path, true);
      const { row } = this.#find(path);
      if (!row.upgrade) throw notFound(path);
      row.upgrade({ req, socket, head, caller });
    } catch (error) {
      const wire = wireError(error);
      endRaw(socket, errorTable[wire.code].status, wire);
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (!this.#server.listening) return;
    const closed = new Promise((resolve) => this.#server.close(resolve));
    this.#server.closeIdleConnections();
    const timer = setTimeout(() => this.#server.closeAllConnections(), 1000);
    await closed;
    clearTimeout(timer);
  }

  #judge(req: IncomingMessage, path: string, isUpgrade: boolean): Caller {
    const { method = '', headers, socket } = req;
    return judge({ method, path, headers, remoteAddress: socket.remoteAddress, isUpgrade }, this.#policy);
  }

  #find(path: string): { row: Row; groups: Readonly<Record<string, string>> } {
    for (const row of this.#rows) {
      const match = row.pattern.exec(path);
      if (match) return { row, groups: match.groups ?? {} };
    }
    if (this.#isOpen) throw notFound(path);
    throw new LoopError('TOO_BUSY', `LOOP is starting; ${path} answers in a moment. Try again then.`);
  }

  async #enter(res: ServerResponse): Promise<() => void> {
    const left = new AbortController();
    res.once('close', () => left.abort(new LoopError('ABORTED', 'The caller left. Ask again.')));
    const leave = await this.#gate.enter({ signal: left.signal });
    res.once('close', leave);
    return leave;
  }

  /** The activity log: who of Home Assistant's users changed something. */
  #note(req: IncomingMessage, path: string, caller: Caller, res: ServerResponse): void {
    if (caller.kind !== 'ingress' || caller.user === undefined || req.method === 'GET' || res.statusCode >= 400) return;
    this.#log.info('activity', `${caller.user}: ${req.method} ${path}`, {
      user: caller.user,
      method: req.method,
      path,
    });
  }
}

/** A person who opens the page without being logged in is shown where to log in. */
function asksForPage(req: IncomingMessage): boolean {
  const isPage = pathOf(req) === '/' || pathOf(req) === '/diagnostics';
  return isPage && req.method === 'GET' && /\btext\/html\b/.test(req.headers.accept ?? '');
}

/** Takes the port. @throws LoopError PORT_TAKEN */
export async function openWebServer(options: WebServerOptions): Promise<WebServer> {
  const timeoutMs = options.requestTimeoutSeconds * 1000;
  const server = createServer({
    requestTimeout: timeoutMs,
    headersTimeout: Math.min(timeoutMs, 20_000),
    connectionsCheckingInterval: Math.min(timeoutMs, 2000),
    keepAliveTimeout: 30_000,
  });
  server.maxConnections = MOST_CONNECTIONS;
  await listen(server, options);
  const web = new WebServer(server, options.policy(portOf(server)), options);
  server.on('request', (req, res) => void web.answer(req, res));
  server.on('upgrade', (req, socket, head) => web.upgrade(req, socket, head));
  server.on('clientError', refuseConnection);
  return web;
}

function listen(server: Server, { host, port }: WebServerOptions): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', (error: NodeJS.ErrnoException) => reject(portFault(error, host, port)));
    server.listen({ host, port }, resolve);
  });
}

function portFault(error: NodeJS.ErrnoException, host: string, port: number): LoopError {
  const where = `${host}:${port}`;
  const what =
    error.code === 'EADDRINUSE'
      ? `Port ${port} of ${host} is taken by another program; LOOP needs it alone. Stop that program, or set LOOP_PORT to another port.`
      : error.code === 'EACCES'
        ? `Port ${port} may not be opened by this user; below 1024 only root may. Set LOOP_PORT to a higher one.`
        : `LOOP cannot listen at ${where} (${error.message}); the address must be one of this machine's. Set LOOP_HOST and LOOP_PORT.`;
  return new LoopError('PORT_TAKEN', what, { cause: error });
}

function portOf(server: Server): number {
  const address = server.address();
  return typeof address === 'object' && address !== null ? address.port : 0;
}

/** A connection that speaks no HTTP, or is too slow to say what it wants. */
function refuseConnection(error: NodeJS.ErrnoException, socket: Duplex): void {
  if (
    error.code === 'ECONNRESET' ||
    !socket.writable ||
    (socket as Socket & { _httpMessage?: ServerResponse })._httpMessage?.headersSent
  ) {
    socket.destroy();
    return;
  }
  const isSlow = error.code === 'ERR_HTTP_REQUEST_TIMEOUT';
  const code: LoopErrorCode = isSlow ? 'REQUEST_TIMEOUT' : 'INVALID_REQUEST';
  const message = isSlow
    ? 'The request did not arrive in time; web.request_timeout_seconds is the bound. Send it faster, or raise that. (REQUEST_TIMEOUT)'
    : `This is no HTTP request LOOP can read (${error.code ?? error.message}). Correct it. (INVALID_REQUEST)`;
  const status = error.code === 'HPE_HEADER_OVERFLOW' ? 431 : errorTable[code].status;
  endRaw(socket, status, { code, message });
}

function endRaw(socket: Duplex, status: number, error: object): void {
  const body = JSON.stringify({ error });
  const head = `HTTP/1.1 ${status} ${status}\r\nContent-Type: application/json\r\nContent-Length: ${Buffer.byteLength(body)}\r\nConnection: close\r\n`;
  socket.end(`${head}\r\n${body}`, () => socket.destroy());
}
