import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { after, before, describe, test } from 'node:test';
import { barRectangle } from '../../engine/player/progress-bar.ts';
import { media } from '../media/media.ts';
import { addClip } from './add-clip.ts';
import { type RunningLoop, startLoop } from './app.ts';
import { type FfmpegGate, openFfmpegGate } from './ffmpeg-gate.ts';
import { type Glass, readGlass } from './glass.ts';
import { until } from './page-browser.ts';

const WHITE = 255;
const STILL_TO_COME = 24;

let gate: FfmpegGate;
before(async () => {
  gate = await openFfmpegGate();
});
after(() => gate[Symbol.asyncDispose]());

/** Sends a film that LOOP has to convert; `look` is called while it waits at the beginning of that, `percent` done. */
async function whileConverting(loop: RunningLoop, look: (percent: number, hash: string) => Promise<void>) {
  const form = new FormData();
  form.set('original', new Blob([await readFile(await media('tiny.mp4'))]), 'tiny.mp4');
  form.set('add_to_loop', 'false');
  const headers = { Prefer: 'respond-async' };
  await gate.shut();
  try {
    const answer = await fetch(new URL('api/media', loop.url), { method: 'POST', body: form, headers });
    assert.equal(answer.status, 202, await answer.text());
    const transaction = await until(
      async () => (await loop.client.uploads())[0],
      (one) => one?.stage === 'converting',
    );
    await look(Math.floor(transaction?.progress ?? 0), transaction?.transaction ?? '');
  } finally {
    await gate.open();
  }
  await until(
    () => loop.client.uploads(),
    (uploads) => uploads.length === 0,
  );
}

/** The share of the bar that is filled, percent; undefined where the last row is no bar. */
function barOf({ width, height, rgb }: Glass): number | undefined {
  const row = [...rgb.subarray((height - 1) * width * 3)];
  const filled = row.filter((value) => value === WHITE).length;
  const isBar = row.every((value, i) => value === (i < filled ? WHITE : STILL_TO_COME));
  return isBar ? Math.round((filled / row.length) * 100) : undefined;
}

/** The picture without the rows that the bar covers. */
function aboveBar({ width, height, rgb }: Glass): Buffer {
  return rgb.subarray(0, barRectangle({ width, height }).y * width * 3);
}

async function barIs(loop: RunningLoop, wanted: number | undefined): Promise<Glass> {
  await until(
    async () => barOf(await readGlass(loop.client)) ?? null,
    (percent) => percent === (wanted ?? null),
  );
  return readGlass(loop.client);
}

async function glassIs(loop: RunningLoop, wanted: Glass): Promise<void> {
  await until(
    async () => (await readGlass(loop.client)).rgb.equals(wanted.rgb),
    (isSame) => isSame,
  );
}

describe('with display.show_progress', () => {
  let loop: RunningLoop;
  before(async () => {
    loop = await startLoop({ env: gate.env });
  });
  after(() => loop[Symbol.asyncDispose]());

  test('an upload into an empty library draws its bar on the black panel, until it is done', async () => {
    const black = await readGlass(loop.client);
    assert.ok(black.rgb.every((value) => value === 0));
    await whileConverting(loop, async (percent) => {
      assert.ok(percent >= 15, `${percent} %`);
      const drawn = await barIs(loop, percent);
      assert.ok(aboveBar(drawn).equals(aboveBar(black)));
    });
    await glassIs(loop, black);
  });

  test('over a paused picture too, which is whole again afterwards', async () => {
    await loop.client.deleteClip('tiny');
    await addClip(loop.url, { title: 'Paused' });
    await loop.client.activate('paused');
    await loop.client.command('pause');
    const paused = await readGlass(loop.client);
    await whileConverting(loop, async (percent) => {
      const drawn = await barIs(loop, percent);
      assert.ok(aboveBar(drawn).equals(aboveBar(paused)));
      assert.ok(!drawn.rgb.equals(paused.rgb));
    });
    await glassIs(loop, paused);
  });

  test('an upload that is cancelled takes its bar along', async () => {
    await loop.client.deleteClip('tiny');
    await whileConverting(loop, async (percent, hash) => {
      await barIs(loop, percent);
      await loop.client.cancelUpload(hash);
      await barIs(loop, undefined);
    });
    assert.equal((await loop.client.media()).length, 1);
  });
});

test('without display.show_progress no bar is ever drawn', async () => {
  await using loop = await startLoop({ options: { display: { show_progress: false } }, env: gate.env });
  await addClip(loop.url, { title: 'Paused' });
  await loop.client.command('pause');
  const paused = await readGlass(loop.client);
  await whileConverting(loop, async () => {
    // Commands are carried out in order: a bar that was asked for would stand before this answer.
    await loop.client.command('pause');
    assert.ok((await readGlass(loop.client)).rgb.equals(paused.rgb));
  });
  assert.ok((await readGlass(loop.client)).rgb.equals(paused.rgb));
});
