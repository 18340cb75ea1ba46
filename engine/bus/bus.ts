/**
 * What carries bytes to a panel: a serial line with a D/C wire beside it, a reset wire and a light.
 * Every call is synchronous and lives on the display's worker thread. Faults are thrown as LoopErrors:
 * BUS_FAILED (the wire answered with an error), BUS_GONE (the device went away: ask for a new grant), BUS_DENIED.
 */
export interface Bus {
  /** Hertz asked for; what really runs is for the self-test to find out. */
  readonly speedHz: number;
  /** Bytes sent since the bus was opened, commands included. */
  readonly bytesWritten: number;
  /** Microseconds spent inside writes; stays 0 on a bus that takes no time. */
  readonly busyUs: number;
  /** Whether brightness between 0 and 100 percent is possible, or only on and off. */
  readonly dimmable: boolean;
  /** One command byte with D/C low, then its parameters with D/C high. The parameters are not kept. */
  command(code: number, parameters?: Uint8Array): void;
  /** Pixel data of the memory write command sent just before. A write cut short is begun again with that command. */
  pixels(bytes: Uint8Array): void;
  /** Changes the clock for all that follows, in hertz. */
  setSpeed(speedHz: number): void;
  setReset(level: 0 | 1): void;
  /** Percent; a bus that cannot dim takes everything above 0 as on. */
  setBacklight(percent: number): void;
  /** Lets go. Every wire keeps the level it has at this moment. Never throws. */
  close(): void;
}
