import type { Geometry, Rectangle } from '../format/frame.ts';

/** Bits of a pixel on the serial bus: 16 = RGB565 in two bytes, 18 = the upper six bits of each of three bytes. */
export type BitsPerPixel = 16 | 18;

/** A controller chip and the glass it is usually sold on, as data: all that differs between the panels. */
export interface PanelModel {
  readonly name: string;
  /** What the facts below were taken from. */
  readonly datasheet: string;
  /** Frame memory of the chip, columns x pages with MADCTL = 0. */
  readonly memory: Geometry;
  /** Part of the frame memory that is wired to the glass, in memory columns and pages. */
  readonly glass: Rectangle;
  /** The glass is a disc: its corners are never seen. */
  readonly isRound: boolean;
  /** MY and MX of the MADCTL with which the usual module shows a picture upright and not mirrored. */
  readonly uprightAddressMode: number;
  /** Order of the colour filters; with the BGR bit of MADCTL set otherwise, red and blue are exchanged. */
  readonly colourOrder: 'rgb' | 'bgr';
  /** IPS glass: colours are right only with inversion on (21h). */
  readonly isGlassInverted: boolean;
  /** What COLMOD may ask for on the 4-wire serial bus; the first is what a reset leaves. */
  readonly pixelFormats: readonly BitsPerPixel[];
  /** Every command the datasheet lists, and those every public start sequence sends. */
  readonly commands: ReadonlySet<number>;
  /** Commands that unlock the others outside the user set, in order; empty: nothing is locked. */
  readonly unlock: readonly number[];
  readonly lockedCommands: ReadonlySet<number>;
  /** Command and bit by which writing past the end of the window is refused instead of wrapping (bit clear = refused). */
  readonly wrapRegister: { readonly code: number; readonly bit: number } | undefined;
  /** Refreshes of the glass a second from what was written into a register, undefined bytes meaning the value after reset. */
  readonly frameRate:
    | { readonly code: number; readonly hertz: (parameters: readonly (number | undefined)[]) => number }
    | undefined;
}
