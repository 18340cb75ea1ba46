import type { ClipDescription } from '../../format/clip-header.ts';
import type { ClipSummary } from '../../format/clip-writer.ts';
import type { Picture } from '../../format/frame.ts';
import type { ConversionPlan } from './conversion-plan.ts';
import type { ConvertSettings } from './convert-settings.ts';
import type { WorkerFailure } from './worker-failure.ts';

/** What a worker says first, once it listens: a message sent before may be lost. */
export interface Ready {
  readonly kind: 'ready';
}

/** The next bytes of a clip; the buffer is handed over. */
export interface ClipBytes {
  readonly kind: 'clip';
  readonly bytes: Uint8Array<ArrayBuffer>;
}

export interface Done {
  readonly kind: 'done';
  readonly summary: ClipSummary;
}

/** What the page says to a worker, which does one thing and is then ended. */
export type ToWorker =
  | { readonly kind: 'plan'; readonly file: File }
  | { readonly kind: 'hash'; readonly file: File }
  | {
      readonly kind: 'convert';
      readonly file: File;
      readonly settings: ConvertSettings;
      readonly wantsPreview: boolean;
    }
  /** The reader has taken so many bytes of the clip; the worker may make more. */
  | { readonly kind: 'taken'; readonly bytes: number };

/** What that worker says. */
export type FromWorker =
  | Ready
  | { readonly kind: 'planned'; readonly plan: ConversionPlan }
  | { readonly kind: 'hashed'; readonly hash: string }
  | { readonly kind: 'progress'; readonly stage: 'resizing' | 'converting'; readonly fraction: number }
  | { readonly kind: 'preview'; readonly picture: Picture }
  | ClipBytes
  | Done
  | WorkerFailure;

/** What a converting worker says to the one that encodes for it. Buffers are handed over. */
export type ToEncoder =
  | { readonly kind: 'encode'; readonly description: ClipDescription }
  | { readonly kind: 'picture'; readonly rgba: Uint8ClampedArray<ArrayBuffer>; readonly ticks: number }
  | { readonly kind: 'hold'; readonly ticks: number }
  | { readonly kind: 'finish' }
  /** The bytes of the last `clip` are on their way; the encoder may go on. */
  | { readonly kind: 'written' };

/** What that one says. */
export type FromEncoder =
  | Ready
  /** A picture, whose buffer comes back, or a hold is in the clip. */
  | { readonly kind: 'encoded'; readonly rgba?: Uint8ClampedArray<ArrayBuffer> }
  | ClipBytes
  | Done
  | WorkerFailure;
