import type { DisplayOptions } from '../../contract/config.ts';
import type { BusGrant } from './bus-grant.ts';
import { SpidevHost } from './spidev-host.ts';

/** The main thread's hold on a display's bus. The worker writes by the grant; the host owns what the grant names. */
export interface BusHost extends AsyncDisposable {
  /** What came of the last try: to be handed to the worker whatever its kind. */
  readonly grant: BusGrant;
  /** Lets go of what broke and tries once more. Resolves with a refusal rather than reject; rejects only when aborted. */
  reopen(options: { signal: AbortSignal }): Promise<BusGrant>;
}

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
