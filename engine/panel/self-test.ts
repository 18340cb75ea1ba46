import type { Picture } from '../../format/frame.ts';
import type { Bus } from '../bus/bus.ts';
import type { Panel } from './panel.ts';

/** A bus that seems this many times faster than asked takes no time worth measuring: an emulated or null one. */
const IMPOSSIBLE = 2;

/** Small rectangles timed together, and the bounds within which their cost is believed. */
const SMALL_WRITES = 8;
const LEAST_COST = 50;
const HIGHEST_COST = 2400;

export interface BusMeasure {
  /** Bits a second that reach the panel, gaps between messages included. */
  readonly hertz: number;
  /** Pixels that could be sent in the time one more rectangle takes. */
  readonly rectangleCost: number;
}

/**
 * Sends a picture twice and its first corners a few times more, and tells how fast the bus really is. The kernel does not:
 * it reports the clock asked for, not the one the divider makes. Undefined on a bus that takes no measurable time.
 */
export function measureBus(bus: Bus, panel: Panel, picture: Picture): BusMeasure | undefined {
  const { width, height, pixels } = picture;
  const everything = { x: 0, y: 0, width, height };
  const frame = () => timed(bus, () => panel.write(pixels, everything));
  const frameUs = Math.min(frame(), frame());
  const bits = width * height * panel.pixelBits;
  if (frameUs === 0 || (bits * 1e6) / frameUs > IMPOSSIBLE * bus.speedHz) return undefined;
  const smallUs = timed(bus, () => {
    for (let n = 0; n < SMALL_WRITES; n++) panel.write(pixels, { x: n % 2, y: n % 2, width: 1, height: 1 });
  });
  const pixelUs = frameUs / (width * height);
  const rectangleCost = Math.min(Math.max(smallUs / SMALL_WRITES / pixelUs, LEAST_COST), HIGHEST_COST);
  return { hertz: Math.round((bits * 1e6) / frameUs), rectangleCost };
}

function timed(bus: Bus, action: () => void): number {
  const before = bus.busyUs;
  action();
  return bus.busyUs - before;
}
