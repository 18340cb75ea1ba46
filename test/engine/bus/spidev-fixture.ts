import type { DisplayOptions } from '../../../contract/config.ts';
import { panelModels } from '../../../emulator/models.ts';
import type { BusGrant } from '../../../engine/bus/bus-grant.ts';
import type { AttachedPanel } from '../../kernel-device/attached-panel.ts';
import { type KernelDevice, type KernelDeviceOptions, openKernelDevice } from '../../kernel-device/kernel-device.ts';
import { displayOptions } from '../panel/emulated-output.ts';
import { DriverProcess } from './driver-process.ts';

/** The real driver on the kernel device, a panel on its wires, and the host of the bus opened. */
export interface SpidevFixture extends AsyncDisposable {
  readonly device: KernelDevice;
  readonly panel: AttachedPanel;
  readonly driver: DriverProcess;
  readonly display: DisplayOptions;
  readonly grant: BusGrant;
}

export async function openSpidevFixture(
  change: Partial<DisplayOptions> = {},
  deviceOptions: KernelDeviceOptions = {},
): Promise<SpidevFixture> {
  const display = displayOptions({ bus: '/dev/spidev0.0', ...change });
  const device = await openKernelDevice(deviceOptions);
  const panel = device.attachPanel({
    device: '0.0',
    model: panelModels[display.panel],
    dc: display.dc_line,
    reset: display.reset_line,
    backlight: display.backlight_line,
  });
  const driver = new DriverProcess(device.environment);
  const grant = await driver.call('openHost', display);
  return {
    ...{ device, panel, driver, display, grant },
    async [Symbol.asyncDispose]() {
      await driver[Symbol.asyncDispose]();
      await device[Symbol.asyncDispose]();
    },
  };
}
