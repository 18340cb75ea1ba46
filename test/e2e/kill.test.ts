import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { test } from 'node:test';
import { temporaryFolder } from '../engine/store/made-clips.ts';
import { media } from '../media/media.ts';

const KILLS = 200;
/** Folders worked on side by side, so that both cores of a small machine are busy. */
const LANES = 2;
/** A kill comes after so many steps of work at most, counted so that a busy machine gets its work done too, */
const MOST_STEPS = 6;
/** and at a random instant of the step after that: a conversion takes longer, everything else is shorter. */
const LONGEST_MS = 60;

/** What is known of a clip: its title, `undefined` for one that is not there; of several, one is true. */
type Belief = readonly (string | undefined)[];

/** What must be true of the library, as far as the killed process said. */
class Beliefs {
  readonly #clips = new Map<string, Belief>();
  resumed = 0;
  readonly done = { added: 0, deleted: 0, titled: 0 };

  /** Takes what the process says it begins or has done. */
  hear(word: string, value: unknown): void {
    const [hash, title] = [value].flat() as [string, string | undefined];
    const before = this.#clips.get(hash) ?? [undefined];
    // A new clip has the name of its file; one that is there keeps its own.
    const whenAdded = before.map((one) => one ?? 'made');
    if (word === 'add') this.#clips.set(hash, [...before, ...whenAdded]);
    if (word === 'added') this.#clips.set(hash, whenAdded);
    if (word === 'delete') this.#clips.set(hash, [...before, undefined]);
    if (word === 'deleted') this.#clips.set(hash, [undefined]);
    if (word === 'title') this.#clips.set(hash, [...before, title]);
    if (word === 'titled') this.#clips.set(hash, [title]);
    if (word === 'resumed') this.resumed++;
    if (word in this.done) this.done[word as keyof typeof this.done]++;
  }

  /** Compares with what a new process found. */
  check(found: readonly (readonly [string, string])[]): void {
    const titles = new Map(found);
    for (const [hash, belief] of this.#clips) {
      assert.ok(
        belief.includes(titles.get(hash)),
        `${hash.slice(0, 8)} is ${titles.get(hash)}, believed ${belief.join(' or ')}`,
      );
    }
    for (const [hash] of found) assert.ok(this.#clips.has(hash), `${hash} was never added`);
  }
}

test(`${KILLS} kills at random instants leave the old state or the new one, and nothing torn`, async (t) => {
  const video = await media('tiny.mp4');
  const lanes = Array.from({ length: LANES }, async (_, lane) => {
    await using folder = await temporaryFolder();
    const beliefs = new Beliefs();
    for (let kill = 0; kill < KILLS / LANES; kill++)
      await runAndKill(folder.path, lane * 10_000 + kill + 1, video, beliefs);
    return beliefs;
  });
  for (const { resumed, done } of await Promise.all(lanes)) {
    t.diagnostic(`${JSON.stringify(done)}, ${resumed} parts gone on with`);
    assert.ok(done.added > 20 && done.deleted > 5 && done.titled > 5 && resumed > 0, 'the kills came before any work');
  }
});

async function runAndKill(folder: string, seed: number, video: string, beliefs: Beliefs): Promise<void> {
  const script = join(import.meta.dirname, 'kill-child.ts');
  const child = spawn(process.execPath, [script, folder, String(seed), video], { stdio: ['ignore', 'pipe', 'pipe'] });
  const closed = once(child, 'close');
  let complaints = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    complaints += text;
  });
  let wasSound = false;
  let stepsLeft = Math.floor(Math.random() * (MOST_STEPS + 1));
  for await (const line of createInterface(child.stdout)) {
    const [word, value] = JSON.parse(line) as [string, unknown];
    if (word === 'state') beliefs.check(value as [string, string][]);
    else if (word === 'sound') wasSound = true;
    else beliefs.hear(word, value);
    if (wasSound && stepsLeft-- === 0) setTimeout(() => child.kill('SIGKILL'), Math.random() * LONGEST_MS);
  }
  assert.ok(wasSound, `after a kill the next start found: ${complaints}`);
  const [, signalCode] = await closed;
  assert.equal(signalCode, 'SIGKILL', complaints);
}
