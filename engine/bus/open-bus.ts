import type { Bus } from './bus.ts';
import { type BusGrant, refusalError } from './bus-grant.ts';
import type { Clock } from './clock.ts';
import { EmulatedBus } from './emulated-bus.ts';
import { openSpidevBus } from './spidev-bus.ts';

/** Opens the granted bus on the display's worker thread; the caller closes it. A refused grant is thrown as the error it holds. */
export async function openBus(grant: BusGrant, clock: Clock): Promise<Bus> {
  switch (grant.kind) {
    case 'emulated':
      return new EmulatedBus(grant, clock);
    case 'spidev':
      return openSpidevBus(grant);
    case 'refused':
      throw refusalError(grant);
  }
}
