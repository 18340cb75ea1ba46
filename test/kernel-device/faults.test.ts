import assert from 'node:assert/strict';
import { test } from 'node:test';
import { startGuest } from './guest.ts';
import { openKernelDevice } from './kernel-device.ts';

test('a fault in the middle of a writev: what went before is counted, and written down', async () => {
  await using device = await openKernelDevice();
  const whole = 38 * 4096;
  const faults: [before: () => void, result: number | string, sent: number][] = [
    [() => device.fail({ errno: 'EIO', after: 5, times: 2 }), 5 * 4096, 5 * 4096],
    [() => device.fail({ errno: 'EIO', after: 5, sent: 100 }), whole, whole + 100], // libuv tried again
    [() => device.fail({ errno: 'ETIMEDOUT', times: Number.POSITIVE_INFINITY, least: 8 }), 'ETIMEDOUT', 0],
    [() => device.shorten({ after: 2, bytes: 100 }), whole, whole], // libuv sent the rest
    [() => device.refuseLongWritev(true), 'EMSGSIZE', 0],
    [() => device.refuseLongWritev(false), whole, whole],
  ];
  await using guest = startGuest(device, async ({ fs, attempt, pause }) => {
    const fd = fs.openSync('/dev/spidev0.0', 'r+');
    const parts = Array.from({ length: 38 }, () => Buffer.alloc(4096));
    const results = [];
    for (let i = 0; i < 6; i++) {
      await pause();
      results.push(attempt(() => fs.writevSync(fd, parts)));
    }
    return results;
  });
  for (const [before] of faults) {
    await guest.paused();
    device.mend();
    before();
    guest.resume();
  }
  assert.deepEqual(
    await guest.result(),
    faults.map(([, result]) => result),
  );
  const sent = faults.reduce((sum, [, , bytes]) => sum + bytes, 0);
  assert.equal(device.counters.bytes, sent);
  device.read();
  const lengths = device.trace.flatMap((event) => (event.kind === 'message' ? [event.length] : []));
  assert.equal(
    lengths.reduce((sum, length) => sum + length, 0),
    sent,
  );
  const short = lengths.indexOf(100, lengths.indexOf(100) + 1); // the first 100 are those of the EIO
  assert.deepEqual(lengths.slice(short - 2, short + 3), [4096, 4096, 100, 3996, 4096]);
});

test('a bus that is unplugged takes its node away; what was open fails for ever, a new open works when it is back', async () => {
  await using device = await openKernelDevice();
  await using guest = startGuest(device, async ({ fs, spi, attempt, pause }) => {
    const bus = spi.openSync(0, 0, { maxSpeedHz: 1e6 });
    const fd = fs.openSync('/dev/spidev0.0', 'r+');
    const other = fs.openSync('/dev/spidev0.1', 'r+');
    const tries = () => [
      fs.existsSync('/dev/spidev0.0'),
      attempt(() => fs.writeSync(fd, Buffer.from([1]))),
      attempt(() => fs.writevSync(fd, [Buffer.from([1]), Buffer.from([2])])),
      attempt(() => bus.transferSync([{ sendBuffer: Buffer.from([1]), byteLength: 1 }]) && 'ok'),
      attempt(() => fs.openSync('/dev/spidev0.0', 'r+') > 0),
      attempt(() => fs.writeSync(other, Buffer.from([1]))),
    ];
    const results = [tries()];
    await pause();
    results.push(tries());
    await pause();
    results.push(tries());
    return [...results, fs.writeSync(fs.openSync('/dev/spidev0.0', 'r+'), Buffer.from([2]))];
  });
  await guest.paused();
  device.unplug();
  guest.resume();
  await guest.paused();
  device.replug();
  guest.resume();
  const [there, gone, back, written] = await guest.result();
  const shutDown = [
    'ESHUTDOWN',
    'ESHUTDOWN',
    ', Cannot send after transport endpoint shutdown', // spi-device leaves the code empty
  ];
  assert.deepEqual(there, [true, 1, 2, 'ok', true, 1]);
  assert.deepEqual(gone, [false, ...shutDown, 'ENOENT', 1]);
  assert.deepEqual(back, [true, ...shutDown, true, 1]);
  assert.equal(written, 1);
});
