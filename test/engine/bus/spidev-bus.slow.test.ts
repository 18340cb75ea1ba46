import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import type { KernelDevice } from '../../kernel-device/kernel-device.ts';
import { noise } from '../panel/pictures.ts';
import { openSpidevFixture, type SpidevFixture } from './spidev-fixture.ts';

// The real spi-device and koffi, in a process whose kernel is the stand-in. What it answers, the real kernel answers too:
// test/kernel-device and test/pi run the same steps on both.
const FRAME_BYTES = 153_600;

describe('the real driver, one fault after another', () => {
  let fixture: SpidevFixture;
  before(async () => {
    fixture = await openSpidevFixture();
    await start(fixture);
  });
  after(() => fixture[Symbol.asyncDispose]());

  it('sends a full frame in four system calls when the window stays', async () => {
    const { driver, device } = fixture;
    await driver.call('present', 1);
    const before = device.counters;
    assert.equal(await driver.call('present', 2), FRAME_BYTES + 1);
    const { lineSetCalls, writeCalls, writevCalls, messages, opens } = device.counters;
    assert.equal(lineSetCalls - before.lineSetCalls, 2, 'D/C low, D/C high');
    assert.equal(writeCalls - before.writeCalls, 1, 'the memory write command');
    assert.equal(writevCalls - before.writevCalls, 1, 'all pixels');
    assert.equal(messages - before.messages, 1 + 38, 'one message for each 4096 bytes');
    assert.equal(opens, 2, 'spi-device on the main thread, fs on the worker');
    device.read();
    const moves =
      device.trace.filter((event) => event.kind === 'line').length -
      device.trace.filter((event) => event.kind === 'line_requested').length;
    assert.equal(lineSetCalls - moves, 2, 'none is set to what it is, but for D/C and light once at the start');
  });

  it('shows the right picture after a write that was cut short', async () => {
    const { driver, device } = fixture;
    device.shorten({ bytes: 1000, after: 5 });
    await driver.call('present', 3);
    await assertShown(fixture, 3, { recoveries: 0 });
  });

  it('sends a rectangle again after an error in the middle of it', async () => {
    const { driver, device } = fixture;
    device.fail({ errno: 'EIO', after: 10, times: 2, least: 4096 });
    assert.equal(await driver.call('present', 4), 1 + 10 * 4096 + 1 + FRAME_BYTES);
    await assertShown(fixture, 4, { recoveries: 0 });
  });

  it('sets the panel up anew when a rectangle does not get through, and shows the newest picture then', async () => {
    const { driver, device } = fixture;
    device.fail({ errno: 'ETIMEDOUT', times: 2, least: 4096 });
    await driver.call('present', 5);
    const { state, code, message } = await driver.call('status');
    assert.deepEqual([state, code], ['fault', 'BUS_FAILED']);
    assert.match(message ?? '', /ETIMEDOUT.*wiring.*speed_hz/);
    await driver.call('present', 6);
    await untilOk(fixture);
    await assertShown(fixture, 6, { recoveries: 1 });
  });

  it('opens the device anew when it went away and came back, and shows the newest picture', async () => {
    const { driver, device } = fixture;
    device.unplug();
    await driver.call('present', 1);
    assert.equal((await driver.call('status')).code, 'BUS_GONE');
    await sleep(600);
    assert.equal((await driver.call('status')).code, 'BUS_MISSING');
    await driver.call('present', 2);
    device.replug();
    await untilOk(fixture);
    await assertShown(fixture, 2, { recoveries: 2 });
    assert.ok(!tell(device).includes('loop-dc released'), 'the lines are kept meanwhile');
  });
});

describe('the real driver', { concurrency: true }, () => {
  it('takes the lines before the bus, shows black before the light, and lets go with every level set', async () => {
    await using fixture = await openSpidevFixture();
    const { driver, device, panel } = fixture;
    await start(fixture);
    await driver.call('present', 7);
    assert.deepEqual(panel.view().pixels, noise(panel.view(), 7));
    await driver.call('closeOutput');
    await driver.call('closeHost');
    assert.equal(await driver.call('present', 8), 0, 'a closed output writes to nobody');
    const story = tell(device);
    assert.deepEqual(story.slice(0, 8), [
      'loop-dc taken',
      'dc 0',
      'loop-reset taken',
      'reset 1',
      'loop-backlight taken',
      'light 0',
      'bus opened',
      'bus opened',
    ]);
    const lit = story.indexOf('light 1');
    assert.ok(story.indexOf('pixels') < story.indexOf('command 29'), 'black first, then the display on');
    assert.ok(story.indexOf('command 29') < lit, 'then the light');
    assert.deepEqual(story.slice(-8), [
      'bus closed',
      'bus closed',
      ...['loop-dc', 'loop-reset', 'loop-backlight'].flatMap((name) => [`${name} released`, 'input']),
    ]);
    const end = story.slice(story.lastIndexOf('light 0'), -8);
    assert.ok(end.includes('pixels') && end.includes('command 28'), 'dark, black and off before anything is closed');
    assert.deepEqual(panel.emulator.faults, []);
    assert.equal(panel.bytesWithoutDc, 0);
  });

  it('fills the messages that a larger bufsiz allows', async () => {
    await using fixture = await openSpidevFixture({}, { bufsiz: 65_536 });
    const { driver, device } = fixture;
    await start(fixture);
    await driver.call('present', 1);
    const before = device.counters;
    await driver.call('present', 2);
    assert.equal(device.counters.messages - before.messages, 1 + 3);
  });

  it('sets up at 10 MHz in mode 0 and sends pictures at the speed asked for', async () => {
    await using fixture = await openSpidevFixture({ speed_hz: 62_500_000 });
    await start(fixture);
    fixture.device.read();
    const messages = fixture.device.trace.filter((event) => event.kind === 'message');
    assert.ok(messages.every(({ mode }) => mode === 0));
    const beforePixels = messages.slice(
      0,
      messages.findIndex(({ length }) => length > 16),
    );
    const speeds = new Set(beforePixels.map(({ speedHz }) => speedHz));
    assert.deepEqual([...speeds], [10_000_000, 62_500_000]);
    assert.equal(messages.at(-1)!.speedHz, 62_500_000);
  });

  it('writes slice by slice on a kernel that takes a writev as one message, and finds that out once', async () => {
    await using fixture = await openSpidevFixture();
    const { driver, device } = fixture;
    device.refuseLongWritev(true);
    await start(fixture);
    const before = device.counters;
    await driver.call('present', 8);
    assert.equal(device.counters.writevCalls, before.writevCalls);
    assert.equal(device.counters.writeCalls - before.writeCalls, 1 + 38);
    await assertShown(fixture, 8, { recoveries: 0 });
  });

  it('leaves the panel dark when it ends while the device is away', async () => {
    await using fixture = await openSpidevFixture();
    const { driver, device } = fixture;
    await start(fixture);
    device.unplug();
    await driver.call('present', 1);
    while ((await driver.call('status')).code !== 'BUS_MISSING') await sleep(20);
    await driver.call('closeOutput');
    await driver.call('closeHost');
    const story = tell(device);
    assert.ok(story.lastIndexOf('light 0') > story.lastIndexOf('light 1'));
    assert.ok(story.lastIndexOf('light 0') < story.lastIndexOf('loop-backlight released'));
  });

  it('names the program that holds a line, takes nothing then, and starts when the line is free', async () => {
    await using fixture = await openSpidevFixture({}, { held: { 25: 'another player' } });
    const { driver, device, grant } = fixture;
    assert.equal(grant.kind, 'refused');
    assert.match(grant.kind === 'refused' ? grant.message : '', /GPIO 25.*another player.*\(LINE_BUSY\)/);
    assert.equal(device.counters.opens, 0, 'the bus is not touched');
    const { status } = await driver.call('openOutput', fixture.display, grant, 'black');
    assert.equal(status.code, 'LINE_BUSY');
    await driver.call('present', 3);
    device.hold(25, null);
    await untilOk(fixture);
    await assertShown(fixture, 3, { recoveries: 1 });
  });

  it('refuses the pins of the SPI bus before it asks the kernel for anything, and lines that the chip does not have', async () => {
    await using fixture = await openSpidevFixture({}, { held: { 25: 'somebody' } });
    const { driver, device, display } = fixture;
    // The options refuse such numbers too; this is what stands behind them.
    for (const pin of [7, 8, 9, 10, 11]) {
      const grant = await driver.call('openHost', { ...display, dc_line: pin });
      assert.equal(grant.kind === 'refused' && grant.code, 'LINE_REFUSED');
    }
    assert.deepEqual(tell(device), []);
    assert.equal(device.counters.lostBytes, 0);
    const grant = await driver.call('openHost', { ...display, reset_line: 60, dc_line: 24 });
    assert.match(grant.kind === 'refused' ? grant.message : '', /no line 60 \(reset_line\).*\(LINE_REFUSED\)/);
    assert.ok(tell(device).includes('loop-dc released'), 'what was taken is given back');
  });

  it('says how to switch SPI on, and which group may use it', async () => {
    await using missing = await openSpidevFixture({ bus: '/dev/spidev0.0' }, { devices: ['0.0'] });
    missing.device.unplug();
    const gone = await missing.driver.call('reopenHost');
    assert.match(gone.kind === 'refused' ? gone.message : '', /dtparam=spi=on.*\(BUS_MISSING\)/);
    missing.device.replug();
    await missing.driver.call('closeHost');
    missing.device.deny(true);
    const denied = await missing.driver.call('openHost', missing.display);
    assert.match(denied.kind === 'refused' ? denied.message : '', /usermod -aG gpio.*\(BUS_DENIED\)/);
  });

  it('measures the clock that really runs and says what to do about it', async () => {
    await using fixture = await openSpidevFixture(
      { speed_hz: 62_500_000 },
      { busTime: { coreHz: 62_500_000, gapUs: 10 } },
    );
    await start(fixture);
    const { hertzAsked, hertzReal, advice } = await fixture.driver.call('figures');
    assert.equal(hertzAsked, 62_500_000);
    assert.ok(hertzReal !== null && hertzReal <= 31_250_000, `${hertzReal}`);
    assert.match(advice ?? '', /of 62\.5 asked.*core_freq=250/);
  });
});

async function start({ driver, display, grant }: SpidevFixture): Promise<void> {
  const { status } = await driver.call('openOutput', display, grant, 'black');
  assert.deepEqual(status, { state: 'ok', code: null, message: null });
}

async function untilOk({ driver }: SpidevFixture): Promise<void> {
  const deadline = Date.now() + 20_000;
  while ((await driver.call('status')).state !== 'ok') {
    assert.ok(Date.now() < deadline, 'the display did not come back within 20 s');
    await sleep(20);
  }
}

async function assertShown(
  { driver, panel }: SpidevFixture,
  seed: number,
  expected: { recoveries: number },
): Promise<void> {
  assert.deepEqual(panel.view().pixels, noise(panel.view(), seed));
  assert.deepEqual(panel.emulator.faults, []);
  const { recoveries } = await driver.call('figures');
  assert.deepEqual({ recoveries }, expected);
}

/** What happened on the lines and the bus, in words; repeated pixels are told once. */
function tell(device: KernelDevice): string[] {
  device.read();
  const names: Record<number, string> = { 25: 'dc', 27: 'reset', 18: 'light' };
  const story: string[] = [];
  for (const event of device.trace) {
    const words = tellOne(event, names);
    if (words !== undefined && !(words === 'pixels' && story.at(-1) === 'pixels')) story.push(words);
  }
  return story;
}

function tellOne(event: KernelDevice['trace'][number], names: Record<number, string>): string | undefined {
  switch (event.kind) {
    case 'message':
      if (event.dc === 0) return `command ${event.head[0]!.toString(16)}`;
      return event.length > 16 ? 'pixels' : undefined;
    case 'line':
      return event.direction === 'in' ? 'input' : `${names[event.line]} ${event.level}`;
    case 'line_requested':
      return `${event.consumer} taken`;
    case 'line_released':
      return `${event.consumer} released`;
    case 'bus_opened':
      return 'bus opened';
    case 'bus_closed':
      return 'bus closed';
  }
}
