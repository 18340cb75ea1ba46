// The child's side of spidev-player.test.ts: a player on the real driver, told what to do by messages from the test.
import { once } from 'node:events';
import { parseOptions } from '../../../contract/config.ts';
import { silentLog } from '../../../engine/log.ts';
import { openPlayer } from '../../../engine/player/player.ts';

const [file = ''] = process.argv.slice(2);
const { signal } = new AbortController();
const parsed = parseOptions({ displays: [{ panel: 'st7735', bus: '/dev/spidev0.0' }] });
if (!parsed.ok) throw new Error(JSON.stringify(parsed.faults));
const { displays, display: settings, media } = parsed.options;
const [display] = displays;
if (!display) throw new Error('one display was given');

{
  await using player = await openPlayer({ display, settings, media, log: silentLog, signal });
  player.on('status', ({ state, code }) => process.send?.({ state, code }));
  const item = { id: 'item_a', slug: 'a', path: file, plays: 1, durationUs: null };
  await player.load([item], { itemId: null, positionUs: 0, mode: 'loop_all', playing: true, seed: 1 });
  process.send?.({ loaded: player.status().state });
  await once(process, 'message');
  const { positionUs } = await player.command({ kind: 'pause' }, { signal });
  process.send?.({ positionUs, stats: player.stats() });
  await once(process, 'message');
}
process.disconnect();
