import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { test } from 'node:test';
import { panelModels } from '../../emulator/models.ts';
import { runGuest, startGuest } from './guest.ts';
import { openKernelDevice } from './kernel-device.ts';

const wiring = { device: '0.0', model: panelModels.ili9341, dc: 25, reset: 27, backlight: 18 } as const;

test('what a child draws is seen as soon as it says so', async () => {
  await using device = await openKernelDevice();
  const panel = device.attachPanel(wiring);
  await using guest = startGuest(device, async ({ fs, spi, gpio, pause }) => {
    const wait = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));
    const chip = gpio.openChip();
    const [dc, reset, light] = [25, 27, 18].map((line) => gpio.requestLines(chip, [line], 'test', line === 27 ? 1 : 0));
    spi.openSync(0, 0, { maxSpeedHz: 40e6 });
    const fd = fs.openSync('/dev/spidev0.0', 'r+');
    const send = (code: number, ...data: number[]) => {
      dc!.set(0);
      fs.writeSync(fd, Buffer.from([code]));
      dc!.set(1);
      if (data.length > 0) fs.writeSync(fd, Buffer.from(data));
    };
    reset!.set(0);
    await wait(1);
    reset!.set(1);
    await wait(6);
    send(0x11);
    await wait(6);
    send(0x3a, 0x55);
    send(0x36, 0x28);
    send(0x29);
    send(0x2a, 0, 0, 1, 63);
    send(0x2b, 0, 0, 0, 239);
    send(0x2c);
    fs.writevSync(
      fd,
      Array.from({ length: 38 }, (_, i) => Buffer.alloc(i < 37 ? 4096 : 2048, i)),
    );
    await pause();
    light!.set(1);
    return gpio.lineInfo(chip, 25);
  });
  await guest.paused();
  assert.ok(
    panel.view().pixels.every((pixel) => pixel === 0),
    'the light is still out',
  );
  guest.resume();
  assert.deepEqual(await guest.result(), { name: 'GPIO25', consumer: 'test', flags: 9 });
  const { width, height, pixels } = panel.view();
  assert.deepEqual([width, height], [320, 240]);
  assert.ok(pixels.every((pixel, i) => pixel === (i >> 11) * 0x101));
  assert.deepEqual(panel.emulator.faults, []);
  assert.equal(panel.bytesWithoutDc, 0);
});

test('the trace has lines, opens and messages in order, with the level of D/C', async () => {
  await using device = await openKernelDevice();
  device.attachPanel(wiring);
  await runGuest(device, ({ fs, gpio }) => {
    const dc = gpio.requestLines(gpio.openChip(), [25], 'loop-dc', 0);
    const fd = fs.openSync('/dev/spidev0.0', 'r+');
    fs.writeSync(fd, Buffer.from([0x2a]));
    dc.set(1);
    dc.set(1); // no change, nothing to see
    fs.writeSync(fd, Buffer.from([1, 2]));
    fs.closeSync(fd);
    dc.close();
  });
  device.read();
  const told = device.trace.map((event) => {
    if (event.kind === 'message') return `${event.dc}: ${Buffer.from(event.head).toString('hex')} at ${event.speedHz}`;
    if (event.kind === 'line') return `${event.line} ${event.direction} ${event.level}`;
    return event.kind;
  });
  assert.deepEqual(told, [
    'line_requested',
    '25 out 0',
    'bus_opened',
    '0: 2a at 125000000',
    '25 out 1',
    '1: 0102 at 125000000',
    'bus_closed',
    'line_released',
    '25 in 1',
  ]);
});

test('a line belongs to one process; it is free when that is closed or killed', async () => {
  await using device = await openKernelDevice();
  device.attachPanel(wiring);
  await using holder = startGuest(device, async ({ gpio, pause }) => {
    gpio.requestLines(gpio.openChip(), [25, 18], 'other-player', 0b11);
    await pause();
  });
  await holder.paused();
  const ask = () =>
    runGuest(device, ({ gpio, attempt }) => {
      const chip = gpio.openChip();
      const { consumer } = gpio.lineInfo(chip, 18);
      return [
        consumer,
        attempt(() => gpio.requestLines(chip, [24, 25], 'me', 0).get(3)),
        gpio.lineInfo(chip, 24).consumer,
      ];
    });
  assert.deepEqual(await ask(), ['other-player', 'EBUSY', ''], 'nothing is taken when one of them is not free');
  await holder.kill();
  assert.deepEqual(await ask(), ['', 0, 'me']);
  device.hold(24, 'fbcp');
  assert.deepEqual((await ask())[1], 'EBUSY');
  device.hold(24, null);
  assert.deepEqual((await ask())[1], 0);
  device.read();
  const released = device.trace.filter((event) => event.kind === 'line_released' && event.consumer === 'other-player');
  assert.equal(released.length, 1, 'the killed holder of line 25 is noticed by the next who asks for it');
});

test('the speed belongs to the device while any descriptor is open, in any process', async () => {
  await using device = await openKernelDevice();
  await using first = startGuest(device, async ({ spi, pause }) => {
    spi.openSync(0, 0, { maxSpeedHz: 40e6 });
    await pause();
  });
  await first.paused();
  const speed = () =>
    runGuest(device, ({ fs, spi }) => {
      fs.writeSync(fs.openSync('/dev/spidev0.0', 'r+'), Buffer.from([1]));
      return spi.openSync(0, 0).getOptionsSync().maxSpeedHz;
    });
  assert.equal(await speed(), 40_000_000);
  await first.kill();
  assert.equal(await speed(), 125_000_000);
});

test('a released output becomes an input, and an undriven light is pulled up; with keepsOutputs all stays', async () => {
  for (const keepsOutputs of [false, true]) {
    await using device = await openKernelDevice({ keepsOutputs });
    const panel = device.attachPanel(wiring);
    await runGuest(device, async ({ fs, gpio }) => {
      const dc = gpio.requestLines(gpio.openChip(), [25], 'dc', 0);
      const light = gpio.requestLines(gpio.openChip(), [18], 'bl', 0);
      const fd = fs.openSync('/dev/spidev0.0', 'r+');
      fs.writeSync(fd, Buffer.from([0x11]));
      await new Promise((resolve) => setTimeout(resolve, 6));
      fs.writeSync(fd, Buffer.from([0x29]));
      light.close();
      dc.close();
      fs.writeSync(fd, Buffer.from([0x00]));
    });
    device.read();
    assert.equal(panel.emulator.isLit, !keepsOutputs);
    assert.equal(panel.bytesWithoutDc, keepsOutputs ? 0 : 1);
  }
});

test('the chip is that of a Zero 2 W, and a chip select belongs to SPI', async () => {
  await using device = await openKernelDevice();
  const told = await runGuest(device, ({ gpio }) => {
    const chip = gpio.openChip();
    return [gpio.chipInfo(chip), gpio.lineInfo(chip, 8).name, gpio.lineInfo(chip, 8).consumer, gpio.lineInfo(chip, 25)];
  });
  assert.deepEqual(told, [
    { name: 'gpiochip0', label: 'pinctrl-bcm2835', lines: 54 },
    'SPI_CE0_N',
    'spi0 CS0',
    { name: 'GPIO25', consumer: '', flags: 4 },
  ]);
});

test('MOSI asked for as a line kills the bus without any error', async () => {
  await using device = await openKernelDevice();
  const written = await runGuest(device, ({ fs, gpio }) => {
    gpio.requestLines(gpio.openChip(), [10], 'mosi', 0).close();
    return fs.writeSync(fs.openSync('/dev/spidev0.0', 'r+'), Buffer.alloc(10));
  });
  assert.equal(written, 10);
  assert.deepEqual([device.counters.bytes, device.counters.lostBytes], [0, 10]);
});

test('a larger bufsiz takes larger parts; denied nodes give EACCES; a write at a position is refused', async () => {
  await using device = await openKernelDevice({ bufsiz: 65_536, devices: ['1.2'] });
  await using guest = startGuest(device, async ({ fs, attempt, pause }) => {
    const fd = fs.openSync('/dev/spidev1.2', 'r+');
    const results = [
      fs.readFileSync('/sys/module/spidev/parameters/bufsiz', 'utf8'),
      fs.writeSync(fd, Buffer.alloc(65_536)),
      attempt(() => fs.writeSync(fd, Buffer.alloc(65_537))),
      attempt(() => fs.writeSync(fd, Buffer.alloc(1), 0, 1, 0)),
      attempt(() => fs.openSync('/dev/spidev0.0', 'r+')),
      attempt(() => fs.openSync('/sys/module/spidev/parameters/bufsiz', 'r+')),
    ];
    await pause();
    return [
      ...results,
      attempt(() => fs.openSync('/dev/spidev1.2', 'r+')),
      attempt(() => fs.openSync('/dev/gpiochip0', 'r+')),
    ];
  });
  await guest.paused();
  device.deny(true);
  guest.resume();
  assert.deepEqual(await guest.result(), [
    '65536\n',
    65_536,
    'EMSGSIZE',
    'ESPIPE',
    'ENOENT',
    'EACCES',
    'EACCES',
    'EACCES',
  ]);
});

test('bytes take the time of the real clock, which has even dividers only', async () => {
  await using device = await openKernelDevice({ busTime: { coreHz: 400e6, gapUs: 10 }, log: false });
  const times = await runGuest(device, ({ fs, spi }) => {
    const parts = Array.from({ length: 38 }, (_, i) => Buffer.alloc(i < 37 ? 4096 : 2048));
    const bus = spi.openSync(0, 0);
    const fd = fs.openSync('/dev/spidev0.0', 'r+');
    return [62.5e6, 40e6].map((maxSpeedHz) => {
      bus.setOptionsSync({ maxSpeedHz });
      const rounds = Array.from({ length: 4 }, () => {
        const start = process.hrtime.bigint();
        fs.writevSync(fd, parts);
        return Number(process.hrtime.bigint() - start) / 1e6;
      });
      return Math.min(...rounds);
    });
  });
  const wireMs = [50e6, 40e6].map((hertz) => (153_600 * 8 * 1000) / hertz + 38 * 0.01);
  for (const [i, time] of times.entries()) {
    const ratio = time / wireMs[i]!;
    assert.ok(ratio >= 1 && ratio < 1.5, `${time} ms against ${wireMs[i]} ms of wire`);
  }
});

test('without a log only the counters move', async () => {
  await using device = await openKernelDevice({ log: false });
  await runGuest(device, ({ fs, gpio }) => {
    const dc = gpio.requestLines(gpio.openChip(), [25], 'dc', 0);
    const fd = fs.openSync('/dev/spidev0.0', 'r+');
    dc.set(1);
    fs.writeSync(fd, Buffer.alloc(3));
    fs.writevSync(fd, [Buffer.alloc(4), Buffer.alloc(5)]);
  });
  device.read();
  assert.deepEqual(device.trace, []);
  assert.deepEqual(device.counters, {
    bytes: 12,
    lostBytes: 0,
    messages: 3,
    writeCalls: 1,
    writevCalls: 1,
    transferCalls: 0,
    lineSetCalls: 1,
    opens: 1,
  });
});

test('a log that nobody reads ends at its limit, and reading it says so', async () => {
  await using device = await openKernelDevice({ logLimitBytes: 10_000 });
  await runGuest(device, ({ fs }) => {
    const fd = fs.openSync('/dev/spidev0.0', 'r+');
    for (let i = 0; i < 4; i++) fs.writeSync(fd, Buffer.alloc(4096));
  });
  assert.throws(() => device.read(), /log of the kernel device is full/);
});

test('what is read is given back to the disk', async () => {
  await using device = await openKernelDevice();
  await using guest = startGuest(device, async ({ fs, pause }) => {
    const fd = fs.openSync('/dev/spidev0.0', 'r+');
    const parts = Array.from({ length: 512 }, () => Buffer.alloc(4096));
    const write32MiB = () => {
      for (let i = 0; i < 16; i++) fs.writevSync(fd, parts);
    };
    write32MiB();
    await pause();
    write32MiB();
    return fs.statSync(`${process.env.LOOP_KERNEL_DEVICE}/log`).blocks * 512;
  });
  await guest.paused();
  device.read();
  guest.resume();
  assert.ok((await guest.result()) < 40 << 20, 'of 64 MiB');
  device.read();
  assert.equal(device.counters.bytes, 64 << 20);
});

test('following sees a child at work, and ends when it is left', async () => {
  await using device = await openKernelDevice();
  const panel = device.attachPanel(wiring);
  await using guest = startGuest(device, async ({ fs, gpio }) => {
    gpio.requestLines(gpio.openChip(), [25], 'dc', 1);
    const fd = fs.openSync('/dev/spidev0.0', 'r+');
    for (;;) {
      fs.writeSync(fd, Buffer.alloc(100));
      await new Promise((resolve) => setTimeout(resolve, 1));
    }
  });
  for await (const _ of device.follow({ signal: AbortSignal.timeout(10_000) })) if (panel.bytes >= 500) break;
  await guest.kill();
  assert.ok(panel.bytes >= 500);
});

test('a panel cannot be attached when it has missed something, nor to a bus that is not there', async () => {
  await using device = await openKernelDevice();
  assert.throws(() => device.attachPanel({ ...wiring, device: '3.3' }), /There is no bus 3\.3/);
  await runGuest(device, ({ fs }) => fs.closeSync(fs.openSync('/dev/spidev0.0', 'r+')));
  device.read();
  assert.throws(() => device.attachPanel(wiring), /before the log is read/);
});

test('its folder is gone when it is disposed', async () => {
  const device = await openKernelDevice();
  const folder = device.environment.LOOP_KERNEL_DEVICE ?? '';
  assert.ok(existsSync(folder));
  await device[Symbol.asyncDispose]();
  assert.ok(!existsSync(folder));
});
