// Runs every step on whatever kernel answers, real or not, and prints `@ <number> <result>` for each.
import { closeSync } from 'node:fs';
import spi from 'spi-device';
import { openChip, requestLines } from './gpio.ts';
import { type Bench, pins, type Step, steps } from './steps.ts';

const chip = openChip();
const mark = requestLines(chip, [pins.mark], 'mark', 0);
const bench = {
  spi,
  chip,
  dc: requestLines(chip, [pins.dc], 'loop-dc', 0),
  reset: requestLines(chip, [pins.reset], 'loop-reset', 1),
  backlight: requestLines(chip, [pins.backlight], 'loop-backlight', 0),
} as unknown as Bench; // the first step opens the bus

for (const [number, step] of steps.entries()) {
  mark.set(1);
  mark.set(0);
  console.log(`@ ${number} ${await resultOf(step)}`);
}
closeSync(chip);

async function resultOf({ run }: Step): Promise<string> {
  try {
    return String(await run(bench));
  } catch (error) {
    return `THROWS ${error instanceof Error && 'code' in error ? error.code : error}`;
  }
}
