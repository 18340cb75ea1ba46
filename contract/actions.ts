import * as z from 'zod/mini';
import { playbackMode } from './domain.ts';

const display = z.optional(z.string());
/** Seconds something stands over the playlist: 0.1 to 86,400. */
const seconds = z.number().check(z.gte(0.1), z.lte(86_400));

/** Exactly one of clip, url, text, playlist names what to show. */
const show = z.strictObject({
  action: z.literal('show'),
  clip: z.optional(z.string().check(z.minLength(1), z.maxLength(300))),
  playlist: z.optional(z.string().check(z.minLength(1), z.maxLength(300))),
  seconds: z.optional(seconds),
  display,
});
const plain = <const Name extends string>(name: Name) => z.strictObject({ action: z.literal(name), display });

/**
 * What LOOP can be told, by REST, WebSocket, MQTT, Node-RED or voice; each edge only translates. The discriminant is `action`.
 * `display` missing means the only or first one.
 */
export const action = z.discriminatedUnion('action', [
  show,
  plain('next'),
  plain('previous'),
  plain('play'),
  plain('pause'),
  plain('toggle'),
  z.strictObject({ action: z.literal('set_mode'), mode: playbackMode, display }),
  z.strictObject({ action: z.literal('set_playlist'), playlist: z.string().check(z.minLength(1)), display }),
  z.strictObject({ action: z.literal('set_brightness'), brightness: z.int().check(z.gte(0), z.lte(100)), display }),
  plain('turn_on'),
  plain('turn_off'),
  plain('clear_overlay'),
  plain('reload'),
]);
export type Action = z.infer<typeof action>;
