import { parentPort, workerData } from 'node:worker_threads';
import { LoopError } from '../../format/errors.ts';
import type { BusGrant } from '../bus/bus-grant.ts';
import { openOutput } from '../panel/output.ts';
import { type FromWorker, type PlayerBirth, sendError, type ToWorker } from './player-protocol.ts';
import { Playout } from './playout.ts';
import { monotonicClock } from './scheduler.ts';
import { StatusBlock } from './status-block.ts';

if (parentPort === null)
  throw new LoopError('INTERNAL', 'player.worker.ts runs in a worker thread only. Start it with openPlayer.');
const port = parentPort;
const birth = workerData as PlayerBirth; // given by player.ts alone
const life = new AbortController();
const grants = new Map<number, (grant: BusGrant) => void>();
const early: Extract<ToWorker, { kind: 'call' }>[] = [];
let playout: Playout | undefined;

const tell = (message: FromWorker) => port.postMessage(message);

port.on('message', (message: ToWorker) => {
  switch (message.kind) {
    case 'call':
      if (playout) answer(playout, message);
      else early.push(message);
      return;
    case 'grant':
      grants.get(message.id)?.(message.grant);
      grants.delete(message.id);
      return;
    case 'stop':
      life.abort(new LoopError('ABORTED', 'The player was closed.'));
  }
});

function answer(player: Playout, { id, call }: Extract<ToWorker, { kind: 'call' }>): void {
  player.call(call).then(
    () => tell({ kind: 'done', id }),
    (error: unknown) => tell({ kind: 'failed', id, error: sendError(error) }),
  );
}

let asked = 0;
function requestGrant({ signal }: { signal: AbortSignal }): Promise<BusGrant> {
  const id = ++asked;
  return new Promise((resolve, reject) => {
    signal.addEventListener('abort', () => reject(signal.reason), { once: true });
    grants.set(id, resolve);
    tell({ kind: 'grant_wanted', id });
  });
}

async function main(): Promise<void> {
  const { display, settings, media, grant, light } = birth;
  await using output = await openOutput({
    display,
    grant,
    requestGrant,
    glass: birth.glass,
    brightness: light.on ? light.brightness : 0,
    onExit: settings.on_exit,
    signal: life.signal,
  });
  const status = new StatusBlock(birth.status);
  playout = new Playout({ output, status, media, clock: monotonicClock, tell });
  for (const message of early) answer(playout, message);
  tell({ kind: 'ready' });
  await playout.run({ signal: life.signal });
}

await main();
port.close();
