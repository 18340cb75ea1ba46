import type { DisplayOptions } from '../../contract/config.ts';
import type { BusGrant, BusHost } from './bus-grant.ts';
import { SpidevHost } from './spidev-host.ts';

export type { BusHost } from './bus-grant.ts';

/** Opens a display's bus, GPIO lines before the SPI device. A fault of the hardware is a refused grant, not a rejection. */
export async function openBusHost(display: DisplayOptions, options: { signal: AbortSignal }): Promise<BusHost> {
  if (display.bus === 'emulated') return emulatedHost(display);
  const host = new SpidevHost(display);
  await host.reopen(options);
  return host;
}

function emulatedHost(display: DisplayOptions): BusHost {
  const grant: BusGrant = { kind: 'emulated', panel: display.panel, speedHz: display.speed_hz };
  return { grant, reopen: async () => grant, [Symbol.asyncDispose]: async () => {} };
}
