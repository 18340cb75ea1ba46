import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { openKernelDevice } from '../test/kernel-device/kernel-device.ts';
import type { BenchRow } from './bench-row.ts';

const run = promisify(execFile);

/** CPU of a full frame by the driver, against the usual way in Node: `spi-device` transfers of 4096 bytes, each awaited. Null device. */
export async function rows(): Promise<BenchRow[]> {
  await using device = await openKernelDevice({ log: false });
  const measure = async (way: 'driver' | 'transfers', frames: number): Promise<number> => {
    const child = join(import.meta.dirname, 'bus-child.ts');
    const { stdout } = await run(process.execPath, [child, way, String(frames)], {
      env: { ...process.env, ...device.environment },
    });
    return Number(stdout);
  };
  const driverUs = Math.min(await measure('driver', 5000), await measure('driver', 5000));
  const transfersUs = Math.min(await measure('transfers', 300), await measure('transfers', 300));
  const ratio = transfersUs / driverUs;
  return [
    {
      what: 'CPU of sending a full frame against awaited `spi-device` transfers of 4096 bytes, null device',
      bar: '<= 1/50',
      measured: `1/${ratio.toFixed(0)} (${driverUs.toFixed(1)} of ${transfersUs.toFixed(0)} us)`,
      holds: ratio >= 50,
    },
  ];
}
