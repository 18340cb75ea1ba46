import type { Engine } from '../../engine/engine.ts';
import { allowMethods, sendJson } from './send.ts';
import type { Row } from './server.ts';

type Condition = 'ok' | 'degraded' | 'down';
export interface Health {
  readonly status: Condition;
  readonly services: Readonly<Record<string, Condition>>;
}

/** Without these three there is no LOOP; everything else only makes it poorer. */
const VITAL = ['player', 'store', 'http'];

/** `GET /api/health`: for a watchdog, so it never waits at the gate; a stranger is told the status and nothing more. */
export function healthRow(health: () => Health): Row {
  return {
    pattern: /^\/api\/health$/,
    counts: false,
    async handle({ req, res, caller }) {
      allowMethods(req, 'GET', 'HEAD');
      const { status, services } = health();
      const said = caller.kind === 'stranger' ? { status } : { status, services };
      await sendJson(req, res, status === 'down' ? 503 : 200, said);
    },
  };
}

/** Asks each part of the engine. */
export function engineHealth(engine: Engine): Health {
  const services = {
    http: 'ok' as const,
    store: tried(() => engine.store.loop() !== undefined),
    player: tried(() => engine.playback() !== undefined),
    panel: tried(() => engine.displays().every(({ status }) => status.state === 'ok'), 'degraded'),
    ffmpeg: engine.ffmpegVersion === null ? ('degraded' as const) : ('ok' as const),
  };
  const isDown = VITAL.some((name) => services[name as keyof typeof services] === 'down');
  const isWell = Object.values(services).every((condition) => condition === 'ok');
  return { status: isDown ? 'down' : isWell ? 'ok' : 'degraded', services };
}

function tried(look: () => boolean, otherwise: Condition = 'down'): Condition {
  try {
    return look() ? 'ok' : otherwise;
  } catch {
    return otherwise;
  }
}
