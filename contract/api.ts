import * as z from 'zod/mini';
import { action } from './actions.ts';
import { playbackMode } from './domain.ts';

z.config(z.locales.en());

const displayId = z.string().check(z.minLength(1), z.maxLength(32));
const slug = z.string().check(z.minLength(1), z.maxLength(300));
const percent = z.int().check(z.gte(0), z.lte(100));
const plays = z.int().check(z.gte(1), z.lte(1000));

/** POST to a playback command or an activation: on which display, when there are several. */
const onDisplay = z.strictObject({ display: z.optional(displayId) });

const clipChange = z.strictObject({
  title: z.optional(z.string().check(z.minLength(1), z.maxLength(300))),
  tags: z.optional(z.array(z.string().check(z.minLength(1), z.maxLength(100))).check(z.maxLength(100))),
});

/** `position` counts from 0; missing = at the end. `again` allows a clip that is in the loop already. */
const loopAddition = z.strictObject({
  slug,
  position: z.optional(z.int().check(z.gte(0))),
  again: z.optional(z.boolean()),
  loop_count: z.optional(plays),
});

/** The whole loop in its new order; `version` is the one the caller saw: another one is refused. */
const loopOrder = z.strictObject({
  order: z.array(slug).check(z.maxLength(10_000)),
  version: z.optional(z.int().check(z.gte(0))),
});

const loopItemChange = z.strictObject({ loop_count: plays });

const playbackChange = z.strictObject({
  mode: z.optional(playbackMode),
  playlist: z.optional(z.string().check(z.minLength(1), z.maxLength(300))),
  playing: z.optional(z.boolean()),
  display: z.optional(displayId),
});

const displayChange = z.strictObject({
  on: z.optional(z.boolean()),
  brightness: z.optional(percent),
});

/** Who answers: `json` the API (Express), `bytes` a plain handler on the hot path, `upload` the coordinator's own routes. */
export type RouteKind = 'json' | 'bytes' | 'upload';

/** One address of the API. */
export interface Route {
  readonly method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  /** Path with `:name` for its variable segments. HEAD works wherever GET does. */
  readonly path: string;
  readonly kind: RouteKind;
  readonly does: string;
  /** Shape of the JSON body; a route without one takes none. */
  readonly body?: z.ZodMiniType;
}

const get = <const Path extends string>(path: Path, does: string) =>
  ({ method: 'GET', path, kind: 'json', does }) as const;

/** Every route of the API as data: the server binds each, docs/api.md is made from it. */
export const routes = {
  listMedia: get('/api/media', 'Every clip'),
  getClip: get('/api/media/:slug', 'One clip'),
  changeClip: {
    method: 'PATCH',
    path: '/api/media/:slug',
    kind: 'json',
    does: 'Change title or tags of a clip',
    body: clipChange,
  },
  deleteClip: {
    method: 'DELETE',
    path: '/api/media/:slug',
    kind: 'json',
    does: 'Delete a clip; it leaves every playlist',
  },
  activateClip: {
    method: 'POST',
    path: '/api/media/:slug/activate',
    kind: 'json',
    does: 'Play a clip now; answers once its first frame is on the panel',
    body: onDisplay,
  },
  getLoop: get('/api/loop', 'The playlist that is on'),
  addToLoop: {
    method: 'POST',
    path: '/api/loop',
    kind: 'json',
    does: 'Put a clip into the loop',
    body: loopAddition,
  },
  orderLoop: { method: 'PUT', path: '/api/loop', kind: 'json', does: 'Order the loop', body: loopOrder },
  changeLoopItem: {
    method: 'PATCH',
    path: '/api/loop/:item',
    kind: 'json',
    does: 'Change how often an item plays',
    body: loopItemChange,
  },
  removeFromLoop: { method: 'DELETE', path: '/api/loop/:item', kind: 'json', does: 'Take an item out of the loop' },
  getPlayback: get('/api/playback', 'What is playing'),
  changePlayback: {
    method: 'PUT',
    path: '/api/playback',
    kind: 'json',
    does: 'Change mode, playlist or playing',
    body: playbackChange,
  },
  commandPlayback: {
    method: 'POST',
    path: '/api/playback/:command',
    kind: 'json',
    does: 'toggle, play, pause, next or previous',
    body: onDisplay,
  },
  listDisplays: get('/api/displays', 'Every display'),
  getDisplay: get('/api/displays/:display', 'One display'),
  changeDisplay: {
    method: 'PUT',
    path: '/api/displays/:display',
    kind: 'json',
    does: 'Switch a display on or off, or dim it',
    body: displayChange,
  },
  showFrame: {
    method: 'POST',
    path: '/api/displays/:display/frame',
    kind: 'json',
    does: 'Show a picture at once: PNG, JPEG, GIF, or RGB565 big-endian of the size of the display',
  },
  framePng: get('/api/displays/:display/frame.png', 'The picture on the glass as PNG'),
  frameJpg: get('/api/displays/:display/frame.jpg', 'The picture on the glass as JPEG'),
  runAction: { method: 'POST', path: '/api/actions', kind: 'json', does: 'Run one action', body: action },
  listPlaylists: get('/api/playlists', 'Every playlist'),
  getPlaylist: get('/api/playlists/:playlist', 'One playlist'),
  dashboard: get('/api/dashboard', 'Everything a view needs in one answer'),
  storage: get('/api/dashboard/storage', 'Space used and free'),
  stats: get('/api/stats', 'True figures of displays, process and web server'),
  health: { ...get('/api/health', 'Whether all services run'), kind: 'bytes' },
  socketStatus: get('/api/websocket/status', 'WebSocket clients by room'),
  clipFile: { ...get('/api/media/:slug/clip', 'The clip as a .loop file'), kind: 'bytes' },
  originalFile: { ...get('/api/media/:slug/original', 'The original file'), kind: 'bytes' },
  posterFile: { ...get('/api/media/:slug/poster', 'A still picture of the clip'), kind: 'bytes' },
  addMedia: {
    method: 'POST',
    path: '/api/media',
    kind: 'upload',
    does: 'Add media by multipart: original, original and clip, or bundle',
  },
  listUploads: { ...get('/api/uploads', 'Unfinished uploads'), kind: 'upload' },
  beginUpload: { method: 'POST', path: '/api/uploads', kind: 'upload', does: 'Begin one part of an upload (tus 1.0)' },
  getUpload: {
    ...get(
      '/api/uploads/:upload',
      'How an upload stands; `?wait=30` waits for its end. HEAD: bytes that are safe (tus)',
    ),
    kind: 'upload',
  },
  appendUpload: {
    method: 'PATCH',
    path: '/api/uploads/:upload',
    kind: 'upload',
    does: 'Append up to 8 MiB to one part of an upload (tus 1.0)',
  },
  cancelUpload: { method: 'DELETE', path: '/api/uploads/:upload', kind: 'upload', does: 'Cancel an upload' },
  retryUpload: {
    method: 'POST',
    path: '/api/uploads/:upload/retry',
    kind: 'upload',
    does: 'Try again to finish an upload whose bytes are all there',
  },
} as const satisfies Record<string, Route>;

export type RouteName = keyof typeof routes;
/** Routes answered by the JSON API. */
export type JsonRouteName = {
  [Name in RouteName]: (typeof routes)[Name]['kind'] extends 'json' ? Name : never;
}[RouteName];
/** The checked body of a route; undefined for a route that takes none. */
export type BodyOf<Name extends RouteName> = (typeof routes)[Name] extends {
  readonly body: infer Schema extends z.ZodMiniType;
}
  ? z.infer<Schema>
  : undefined;
/** The variable segments of a route's path. */
export type ParametersOf<Name extends RouteName> = Segments<(typeof routes)[Name]['path']>;
type Segments<Path extends string> = Path extends `${infer Head}/${infer Tail}`
  ? Segment<Head> | Segments<Tail>
  : Segment<Path>;
type Segment<Text extends string> = Text extends `:${infer Name}` ? Name : never;

/** What `POST /api/playback/:command` takes. */
export const playbackCommands = ['toggle', 'play', 'pause', 'next', 'previous'] as const;
export type PlaybackCommand = (typeof playbackCommands)[number];
