import type { DisplayOptions } from '../../../contract/config.ts';
import { options } from '../../../contract/config.ts';
import type { PanelEmulator } from '../../../emulator/panel-emulator.ts';
import type { Bus } from '../../../engine/bus/bus.ts';
import type { BusGrant } from '../../../engine/bus/bus-grant.ts';
import { EmulatedBus } from '../../../engine/bus/emulated-bus.ts';
import { openBus } from '../../../engine/bus/open-bus.ts';
import { type Output, type OutputOptions, openOutput } from '../../../engine/panel/output.ts';
import { VirtualClock } from './virtual-clock.ts';

export function displayOptions(change: Partial<DisplayOptions> = {}): DisplayOptions {
  return options.parse({ displays: [change] }).displays[0]!;
}

/** An output on the emulated panel, with a clock of its own and every bus it opened. */
export interface EmulatedOutput {
  readonly output: Output;
  readonly clock: VirtualClock;
  readonly buses: EmulatedBus[];
  /** The emulator of the newest bus. */
  readonly emulator: PanelEmulator;
}

/** `wrap` stands between the output and the emulated bus, to fail on purpose or to take notes. */
export async function openEmulatedOutput(
  change: Partial<DisplayOptions> = {},
  more: Partial<OutputOptions> & { wrap?: (bus: Bus) => Bus } = {},
): Promise<EmulatedOutput> {
  const display = displayOptions(change);
  const clock = new VirtualClock();
  const buses: EmulatedBus[] = [];
  const grant: BusGrant = { kind: 'emulated', panel: display.panel, speedHz: display.speed_hz };
  const open = async (granted: BusGrant) => {
    const bus = await openBus(granted, clock);
    if (bus instanceof EmulatedBus) buses.push(bus);
    return more.wrap?.(bus) ?? bus;
  };
  const signal = AbortSignal.timeout(60_000);
  const output = await openOutput({
    ...{ display, grant, requestGrant: async () => grant, brightness: 100, signal, clock, openBus: open },
    ...more,
  });
  return {
    output,
    clock,
    buses,
    get emulator() {
      return buses.at(-1)!.emulator;
    },
  };
}
