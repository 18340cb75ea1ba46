import type { Action } from './actions.ts';
import type { Clip, Dashboard, Loop, Playback, State, Transaction } from './domain.ts';

/** Rooms a client can be in. It is in `dashboard` by itself; `preview:<display id>` brings the live picture as binary messages. */
export type Room = 'dashboard' | 'progress' | 'system' | 'wifi' | `preview:${string}`;

export type UploadProgress = Pick<Transaction, 'transaction' | 'filename' | 'stage' | 'progress' | 'error'>;

/** What is told in each room, without the counting: the hub adds `seq`. */
export type RoomEvent =
  | { readonly type: 'initial_dashboard'; readonly data: Dashboard }
  | { readonly type: 'dashboard_update'; readonly data: Partial<Dashboard> }
  | { readonly type: 'media_uploaded'; readonly media: Clip }
  | { readonly type: 'media_deleted'; readonly slug: string }
  | { readonly type: 'loop_updated'; readonly loop: Loop }
  | { readonly type: 'playback_changed'; readonly playback: Playback }
  | ({ readonly type: 'upload_progress' } & UploadProgress)
  | { readonly type: 'notice'; readonly code: string; readonly message: string }
  /** Why the server closes this connection; ingress loses close codes, so it is said first. */
  | { readonly type: 'closing'; readonly code: number; readonly reason: string };

/** Server to client, text. `seq` rises by one per client and room; a gap means fetch again. */
export type ServerMessage =
  | (RoomEvent & { readonly room: string; readonly seq: number })
  | { readonly type: 'result'; readonly id: number; readonly ok: true; readonly state: State }
  | {
      readonly type: 'result';
      readonly id: number;
      readonly ok: false;
      readonly error: { readonly code: string; readonly message: string };
    }
  | { readonly type: 'subscribed'; readonly rooms: readonly string[] }
  | { readonly type: 'pong' }
  | { readonly type: 'error'; readonly error: { readonly code: string; readonly message: string } };

/** Client to server, text. */
export type ClientMessage =
  | { readonly type: 'subscribe' | 'unsubscribe'; readonly rooms: readonly string[] }
  | ({ readonly type: 'action'; readonly id: number } & Action)
  | { readonly type: 'ping' };

/**
 * A binary message of a preview room, little-endian: a 20-byte header, then one frame in Q565 (format/frame-codec.ts).
 * A `delta` builds on the preview frame with `sequence - 1`; a client that has another one waits for the next `key`.
 */
export const PREVIEW_HEADER_BYTES = 20;
export interface PreviewHeader {
  readonly kind: 'key' | 'delta';
  /** Place of the display in `displays` of the dashboard, from 0. */
  readonly display: number;
  readonly width: number;
  readonly height: number;
  /** Rises by one per frame sent in the room, modulo 2^32. */
  readonly sequence: number;
}
const PREVIEW_MAGIC = 0x3176_504c; // "LPv1"

/** Writes the header into the first 20 bytes of `target`. */
export function writePreviewHeader(target: Uint8Array, header: PreviewHeader): void {
  const view = new DataView(target.buffer, target.byteOffset, target.byteLength);
  view.setUint32(0, PREVIEW_MAGIC, true);
  view.setUint8(4, header.kind === 'key' ? 1 : 0);
  view.setUint8(5, header.display);
  view.setUint16(8, header.width, true);
  view.setUint16(10, header.height, true);
  view.setUint32(12, header.sequence, true);
}

/** Reads the header; undefined when the bytes are no preview frame. */
export function readPreviewHeader(bytes: Uint8Array): PreviewHeader | undefined {
  if (bytes.length < PREVIEW_HEADER_BYTES) return undefined;
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (view.getUint32(0, true) !== PREVIEW_MAGIC) return undefined;
  return {
    kind: view.getUint8(4) === 1 ? 'key' : 'delta',
    display: view.getUint8(5),
    width: view.getUint16(8, true),
    height: view.getUint16(10, true),
    sequence: view.getUint32(12, true),
  };
}
