import assert from 'node:assert/strict';
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { findPwm, openPwm, setPwm } from '../../../engine/bus/hardware-pwm.ts';
import { VirtualClock } from '../panel/virtual-clock.ts';

describe('the hardware PWM', () => {
  let root: string;
  before(async () => {
    root = await mkdtemp(join(tmpdir(), 'loop-pwm-'));
  });
  after(() => rm(root, { recursive: true }));

  it('is not there unless config.txt gives the pin to it', async () => {
    assert.equal(findPwm(18, root), undefined);
    await makeChip(root, 'raspberrypi,firmware-poe-pwm');
    await givePins(root, [18]);
    assert.equal(findPwm(18, root), undefined, 'a PWM of something else');
    await makeChip(root, 'brcm,bcm2835-pwm');
    await givePins(root, [12]);
    assert.equal(findPwm(18, root), undefined, 'the PWM is at another pin');
    await givePins(root, [18, 19]);
    assert.deepEqual(findPwm(18, root), { chip: join(root, 'sys/class/pwm/pwmchip0'), channel: 0 });
    assert.deepEqual(findPwm(19, root), { chip: join(root, 'sys/class/pwm/pwmchip0'), channel: 1 });
    assert.equal(findPwm(25, root), undefined, 'a pin no PWM reaches');
  });

  it('starts dark and dims by the share of its period', async () => {
    const chip = await makeChip(root, 'brcm,bcm2835-pwm');
    const channel = join(chip, 'pwm0');
    await mkdir(channel, { recursive: true });
    const signal = AbortSignal.timeout(1000);
    const folder = await openPwm({ chip, channel: 0 }, { clock: new VirtualClock(), signal });
    const read = (name: string) => readFile(join(folder, name), 'utf8');
    const period = Number(await read('period'));
    assert.ok(period <= 1_000_000, 'below 1 kHz light flickers');
    assert.equal(await read('duty_cycle'), '0');
    assert.equal(await read('enable'), '1');
    setPwm(folder, 25);
    assert.equal(Number(await read('duty_cycle')), period / 4);
    setPwm(folder, 100);
    assert.equal(Number(await read('duty_cycle')), period);
  });
});

async function makeChip(root: string, compatible: string): Promise<string> {
  const chip = join(root, 'sys/class/pwm/pwmchip0');
  await mkdir(join(chip, 'device/of_node'), { recursive: true });
  await writeFile(join(chip, 'device/of_node/compatible'), `${compatible}\0`);
  return chip;
}

/** What `dtoverlay=pwm` leaves in the device tree: big-endian cells. */
async function givePins(root: string, pins: number[]): Promise<void> {
  const folder = join(root, 'proc/device-tree/soc/gpio@7e200000/pwm_pins');
  await mkdir(folder, { recursive: true });
  const cells = Buffer.alloc(4 * pins.length);
  for (const [index, pin] of pins.entries()) cells.writeUInt32BE(pin, 4 * index);
  await writeFile(join(folder, 'brcm,pins'), cells);
}
