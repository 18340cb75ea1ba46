import type { Fit, Quality } from '../../format/frame.ts';

/** How a file becomes a clip. */
export interface ConvertSettings {
  /** The panel's picture as seen, in pixels. */
  readonly width: number;
  readonly height: number;
  readonly fit: Fit;
  readonly quality: Quality;
  readonly dither: 'none' | 'bayer';
  /** Frames a second of a video's clip; animations keep their own delays. */
  readonly framerate: number;
  readonly title: string;
}
