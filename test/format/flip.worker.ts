import { parentPort, workerData } from 'node:worker_threads';
import { flipBit, playClip } from './clips.ts';
import { assertExtras, assertRefused, playDamaged } from './damaged-clip.ts';

const { clean, from, to } = workerData as { clean: Uint8Array; from: number; to: number }; // given by flipInWorker
const whole = (await playClip(clean)).shown;
const outcomes = new Set<string>();
for (let bit = from; bit < to; bit++) {
  const bytes = clean.slice();
  flipBit(bytes, bit);
  const what = `bit ${bit & 7} of byte ${bit >> 3}`;
  const outcome = await playDamaged(bytes, whole, what);
  outcomes.add(outcome);
  if (outcome === 'unharmed' || outcome === 'walked') await assertExtras(bytes, clean, whole, what);
  await assertRefused(bytes, what);
}
parentPort?.postMessage([...outcomes]);
