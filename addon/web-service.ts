import type { Express } from 'express';
import type { Engine } from '../engine/engine.ts';
import type { Log } from '../engine/log.ts';
import { DashboardSource } from './dashboard.ts';
import { AnswerCache } from './http/answer-cache.ts';
import { apiApp } from './http/api.ts';
import { withDeadline } from './http/deadline.ts';
import { apiHandlers, type Caches } from './http/handlers.ts';
import { engineHealth, healthRow } from './http/health.ts';
import { mediaFilesRow } from './http/media-files.ts';
import { openPageFiles, pageFolder } from './http/page-files.ts';
import { notFound, pathOf } from './http/send.ts';
import type { Row, WebServer } from './http/server.ts';
import { uploadRouter } from './http/upload-routes.ts';
import { ProcessMeter } from './process-meter.ts';
import type { House } from './service.ts';
import { Hub } from './socket/hub.ts';
import { Preview } from './socket/preview.ts';
import { engineEvents, LiveUpdates } from './socket/updates.ts';

/** Position and load in a kept answer are at most this old; they have no event of their own. */
const FIGURES_KEEP_MS = 1000;
/** The plays of a clip are counted in batches, without an event. */
const LISTS_KEEP_MS = 5000;

/** Puts the page, the API and the WebSocket on the port, and joins them to the engine. */
export async function startWeb(house: House): Promise<AsyncDisposable> {
  await using parts = new AsyncDisposableStack();
  const engine = house.part('engine');
  const web = house.part('web');
  const { options } = house.settings;
  const meter = parts.use(new ProcessMeter());
  const source: DashboardSource = new DashboardSource({ engine, options, meter, connections: () => hub.counts() });
  const caches = openCaches(engine, source);
  const hub: Hub = parts.use(
    new Hub({
      dashboard: () => currentText(caches.dashboard),
      run: (action) => withDeadline(house.signal, (signal) => engine.run(action, { signal })),
      displays: () => engine.displays().map(({ id }) => id),
      log: house.log,
    }),
  );
  const updates: LiveUpdates = parts.use(new LiveUpdates({ hub, source, caches }));
  parts.defer(joinEngine(engine, updates, house.log));
  const previews = new Map(
    engine.displays().map(({ id }, place) => [`preview:${id}`, parts.use(previewOf(engine, hub, id, place))]),
  );
  hub.onMembership(({ room }) => {
    updates.mark('connections');
    if (room === 'dashboard') updates.forgetFigures();
    previews.get(room)?.wake();
  });
  const handlers = apiHandlers({
    engine,
    caches,
    stats: () => statsOf({ engine, meter, web, caches }),
    socketStatus: () => ({ clients: hub.clients, rooms: hub.counts(), ...hub.figures }),
  });
  const uploads = uploadRouter({ store: engine.store, uploads: engine.uploads, options, log: house.log });
  // Uploads begin and are cancelled by what is asked for; the engine has an event only for how they go on.
  const onChange = () => updates.mark('uploads');
  const api = apiApp({ handlers, uploads, onChange, log: house.log, signal: house.signal });
  const page = await openPageFiles(pageFolder());
  web.mount(
    healthRow(() => engineHealth(engine)),
    mediaFilesRow({ store: engine.store, geometry: (id) => engine.display(id), signal: house.signal }),
    apiRow(api),
    socketRow(hub),
    page.row,
  );
  web.open();
  if (page.count === 0)
    house.log.warn('page_missing', 'The page is not built; only the API answers. Run npm run build.');
  return parts.move();
}

function openCaches(engine: Engine, source: DashboardSource): Caches {
  return {
    dashboard: new AnswerCache({ make: () => source.whole(), keepMs: FIGURES_KEEP_MS }),
    media: new AnswerCache({ make: () => ({ media: engine.store.clips() }), keepMs: LISTS_KEEP_MS }),
    loop: new AnswerCache({ make: () => engine.store.loop(), keepMs: LISTS_KEEP_MS }),
  };
}

/** The answer as text, made anew if something changed while it was made: what follows it tells only later changes. */
async function currentText(cache: AnswerCache): Promise<string> {
  for (;;) {
    const answer = await cache.get();
    if (await cache.isCurrent(answer)) return answer.text;
  }
}

function joinEngine(engine: Engine, updates: LiveUpdates, log: Log): () => void {
  const undo = engineEvents.map((name) =>
    // name and value belong together: the engine calls with the value of that name
    engine.on(name, (value) => updates.take({ name, value } as Parameters<LiveUpdates['take']>[0])),
  );
  if (engine.ffmpegVersion === null) {
    const message = 'ffmpeg is missing: only a browser can convert. Install it (apt install ffmpeg) and restart LOOP.';
    log.warn('ffmpeg_missing', message);
    updates.take({ name: 'notice', value: { code: 'FFMPEG_MISSING', message } });
  }
  return () => {
    for (const one of undo) one();
  };
}

function previewOf(engine: Engine, hub: Hub, id: string, display: number): Preview {
  const source = { version: () => engine.glassVersion(id), picture: () => engine.glass(id) };
  return new Preview({ room: `preview:${id}`, display, source, members: () => hub.members(`preview:${id}`) });
}

function apiRow(api: Express): Row {
  return {
    pattern: /^\/api(\/|$)/,
    counts: true,
    handle({ req, res, leaveGate }) {
      // What has come in whole is converted as long as that takes, and keeps nobody waiting.
      if (req.method === 'POST' && pathOf(req) === '/api/media') req.once('end', leaveGate);
      api(req, res);
    },
  };
}

function socketRow(hub: Hub): Row {
  return {
    pattern: /^\/ws$/,
    counts: false,
    handle: ({ path }) => {
      throw notFound(path);
    },
    upgrade: ({ req, socket, head }) => hub.accept(req, socket, head),
  };
}

function statsOf({
  engine,
  meter,
  web,
  caches,
}: {
  engine: Engine;
  meter: ProcessMeter;
  web: WebServer;
  caches: Caches;
}) {
  return {
    displays: Object.fromEntries(engine.displays().map(({ id, stats }) => [id, stats])),
    process: meter.figures(),
    http: {
      requests: web.gate.figures,
      caches: { dashboard: caches.dashboard.figures, media: caches.media.figures, loop: caches.loop.figures },
    },
  };
}
