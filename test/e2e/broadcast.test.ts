import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { after, before, describe, test } from 'node:test';
import { isDeepStrictEqual } from 'node:util';
import sharp from 'sharp';
import { LiveState } from '../../client/live-state.ts';
import { type Route, type RouteName, routes } from '../../contract/api.ts';
import type { Dashboard } from '../../contract/domain.ts';
import type { UploadProgress } from '../../contract/messages.ts';
import { media } from '../media/media.ts';
import { addClip, originalOf } from './add-clip.ts';
import { type RunningLoop, startLoop } from './app.ts';
import { type FfmpegGate, openFfmpegGate } from './ffmpeg-gate.ts';
import { until } from './page-browser.ts';

// Whatever one person changes, by whichever route, everybody else is told, and what is told adds up to what is true.

type Mutating = {
  [Name in RouteName]: (typeof routes)[Name]['method'] extends 'GET' ? never : Name;
}[RouteName];

interface Change {
  /** Brings about what the call needs. */
  prepare?(): Promise<unknown>;
  /** One successful call. */
  call(): Promise<unknown>;
  /** Whether whoever has this dashboard was told. */
  isTold(dashboard: Dashboard): boolean;
}

let gate: FfmpegGate;
let loop: RunningLoop;
let live: LiveState;
before(async () => {
  gate = await openFfmpegGate();
  loop = await startLoop({ env: gate.env });
  for (const title of ['Red', 'Green', 'Blue']) await addClip(loop.url, { title });
  live = new LiveState({ base: loop.url });
  live.subscribe('progress');
  live.start();
  await told((dashboard) => dashboard.connections.progress === 1);
});
after(async () => {
  live[Symbol.dispose]();
  await loop[Symbol.asyncDispose]();
  await gate[Symbol.asyncDispose]();
});

/** Waits until what was told says so. */
async function told(isTold: (dashboard: Dashboard) => boolean): Promise<void> {
  await until(
    async () => live.dashboard !== undefined && isTold(live.dashboard),
    (isSo) => isSo,
  );
}

/** Without figures that change by themselves, which are told once a second or counted in batches. */
function withoutFigures({ media, playback, playbacks, displays, storage, system, ...rest }: Dashboard) {
  const still = (one: Dashboard['playback']) => ({ ...one, position_ms: 0, plays_left: 0 });
  return {
    ...rest,
    media: media.map((clip) => ({ ...clip, plays: 0 })).sort((a, b) => a.slug.localeCompare(b.slug)),
    playback: still(playback),
    playbacks: Object.fromEntries(Object.entries(playbacks).map(([id, one]) => [id, still(one)])),
    displays: displays.map((display) => ({ ...display, stats: {} })),
    storage: { media_bytes: storage.media_bytes },
    system: { ...system, cpu_percent: 0, rss_bytes: 0 },
  };
}

/** Compares what was told with the truth; what is still on its way is waited for. */
async function addsUp(): Promise<void> {
  const both = async () => {
    assert.ok(live.dashboard);
    return { told: withoutFigures(live.dashboard), truth: withoutFigures(await loop.client.dashboard()) };
  };
  await until(both, ({ told, truth }) => isDeepStrictEqual(told, truth)).catch(async () => {
    const { told, truth } = await both();
    assert.deepEqual(told, truth);
  });
}

async function send(method: string, path: string, body?: BodyInit, headers: Record<string, string> = {}) {
  const init = body === undefined ? { method, headers } : { method, headers, body };
  const answer = await fetch(new URL(path, loop.url), init);
  assert.ok(answer.ok, `${method} ${path}: ${answer.status} ${await answer.clone().text()}`);
  return answer;
}

const itemOf = async (slug: string) => (await loop.client.loop()).items.find((item) => item.slug === slug)?.id ?? '';

/** An upload in parts that is begun and never ended. */
const begun = originalOf('Begun');
const begunHash = createHash('sha256').update(begun).digest('hex');
const tus = { 'Tus-Resumable': '1.0.0' };
const half = begun.length >> 1;

async function sendFilm(name: 'tiny.mp4' | 'bbb-2s.mp4'): Promise<string> {
  const form = new FormData();
  form.set('original', new Blob([await readFile(await media(name))]), name);
  const answer = await send('POST', 'api/media', form, { Prefer: 'respond-async' });
  return ((await answer.json()) as { transaction: string }).transaction;
}
let failedHash = '';

/** In this order; each finds what the ones before it left. */
const changes: { readonly [Name in Mutating]: Change } = {
  changePlayback: {
    call: () => loop.client.changePlayback({ mode: 'loop_one', playing: false }),
    isTold: ({ playback }) => playback.mode === 'loop_one' && !playback.playing,
  },
  activateClip: {
    call: () => loop.client.activate('blue'),
    isTold: ({ playback }) => playback.slug === 'blue' && playback.playing,
  },
  commandPlayback: {
    call: () => loop.client.command('pause'),
    isTold: ({ playbacks }) => playbacks.loop?.playing === false,
  },
  changeClip: {
    call: () => loop.client.patchClip('red', { title: 'Rouge', tags: ['warm'] }),
    isTold: ({ media: all, loop: { items } }) =>
      all.some(({ title, tags }) => title === 'Rouge' && tags[0] === 'warm') &&
      items.some(({ title }) => title === 'Rouge'),
  },
  orderLoop: {
    call: () => send('PUT', 'api/loop', JSON.stringify({ order: ['green', 'blue', 'red'] })),
    isTold: ({ loop: { items } }) => items.map(({ slug }) => slug).join() === 'green,blue,red',
  },
  changeLoopItem: {
    call: async () => loop.client.setLoopCount(await itemOf('red'), 7),
    isTold: ({ loop: { items } }) => items.some(({ loop_count: count }) => count === 7),
  },
  removeFromLoop: {
    call: async () => loop.client.removeFromLoop(await itemOf('green')),
    isTold: ({ loop: { items }, playlists }) => items.length === 2 && playlists[0]?.items === 2,
  },
  addToLoop: {
    call: () => loop.client.addToLoop('green', { position: 0 }),
    isTold: ({ loop: { items }, playlists }) => items[0]?.slug === 'green' && playlists[0]?.items === 3,
  },
  changeDisplay: {
    call: () => loop.client.changeDisplay('loop', { brightness: 40 }),
    isTold: ({ displays }) => displays[0]?.brightness === 40,
  },
  showFrame: {
    call: async () => {
      const picture = sharp({ create: { width: 4, height: 3, channels: 3, background: '#f0f' } });
      const png = new Blob([new Uint8Array(await picture.png().toBuffer())], { type: 'image/png' });
      await loop.client.showFrame('loop', png, null);
    },
    isTold: ({ playback }) => playback.overlay?.kind === 'picture',
  },
  runAction: {
    call: () => loop.client.action({ action: 'clear_overlay' }),
    isTold: ({ playback }) => playback.overlay === null && playback.slug === 'blue',
  },
  addMedia: {
    call: () => addClip(loop.url, { title: 'New' }),
    isTold: ({ media: all, loop: { items } }) => all.length === 4 && items.at(-1)?.slug === 'new',
  },
  deleteClip: {
    call: () => loop.client.deleteClip('new'),
    isTold: ({ media: all, loop: { items } }) => all.length === 3 && items.length === 3,
  },
  beginUpload: {
    call: () => {
      const said = { hash: begunHash, part: 'original', filename: 'begun.gif', convert: 'server' };
      const metadata = Object.entries({ ...said, original_size: String(begun.length) })
        .map(([key, value]) => `${key} ${btoa(value)}`)
        .join(',');
      const length = { 'Upload-Length': String(begun.length), 'Upload-Metadata': metadata };
      return send('POST', 'api/uploads', undefined, { ...tus, ...length });
    },
    isTold: ({ uploads: [upload] }) => upload?.filename === 'begun.gif' && upload.parts[0]?.offset === 0,
  },
  appendUpload: {
    call: () =>
      send('PATCH', `api/uploads/${begunHash}.original`, begun.slice(0, half), {
        ...tus,
        'Upload-Offset': '0',
        'Content-Type': 'application/offset+octet-stream',
      }),
    isTold: ({ uploads: [upload] }) => upload?.parts[0]?.offset === half,
  },
  cancelUpload: {
    call: () => loop.client.cancelUpload(begunHash),
    isTold: ({ uploads }) => uploads.length === 0,
  },
  retryUpload: {
    prepare: async () => {
      await gate.break();
      failedHash = await sendFilm('tiny.mp4');
      await told(({ uploads: [upload] }) => upload?.error?.code === 'CONVERSION_FAILED');
      await gate.mend();
    },
    call: () => send('POST', `api/uploads/${failedHash}/retry`),
    isTold: ({ media: all, uploads }) => all.some(({ slug }) => slug === 'tiny') && uploads.length === 0,
  },
};

describe('a listener is told', () => {
  test('of every route that changes something, below', () => {
    const mutating = Object.entries<Route>(routes).filter(([, { method }]) => method !== 'GET');
    assert.deepEqual(Object.keys(changes).sort(), mutating.map(([name]) => name).sort());
  });

  for (const [name, { prepare, call, isTold }] of Object.entries(changes)) {
    const { method, path } = routes[name as Mutating];
    test(`${name}: ${method} ${path}`, async () => {
      await prepare?.();
      assert.ok(live.dashboard && !isTold(live.dashboard), 'nobody said so before');
      await call();
      await told(isTold);
      await addsUp();
    });
  }
});

test('the progress of an upload rises through its four stages to 100 before everybody', async () => {
  const heard: UploadProgress[] = [];
  const undo = live.on('progress', (progress) => heard.push(progress));
  const transaction = await sendFilm('bbb-2s.mp4');
  await until(
    async () => heard.at(-1)?.progress ?? 0,
    (progress) => progress === 100,
  );
  await told(({ media: all, uploads }) => all.some(({ slug }) => slug === 'bbb-2s') && uploads.length === 0);
  undo();
  assert.deepEqual(
    [...new Set(heard.map(({ stage }) => stage))],
    ['resizing', 'converting', 'uploading', 'finalizing'],
  );
  for (const [i, step] of heard.entries()) {
    assert.deepEqual([step.transaction, step.filename, step.error], [transaction, 'bbb-2s.mp4', null]);
    assert.ok(step.progress >= (heard[i - 1]?.progress ?? 0), 'it only rises');
  }
  const ends = { resizing: 15, converting: 50, uploading: 80, finalizing: 100 };
  for (const { stage, progress } of heard) assert.ok(progress <= ends[stage], `${stage} ${progress}`);
  assert.ok(heard.length > 10, `${heard.length} steps`);
  await addsUp();
});
