import type { Clip, Transaction } from '../../contract/domain.ts';
import type { Fit, Picture, Quality } from '../../format/frame.ts';
import type { ConversionPlan } from '../convert/converter.ts';

/** How a file becomes a clip, as far as people choose it; the size is the display's. */
export interface ClipSettings {
  readonly fit: Fit;
  readonly quality: Quality;
  readonly dither: 'none' | 'bayer';
  /** Frames a second of video, 1 to 60. GIFs keep their own delays. */
  readonly framerate: number;
}

export type Stage = Transaction['stage'];

export type UploadState =
  | { readonly kind: 'waiting' }
  | { readonly kind: 'working'; readonly stage: Stage; readonly percent: number }
  /** Begun before the page was loaded anew, and no copy of the file was kept: the same file is needed again. */
  | { readonly kind: 'asking' }
  | { readonly kind: 'failed'; readonly message: string }
  | { readonly kind: 'done'; readonly clip: Clip };

/** One file on its way to becoming a clip. Never changed in place: the queue replaces it. */
export interface UploadJob {
  readonly id: string;
  readonly filename: string;
  readonly sizeBytes: number;
  readonly settings: ClipSettings;
  readonly state: UploadState;
  /** SHA-256 of the file as 64 hex digits, once known. It is the transaction's id. */
  readonly hash?: string;
  readonly plan?: ConversionPlan;
  /** The file, unless it must be asked for. */
  readonly file?: File;
  /** A picture of the clip being made. */
  readonly preview?: Picture | undefined;
}

/** Where each stage begins and ends on the one bar, percent. */
const spans: Record<Stage, readonly [number, number]> = {
  resizing: [0, 15],
  converting: [15, 50],
  uploading: [50, 80],
  finalizing: [80, 100],
};

/** Percent of the one bar for a fraction 0 to 1 of a stage. */
export function percentOf(stage: Stage, fraction: number): number {
  const [low, high] = spans[stage];
  return low + (high - low) * Math.min(1, Math.max(0, fraction));
}
