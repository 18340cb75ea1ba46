import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { deniedFault, errnoName } from './bus-fault.ts';
import type { Clock } from './clock.ts';

/** Below 1 kHz eyes and cameras see a backlight flicker; 5 kHz is 200,000 ns and leaves 20,000 steps of the PWM's 100 MHz clock. */
const PERIOD_NS = 200_000;

/** BCM2835 ARM Peripherals, 6.2: PWM0 comes out at GPIO 12, 18, 40; PWM1 at 13, 19, 41, 45. */
const channels: Readonly<Record<number, 0 | 1>> = { 12: 0, 18: 0, 40: 0, 13: 1, 19: 1, 41: 1, 45: 1 };

/**
 * The PWM channel wired to a GPIO, where config.txt gives the pin to it (`dtoverlay=pwm`): sysfs's `pwmchipN` and the
 * channel, or undefined. `root` is the file system to look in.
 */
export function findPwm(gpio: number, root = '/'): { chip: string; channel: number } | undefined {
  const channel = channels[gpio];
  if (channel === undefined || !pwmPins(root).includes(gpio)) return undefined;
  const folder = join(root, 'sys/class/pwm');
  const chip = list(folder).find((name) =>
    read(join(folder, name, 'device/of_node/compatible')).includes('bcm2835-pwm'),
  );
  return chip === undefined ? undefined : { chip: join(folder, chip), channel };
}

/** Takes the channel, dark and running; returns its folder. BUS_DENIED where the user may not. */
export async function openPwm(
  pwm: { chip: string; channel: number },
  { clock, signal }: { clock: Clock; signal: AbortSignal },
): Promise<string> {
  const folder = join(pwm.chip, `pwm${pwm.channel}`);
  if (!list(pwm.chip).includes(`pwm${pwm.channel}`)) writeFileSync(join(pwm.chip, 'export'), String(pwm.channel));
  for (let attempt = 1; ; attempt++) {
    try {
      writeFileSync(join(folder, 'duty_cycle'), '0');
      writeFileSync(join(folder, 'period'), String(PERIOD_NS));
      writeFileSync(join(folder, 'enable'), '1');
      return folder;
    } catch (cause) {
      // udev hands the new folder to the group gpio some milliseconds after the export.
      if (attempt === 10 || errnoName(cause) !== 'EACCES') throw deniedFault(cause, folder, 'gpio');
      await clock.wait(50, { signal });
    }
  }
}

/** Brightness by the share of each period that the light is on, in percent. */
export function setPwm(folder: string, percent: number): void {
  writeFileSync(join(folder, 'duty_cycle'), String(Math.round((PERIOD_NS * percent) / 100)));
}

/** The pins that the device tree's `pwm_pins` node, put there by the overlay, gives to the PWM. */
function pwmPins(root: string): number[] {
  const soc = join(root, 'proc/device-tree/soc');
  const gpio = list(soc).find((name) => name.startsWith('gpio@'));
  const cells = gpio === undefined ? Buffer.alloc(0) : read(join(soc, gpio, 'pwm_pins/brcm,pins'));
  return Array.from({ length: Math.floor(cells.length / 4) }, (_, index) => cells.readUInt32BE(4 * index));
}

function list(folder: string): string[] {
  try {
    return readdirSync(folder);
  } catch {
    return [];
  }
}

function read(file: string): Buffer {
  try {
    return readFileSync(file);
  } catch {
    return Buffer.alloc(0);
  }
}
