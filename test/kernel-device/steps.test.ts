import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { openSync } from 'node:fs';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { panelModels } from '../../emulator/models.ts';
import { DeviceLog, type DeviceRecord } from './device-log.ts';
import { openKernelDevice } from './kernel-device.ts';
import { pins, steps } from './steps.ts';

const script = fileURLToPath(new URL('run-steps.ts', import.meta.url));

/** Messages as steps.ts writes them, cut at the pulses of the mark line; the first part is what came before the first step. */
function wireOf(records: Iterable<DeviceRecord>): string[][] {
  const cut: string[][] = [[]];
  let dc = 0;
  for (const record of records) {
    if (record.kind === 'line' && record.line === pins.dc) dc = record.level;
    else if (record.kind === 'line' && record.line === pins.mark && record.level === 1) cut.push([]);
    else if (record.kind === 'message') cut.at(-1)?.push((dc ? '' : '!') + record.bytes.toString('hex'));
  }
  return cut;
}

test('the real spi-device, fs and koffi get from the stand-in what they get from Linux 6.12, and put the same on the wire', async () => {
  await using device = await openKernelDevice();
  const panel = device.attachPanel({ device: '0.0', model: panelModels.ili9341, ...pins });
  const environment = { ...process.env, ...device.environment };
  const { stdout } = await promisify(execFile)(process.execPath, [script], { env: environment });

  const results = stdout.split('\n').filter((line) => line.startsWith('@ '));
  assert.deepEqual(
    results,
    steps.map(({ expected }, number) => `@ ${number} ${expected}`),
  );

  const records: DeviceRecord[] = [];
  const log = new DeviceLog(openSync(`${device.environment.LOOP_KERNEL_DEVICE}/log`, 'r'));
  log.read((record) =>
    records.push(record.kind === 'message' ? { ...record, bytes: Buffer.from(record.bytes) } : record),
  );
  log.close();
  const [before, ...wire] = wireOf(records);
  assert.deepEqual(before, []);
  assert.equal(wire.length, steps.length);
  for (const [number, { name, wire: expected }] of steps.entries())
    if (expected) assert.deepEqual(wire[number], expected, `step ${number}: ${name}`);

  // What the kernel's own count of messages and the bytes on the emulated pins were.
  const { messages, bytes, lostBytes } = device.counters;
  assert.deepEqual({ messages, bytes, lostBytes }, { messages: 2360, bytes: 788_616, lostBytes: 0 });
  device.read();
  assert.equal(panel.bytes, bytes - 1, 'one byte went to the other chip select');
});
