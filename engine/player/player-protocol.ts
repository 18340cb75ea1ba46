import type { DisplayOptions, Options } from '../../contract/config.ts';
import type { PlaybackMode } from '../../contract/domain.ts';
import { LoopError, type LoopErrorCode } from '../../format/errors.ts';
import type { BusGrant } from '../bus/bus-grant.ts';
import type { TimedPicture } from '../source/pictures-source.ts';
import type { Words } from './status-block.ts';

/** One entry of the playlist, as the player is told it. */
export interface PlayerItem {
  /** Unique in the list. */
  readonly id: string;
  /** Name of the clip, for reports. */
  readonly slug: string;
  /** A `.loop` file. Another path or version under the same id is another picture. */
  readonly path: string;
  /** Changes when the file is replaced by another of the same name. */
  readonly version?: number;
  /** Plays before the next item's turn, at least 1. */
  readonly plays: number;
  /** One play; null: the clip's own, and for a clip of one frame the time a picture stands. */
  readonly durationUs: number | null;
}

/** Where the first list begins. */
export interface PlayerStart {
  /** Null, or not in the list: the first item. */
  readonly itemId: string | null;
  readonly positionUs: number;
  readonly mode: PlaybackMode;
  readonly playing: boolean;
  /** Chooses the order of `shuffle`, 0 to 2^32 - 1. */
  readonly seed: number;
}

/**
 * What a player can be told. What is shown "over" the playlist stops its clock; afterwards it goes on at the very position.
 * `seconds: null` stands until `clear_overlay` or until another item is asked for. Pictures have the display's size and
 * are handed over: their memory is the player's.
 */
export type PlayerCommand =
  | { readonly kind: 'activate'; readonly itemId: string }
  | { readonly kind: 'next' | 'previous' | 'play' | 'pause' | 'clear_overlay' | 'reload' }
  | { readonly kind: 'set_mode'; readonly mode: PlaybackMode }
  | { readonly kind: 'show_clip'; readonly path: string; readonly slug: string; readonly seconds: number | null }
  | { readonly kind: 'show_pictures'; readonly pictures: readonly TimedPicture[]; readonly seconds: number | null }
  | { readonly kind: 'set_light'; readonly on: boolean; readonly brightness: number }
  /** A bar at the bottom of the glass, 0 to 1; null takes it away. */
  | { readonly kind: 'progress'; readonly fraction: number | null };

/** What is true of a player now. */
export interface PlayerReport {
  readonly playing: boolean;
  readonly mode: PlaybackMode;
  /** Of the playlist; null while something else stands over it, or nothing is on. */
  readonly itemId: string | null;
  /** The clip on the glass. */
  readonly slug: string | null;
  /** Time within its play of the frame on the glass. */
  readonly positionUs: number;
  /** Plays of this item still to come, this one counted. */
  readonly playsLeft: number;
  readonly overlay: Words['overlay'];
  /** Where the playlist is, also while something stands over it. */
  readonly playlistItemId: string | null;
  readonly playlistPositionUs: number;
}

/** Everything that is answered: when it is true, or with an error. */
export type PlayerCall =
  | { readonly kind: 'load'; readonly items: readonly PlayerItem[]; readonly start: PlayerStart }
  | { readonly kind: 'replace_items'; readonly items: readonly PlayerItem[] }
  | PlayerCommand;

/** What a worker is born with. */
export interface PlayerBirth {
  readonly display: DisplayOptions;
  readonly settings: Options['display'];
  readonly media: Options['media'];
  readonly grant: BusGrant;
  readonly light: { readonly on: boolean; readonly brightness: number };
  /** Memory of a Glass and of a StatusBlock. */
  readonly glass: SharedArrayBuffer;
  readonly status: SharedArrayBuffer;
}

/** Main thread to worker. */
export type ToWorker =
  | { readonly kind: 'call'; readonly id: number; readonly call: PlayerCall }
  | { readonly kind: 'grant'; readonly id: number; readonly grant: BusGrant }
  | { readonly kind: 'stop' };

/** What the player tells by itself. */
export type PlayerNews =
  /** Item, mode, playing or overlay changed. */
  | { readonly kind: 'report' }
  /** The hardware's status changed. */
  | { readonly kind: 'status' }
  /** A clip was shown to its end once. */
  | { readonly kind: 'played'; readonly slug: string }
  /** A clip cannot be read and is left out. */
  | { readonly kind: 'problem'; readonly slug: string; readonly error: SentError };

/** Worker to main thread. What is in shared memory is written before the message that tells of it. */
export type FromWorker =
  | { readonly kind: 'ready' }
  | { readonly kind: 'done'; readonly id: number }
  | { readonly kind: 'failed'; readonly id: number; readonly error: SentError }
  | { readonly kind: 'grant_wanted'; readonly id: number }
  | PlayerNews;

/** A LoopError as plain data; the message keeps the code at its end. */
export interface SentError {
  readonly code: LoopErrorCode;
  readonly message: string;
}

/** Any thrown value as it crosses; what is no LoopError becomes INTERNAL. */
export function sendError(error: unknown): SentError {
  const { code, message } = error as Partial<SentError>;
  // Everything the player throws on purpose is a LoopError; the rest is a fault of LOOP.
  return typeof code === 'string' && message ? { code, message } : { code: 'INTERNAL', message: String(error) };
}

/** The LoopError that was sent. */
export function receiveError({ code, message }: SentError): LoopError {
  return new LoopError(code, message.replace(` (${code})`, ''));
}
