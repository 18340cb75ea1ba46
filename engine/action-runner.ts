import type { Action } from '../contract/actions.ts';
import type { State } from '../contract/domain.ts';
import { LoopError } from '../format/errors.ts';
import { type DisplaySession, LOOP_PLAYLIST } from './display-session.ts';
import type { Store } from './store/store.ts';

/** Carries out one action on one display; the answer is what is true after it. */
export async function runAction(
  action: Action,
  session: DisplaySession,
  store: Store,
  { signal }: { signal: AbortSignal },
): Promise<State> {
  const { player } = session;
  switch (action.action) {
    case 'show':
      return show(action, session, store, { signal });
    case 'next':
    case 'previous':
    case 'play':
    case 'pause':
    case 'clear_overlay':
    case 'reload':
      return session.command({ kind: action.action }, { signal });
    case 'toggle':
      return session.command({ kind: player.report.playing ? 'pause' : 'play' }, { signal });
    case 'set_mode':
      return session.command({ kind: 'set_mode', mode: action.mode }, { signal });
    case 'set_playlist':
      return showPlaylist(action.playlist, session, { signal });
    case 'set_brightness':
      return session.command({ kind: 'set_light', on: player.isLit, brightness: action.brightness }, { signal });
    case 'turn_on':
    case 'turn_off':
      return session.command(
        { kind: 'set_light', on: action.action === 'turn_on', brightness: player.brightness },
        { signal },
      );
  }
}

async function show(
  action: Extract<Action, { action: 'show' }>,
  session: DisplaySession,
  store: Store,
  { signal }: { signal: AbortSignal },
): Promise<State> {
  if ((action.clip === undefined) === (action.playlist === undefined)) {
    throw new LoopError(
      'INVALID_ACTION',
      'The action show names both or neither of clip and playlist; it shows exactly one thing. Send {"action":"show","clip":"<slug or title>"} or {"action":"show","playlist":"loop"}.',
    );
  }
  if (action.playlist !== undefined) return showPlaylist(action.playlist, session, { signal });
  const { slug } = store.find(action.clip as string);
  const item = action.seconds === undefined ? store.loop().items.find((one) => one.slug === slug) : undefined;
  if (item) return session.command({ kind: 'activate', itemId: item.id }, { signal });
  const rendition = store.rendition(slug, session.player.geometry);
  if (rendition === undefined) {
    throw new LoopError(
      'CLIP_NOT_FOUND',
      `The clip ${slug} has no rendition for the display ${session.id} yet; it is being made. Try again in a moment.`,
    );
  }
  return session.command(
    { kind: 'show_clip', path: rendition.path, slug, seconds: action.seconds ?? null },
    { signal },
  );
}

async function showPlaylist(
  name: string,
  session: DisplaySession,
  { signal }: { signal: AbortSignal },
): Promise<State> {
  if (name.toLowerCase() !== LOOP_PLAYLIST) {
    throw new LoopError(
      'PLAYLIST_NOT_FOUND',
      `There is no playlist "${name}"; there is "${LOOP_PLAYLIST}". Name that one.`,
    );
  }
  await session.player.command({ kind: 'clear_overlay' }, { signal });
  return session.command({ kind: 'play' }, { signal });
}
