import express, { type Express, type Request, type Response, type Router } from 'express';
import {
  type BodyOf,
  type JsonRouteName,
  type ParametersOf,
  type Route,
  type RouteName,
  routes,
} from '../../contract/api.ts';
import type { Log } from '../../engine/log.ts';
import { checkShape, type Given } from '../check-shape.ts';
import type { AnswerCache } from './answer-cache.ts';
import { readJson } from './body.ts';
import { withDeadline } from './deadline.ts';
import { methodNotAllowed, notFound, pathOf, sendError, sendJson } from './send.ts';

/** What a handler is given: everything checked. */
export interface Call<Name extends RouteName> {
  readonly params: Readonly<Record<ParametersOf<Name>, string>>;
  readonly query: URLSearchParams;
  readonly body: Given<BodyOf<Name>>;
  /** For the few that read the body themselves. */
  readonly req: Request;
  /** Aborts after 30 s, or when LOOP ends. A caller that leaves stops nothing. */
  readonly signal: AbortSignal;
}

export type Reply =
  | { readonly kind: 'json'; readonly status: number; readonly value: unknown }
  | { readonly kind: 'cached'; readonly cache: AnswerCache }
  | { readonly kind: 'bytes'; readonly type: string; readonly bytes: Uint8Array }
  | { readonly kind: 'empty' };

/** One handler for each JSON route of the contract. */
export type Handlers = { readonly [Name in JsonRouteName]: (call: Call<Name>) => Reply | Promise<Reply> };

export const ok = (value: unknown): Reply => ({ kind: 'json', status: 200, value });

/** Binds the route table of the contract to handlers: `/api` as an Express app, 405 and 404 included. */
export function apiApp(options: {
  readonly handlers: Handlers;
  /** Reads its bodies itself. */
  readonly uploads: Router;
  /** Called when a request may have changed something: before its answer, for an upload with it. */
  readonly onChange: () => void;
  readonly log: Log;
  readonly signal: AbortSignal;
}): Express {
  const app = express();
  app.disable('x-powered-by');
  app.set('case sensitive routing', true);
  app.set('query parser', false);
  app.use('/api', (req, res, next) => {
    if (req.method !== 'GET' && req.method !== 'HEAD') res.once('finish', options.onChange);
    next();
  });
  app.use('/api', options.uploads);
  for (const [name, handler] of Object.entries(options.handlers)) {
    const route: Route = routes[name as JsonRouteName];
    const method = route.method.toLowerCase() as 'get' | 'post' | 'put' | 'patch' | 'delete';
    app[method](route.path, async (req, res) => {
      // One table, many types: the handler under a name takes exactly that name's call.
      const handle = handler as (call: Call<JsonRouteName>) => Reply | Promise<Reply>;
      const call = await readCall(route, req);
      const reply = await withDeadline(options.signal, (signal) => handle({ ...call, signal }));
      if (route.method !== 'GET') options.onChange();
      await send(reply, req, res);
    });
  }
  for (const [path, methods] of methodsByPath()) {
    app.all(path, (req, res) => {
      if (req.method !== 'OPTIONS') throw methodNotAllowed(req.method, pathOf(req), methods);
      res.writeHead(204, { Allow: methods.join(', ') }).end();
    });
  }
  app.use((req) => {
    throw notFound(pathOf(req));
  });
  // Express tells an error handler by its four parameters.
  app.use((error: unknown, req: Request, res: Response, _next: unknown) => sendError(req, res, error, options.log));
  return app;
}

async function readCall(route: Route, req: Request): Promise<Omit<Call<JsonRouteName>, 'signal'>> {
  const code = route.path === routes.runAction.path ? 'INVALID_ACTION' : 'INVALID_REQUEST';
  const body = route.body ? checkShape(route.body, await readJson(req), code) : undefined;
  const call = {
    params: req.params,
    query: new URL(req.url, 'http://loop').searchParams,
    body,
    req,
  };
  return call as unknown as Omit<Call<JsonRouteName>, 'signal'>; // checked by the route's own schema and pattern
}

async function send(reply: Reply, req: Request, res: Response): Promise<void> {
  switch (reply.kind) {
    case 'json':
      return sendJson(req, res, reply.status, reply.value);
    case 'cached':
      return reply.cache.send(req, res);
    case 'empty':
      res.writeHead(204).end();
      return;
    case 'bytes':
      res.writeHead(200, {
        'Content-Type': reply.type,
        'Content-Length': reply.bytes.length,
        'Cache-Control': 'no-store',
      });
      res.end(req.method === 'HEAD' ? undefined : reply.bytes);
  }
}

/** Which methods each path of the table answers to; HEAD wherever there is GET. */
function methodsByPath(): Map<string, string[]> {
  const methods = new Map<string, string[]>();
  for (const { method, path } of Object.values<Route>(routes)) {
    const more = method === 'GET' ? ['GET', 'HEAD'] : [method];
    methods.set(path, [...(methods.get(path) ?? []), ...more]);
  }
  return methods;
}
