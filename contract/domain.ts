import * as z from 'zod/mini';

/** An instant: ISO 8601 in UTC. */
const instant = z.iso.datetime();
const count = z.int().check(z.gte(0));

/** What a clip was made from. */
export const mediaType = z.enum(['video', 'gif', 'image']);
export type MediaType = z.infer<typeof mediaType>;

/** A stored animation or picture, as REST, WebSocket, MQTT and node messages carry it. */
export const clip = z.object({
  /** Short name for addresses: `a-z0-9-`, unique, made from the title; never begins with `item_`. */
  slug: z.string(),
  title: z.string(),
  type: mediaType,
  /** Of the first display's rendition, in pixels as seen. */
  width: count,
  height: count,
  /** Frames a second; for a GIF with uneven delays the average. */
  fps: z.number(),
  frame_count: count,
  /** One play, in milliseconds; 0 for a picture, whose time is the playlist's. */
  duration_ms: count,
  /** Of the rendition. */
  size_bytes: count,
  original_filename: z.string(),
  original_size_bytes: count,
  /** SHA-256 of the original, 64 hex digits. */
  content_hash: z.string(),
  added_at: instant,
  tags: z.array(z.string()),
  /** How many times it was shown to its end. */
  plays: count,
  /** Relative to the server's root, without a leading slash: ingress puts a prefix before them. */
  poster_url: z.string(),
  original_url: z.string(),
  clip_url: z.string(),
});
export type Clip = z.infer<typeof clip>;

/** One entry of the loop. */
export const loopItem = z.object({
  /** Begins with `item_`. */
  id: z.string(),
  slug: z.string(),
  title: z.string(),
  type: mediaType,
  /** Plays before the next item's turn, 1 to 1000. */
  loop_count: z.int(),
  /** Milliseconds of one play: the clip's, or for a picture the time it stands. */
  duration_ms: count,
  poster_url: z.string(),
});
export type LoopItem = z.infer<typeof loopItem>;

export const loop = z.object({ items: z.array(loopItem), version: count });
export type Loop = z.infer<typeof loop>;

export const playbackMode = z.enum(['loop_all', 'loop_one', 'shuffle']);
export type PlaybackMode = z.infer<typeof playbackMode>;

/** What a display plays at this moment. */
export const playback = z.object({
  display: z.string(),
  playing: z.boolean(),
  mode: playbackMode,
  slug: z.nullable(z.string()),
  item_id: z.nullable(z.string()),
  /** Presentation time within this play of the frame on the glass, milliseconds; frozen while paused. */
  position_ms: count,
  /** Plays of this item still to come, this one counted. */
  plays_left: count,
  playlist: z.string(),
  /** What stands over the playlist for a while: a picture or a clip shown with `seconds`. */
  overlay: z.nullable(z.object({ kind: z.enum(['clip', 'picture', 'text', 'progress']), until: z.nullable(instant) })),
});
export type Playback = z.infer<typeof playback>;

/** True figures of a display since start. */
export const displayStats = z.object({
  frames_shown: count,
  /** Presented more than half a frame period after they were due. */
  frames_late: count,
  /** Never presented. */
  frames_dropped: count,
  /** Frames a second over the last seconds. */
  fps: z.number(),
  bus_bytes: count,
  bus_hz_asked: count,
  /** Measured by timing a full frame; null on a bus that takes no time. */
  bus_hz_real: z.nullable(count),
  /** Share of time the bus was writing, 0 to 1, over the last seconds. */
  bus_load: z.number(),
  /** Chunks of clips that could not be read. */
  bad_chunks: count,
  /** Times the panel was set up again after a fault. */
  recoveries: count,
  /** What to do about the bus, in a sentence; null when all is well. */
  advice: z.nullable(z.string()),
});
export type DisplayStats = z.infer<typeof displayStats>;

/** A named output that people see: panel, rotation, light. */
export const display = z.object({
  id: z.string(),
  name: z.string(),
  on: z.boolean(),
  /** Percent. */
  brightness: z.int(),
  /** Whether brightness between 0 and 100 is possible (a hardware PWM), or only on and off. */
  dimmable: z.boolean(),
  rotation: z.union([z.literal(0), z.literal(90), z.literal(180), z.literal(270)]),
  panel: z.string(),
  bus: z.string(),
  /** As seen, in pixels. */
  width: count,
  height: count,
  /** `ok`, or what is wrong with its hardware in a sentence that names the mend. */
  status: z.object({
    state: z.enum(['ok', 'starting', 'fault']),
    code: z.nullable(z.string()),
    message: z.nullable(z.string()),
  }),
  stats: displayStats,
});
export type Display = z.infer<typeof display>;

/** The answer to every action: what is true after it. */
export const state = z.object({ display, playback });
export type State = z.infer<typeof state>;

export const storage = z.object({
  media_bytes: count,
  free_bytes: count,
  total_bytes: count,
  measured_at: instant,
});
export type Storage = z.infer<typeof storage>;

/** One upload or conversion that is not finished. */
export const transaction = z.object({
  /** SHA-256 of the original, 64 hex digits. */
  transaction: z.string(),
  filename: z.string(),
  stage: z.enum(['resizing', 'converting', 'uploading', 'finalizing']),
  /** 0 to 100 over all four stages. */
  progress: z.number(),
  /** Bytes of each part that are safe on disk; size null while it is not known. */
  parts: z.array(z.object({ part: z.enum(['original', 'clip']), offset: count, size: z.nullable(count) })),
  /** Why it ended without a clip, null while it may still. */
  error: z.nullable(z.object({ code: z.string(), message: z.string() })),
});
export type Transaction = z.infer<typeof transaction>;

export const system = z.object({
  version: z.string(),
  instance: z.string(),
  started_at: instant,
  cpu_percent: z.number(),
  rss_bytes: count,
  /** Null where ffmpeg is missing; then a sentence that names the mend stands in `notices`. */
  ffmpeg: z.nullable(z.string()),
  max_file_size_bytes: count,
  /** Frames a second that video is converted to. */
  framerate: z.number(),
  notices: z.array(z.object({ code: z.string(), message: z.string() })),
});
export type System = z.infer<typeof system>;

/** Everything a view needs, in one answer. */
export const dashboard = z.object({
  media: z.array(clip),
  loop,
  /** Of the first display. */
  playback,
  /** Of every display, by its id. */
  playbacks: z.record(z.string(), playback),
  displays: z.array(display),
  playlists: z.array(z.object({ id: z.string(), name: z.string(), items: count })),
  storage,
  system,
  uploads: z.array(transaction),
  connections: z.record(z.string(), count),
  version: z.string(),
});
export type Dashboard = z.infer<typeof dashboard>;
