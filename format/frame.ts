/** A rectangle of a picture in whole pixels; `x` and `y` from the top left corner as seen. */
export interface Rectangle {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}

/**
 * A full picture, row by row as a person sees it. One element a pixel: RGB565 as a plain number
 * (red in bits 15..11, green 10..5, blue 4..0), in the machine's byte order; only the bus and the file are big-endian.
 */
export interface Picture {
  readonly width: number;
  readonly height: number;
  readonly pixels: Uint16Array;
}

/** Width and height in pixels of a picture as seen. */
export interface Geometry {
  readonly width: number;
  readonly height: number;
}

/** How a picture is brought into a display: whole with bars, filled with cut edges, or pulled to the shape. */
export type Fit = 'contain' | 'cover' | 'stretch';

/** How close frames stay to the source: `exact` = every pixel, `t6` = within 6 of 255 a channel, `t8b` = smaller still. */
export type Quality = 'exact' | 't6' | 't8b';

/** Degrees clockwise by which the picture is turned on the glass. */
export type Rotation = 0 | 90 | 180 | 270;
