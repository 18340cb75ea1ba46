import type { ClipDescription } from '../../format/clip-header.ts';
import type { ClipSummary } from '../../format/clip-writer.ts';
import type { Picture } from '../../format/frame.ts';
import type { ConversionPlan } from './conversion-plan.ts';
import type { ConvertSettings } from './convert-settings.ts';
import type { WorkerFailure } from './worker-failure.ts';

/** What the page says to a worker, which does one thing and is then ended. Ports and buffers are handed over. */
export type ToWorker =
  | { readonly kind: 'plan'; readonly file: File }
  | { readonly kind: 'hash'; readonly file: File }
  /** Decode and scale a file, and send its pictures to the worker at the other end of `port`. Never answered: the clip's end is the end. */
  | {
      readonly kind: 'decode';
      readonly file: File;
      readonly settings: ConvertSettings;
      readonly wantsPreview: boolean;
      readonly port: MessagePort;
    }
  /** Make a clip of the pictures that come through `port`. */
  | { readonly kind: 'encode'; readonly port: MessagePort }
  /** The reader has taken so many bytes of the clip; the encoding worker may make more. */
  | { readonly kind: 'taken'; readonly bytes: number };

/** What a worker says. `ready` comes first, once it listens: a message sent before may be lost. */
export type FromWorker =
  | { readonly kind: 'ready' }
  | { readonly kind: 'planned'; readonly plan: ConversionPlan }
  | { readonly kind: 'hashed'; readonly hash: string }
  | { readonly kind: 'progress'; readonly stage: 'resizing' | 'converting'; readonly fraction: number }
  | { readonly kind: 'preview'; readonly picture: Picture }
  /** The next bytes of the clip. */
  | { readonly kind: 'clip'; readonly bytes: Uint8Array<ArrayBuffer> }
  /** The clip is made. */
  | { readonly kind: 'encoded'; readonly summary: ClipSummary }
  | WorkerFailure;

/** What the decoding worker says to the encoding one, in this order: one `clip`, its pictures and holds, one `end`. */
export type PictureMessage =
  | { readonly kind: 'clip'; readonly description: ClipDescription }
  | { readonly kind: 'picture'; readonly rgba: Uint8ClampedArray<ArrayBuffer>; readonly ticks: number }
  /** The picture before stays so many ticks more. */
  | { readonly kind: 'hold'; readonly ticks: number }
  | { readonly kind: 'end' };

/** What comes back through the port: a picture or a hold is in the clip; a picture's buffer may be used again. */
export interface PictureTaken {
  readonly rgba?: Uint8ClampedArray<ArrayBuffer>;
}
