import type { Geometry, Rotation } from '../../format/frame.ts';
import { addressMode } from './mipi-dcs.ts';

/** One command of an init list. */
export interface PanelCommand {
  readonly code: number;
  readonly parameters: readonly number[];
}

/** How one rotation lies in the controller's memory. */
export interface Orientation {
  /** MADCTL without the BGR bit. */
  readonly addressMode: number;
  /** First column and page of the glass, counted in this rotation. */
  readonly column: number;
  readonly page: number;
}

/** A panel as data. Every controller file exports one, with its parts in this order. */
export interface PanelDefinition {
  readonly name: string;
  /** Pixels of the glass, at rotation 0. */
  readonly size: Geometry;
  readonly orientations: Readonly<Record<Rotation, Orientation>>;
  /** Bytes of a pixel on the bus: 2 = RGB565, 3 = RGB666 in the upper bits of three bytes. */
  readonly pixelBytes: 2 | 3;
  /** Parameter of COLMOD for that. */
  readonly pixelFormat: number;
  /** Whether the usual modules have blue and red exchanged, and whether their glass needs inverted data. */
  readonly bgr: boolean;
  readonly invert: boolean;
  /** Sets the rate at which the glass is scanned; sent again whenever the panel is asserted anew. */
  readonly frameRate: PanelCommand;
  /** Everything else after a reset, while the panel sleeps: voltages and gamma. */
  readonly init: readonly PanelCommand[];
}

/** A command with its parameters, as the init lists write it. */
export function command(code: number, ...parameters: number[]): PanelCommand {
  return { code, parameters };
}

/**
 * The four rotations of a controller whose memory has exactly the pixels of the glass. `native` are the flips that make
 * the picture upright at rotation 0; a rotation turns the picture clockwise on the glass.
 */
export function orientations(native: { flipRows: boolean; flipColumns: boolean }): Record<Rotation, Orientation> {
  const mode = (exchange: boolean, flipRows: boolean, flipColumns: boolean): Orientation => ({
    addressMode:
      (exchange ? addressMode.exchange : 0) |
      (flipRows !== native.flipRows ? addressMode.flipRows : 0) |
      (flipColumns !== native.flipColumns ? addressMode.flipColumns : 0),
    column: 0,
    page: 0,
  });
  return {
    0: mode(false, false, false),
    90: mode(true, false, true),
    180: mode(false, true, true),
    270: mode(true, true, false),
  };
}
