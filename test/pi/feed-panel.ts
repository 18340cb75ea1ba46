import type { PanelEmulator } from '../../emulator/panel-emulator.ts';
import type { WireEvent } from './wire.ts';

/** The trace has no clock; so much time between two events keeps every rule about waiting, which other tests look at. */
const EVENT_US = 150_000;

/** Brings what the pins did to a panel, event by event. */
export function panelFeeder(
  emulator: PanelEmulator,
  lines: { readonly reset: number; readonly backlight: number },
): (event: WireEvent) => void {
  let timeUs = 0;
  return (event) => {
    timeUs += EVENT_US;
    if (event.kind === 'bytes') emulator.write(event.dc ?? 0, Uint8Array.from(event.bytes), timeUs);
    else if (event.kind === 'line' && event.line === lines.reset) emulator.setReset(event.level, timeUs);
    else if (event.kind === 'line' && event.line === lines.backlight) emulator.setBacklight(100 * event.level);
  };
}
