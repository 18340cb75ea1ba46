import { type PlaybackCommand, playbackCommands } from '../../contract/api.ts';
import type { Engine } from '../../engine/engine.ts';
import { LoopError } from '../../format/errors.ts';
import type { AnswerCache } from './answer-cache.ts';
import { type Handlers, ok } from './api.ts';
import { GlassPictures } from './glass-pictures.ts';
import { postedPictures } from './posted-picture.ts';

/** The answers that are made once for everybody. */
export interface Caches {
  readonly dashboard: AnswerCache;
  readonly media: AnswerCache;
  readonly loop: AnswerCache;
}

/** What each JSON route does: a word from the outside becomes one call of the engine. */
export function apiHandlers(options: {
  readonly engine: Engine;
  readonly caches: Caches;
  readonly stats: () => unknown;
  readonly socketStatus: () => unknown;
}): Handlers {
  const { engine, caches } = options;
  const { store } = engine;
  const glass = new GlassPictures(engine);
  return {
    listMedia: () => ({ kind: 'cached', cache: caches.media }),
    getClip: ({ params }) => ok({ media: store.clip(params.slug) }),
    changeClip: async ({ params, body }) => ok({ media: await store.patchClip(params.slug, body) }),
    deleteClip: async ({ params }) => {
      await engine.removeClip(params.slug);
      return { kind: 'empty' };
    },
    activateClip: async ({ params, query, body, signal }) => {
      const clip = store.clip(params.slug).slug;
      const display = displayOf(query, body);
      return ok({ playback: (await engine.run({ action: 'show', clip, ...display }, { signal })).playback });
    },

    getLoop: () => ({ kind: 'cached', cache: caches.loop }),
    addToLoop: async ({ body: { slug, loop_count: loopCount, ...rest } }) => {
      const addition = loopCount === undefined ? rest : { ...rest, loopCount };
      return { kind: 'json', status: 201, value: await store.addToLoop(slug, addition) };
    },
    orderLoop: async ({ body }) => ok(await store.orderLoop(body.order, body.version ?? store.loop().version)),
    changeLoopItem: async ({ params, body }) => ok(await store.setLoopCount(params.item, body.loop_count)),
    removeFromLoop: async ({ params }) => ok(await store.removeFromLoop(params.item)),

    getPlayback: ({ query }) => ok({ playback: engine.playback(query.get('display') ?? undefined) }),
    changePlayback: async ({ query, body, signal }) => {
      const display = displayOf(query, body);
      const { playlist, mode, playing } = body;
      if (playlist !== undefined) await engine.run({ action: 'set_playlist', playlist, ...display }, { signal });
      if (mode !== undefined) await engine.run({ action: 'set_mode', mode, ...display }, { signal });
      if (playing !== undefined) await engine.run({ action: playing ? 'play' : 'pause', ...display }, { signal });
      return ok({ playback: engine.playback(display.display) });
    },
    commandPlayback: async ({ params, query, body, signal }) => {
      const action = playbackCommand(params.command);
      return ok({ playback: (await engine.run({ action, ...displayOf(query, body) }, { signal })).playback });
    },

    listDisplays: () => ok({ displays: engine.displays() }),
    getDisplay: ({ params }) => ok(engine.display(params.display)),
    changeDisplay: async ({ params, body, signal }) => ok(await engine.setDisplay(params.display, body, { signal })),
    showFrame: async ({ params, query, req, signal }) => {
      const seconds = secondsOf(query);
      const pictures = await postedPictures(req, engine.display(params.display));
      return ok(await engine.showPictures(params.display, pictures, seconds, { signal }));
    },
    framePng: async ({ params }) => ({
      kind: 'bytes',
      type: 'image/png',
      bytes: await glass.get(params.display, 'png'),
    }),
    frameJpg: async ({ params }) => ({
      kind: 'bytes',
      type: 'image/jpeg',
      bytes: await glass.get(params.display, 'jpg'),
    }),

    runAction: async ({ body, signal }) => ok(await engine.run(body, { signal })),

    listPlaylists: () => ok({ playlists: [{ id: 'loop', name: 'Loop', items: store.loop().items.length }] }),
    getPlaylist: ({ params }) => {
      if (params.playlist !== 'loop') throw playlistNotFound(params.playlist);
      return ok({ playlist: { id: 'loop', name: 'Loop', ...store.loop() } });
    },

    dashboard: () => ({ kind: 'cached', cache: caches.dashboard }),
    storage: async () => ok(await store.storage()),
    stats: () => ok(options.stats()),
    socketStatus: () => ok(options.socketStatus()),
  };
}

/** The display a request names, in its query or its body; none = the first. */
function displayOf(query: URLSearchParams, body: { readonly display?: string }): { readonly display?: string } {
  const display = body.display ?? query.get('display');
  return display === null || display === undefined ? {} : { display };
}

function playbackCommand(text: string): PlaybackCommand {
  const command = playbackCommands.find((one) => one === text);
  if (command) return command;
  const message = `There is no playback command "${text.slice(0, 100)}"; there are ${playbackCommands.join(', ')}. Use one of these.`;
  throw new LoopError('NOT_FOUND', message);
}

function secondsOf(query: URLSearchParams): number | null {
  const text = query.get('seconds');
  if (text === null) return null;
  const seconds = Number(text);
  if (text.trim() !== '' && seconds >= 0.1 && seconds <= 86_400) return seconds;
  const shown = JSON.stringify(text.slice(0, 40));
  throw new LoopError(
    'INVALID_REQUEST',
    `seconds is ${shown}; it is a number from 0.1 to 86400. Correct it, or leave it out.`,
  );
}

function playlistNotFound(name: string): LoopError {
  const message = `There is no playlist "${name.slice(0, 100)}"; there is "loop". Ask for that one.`;
  return new LoopError('PLAYLIST_NOT_FOUND', message);
}
