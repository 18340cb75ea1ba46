import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { Worker } from 'node:worker_threads';
import { options } from '../../../contract/config.ts';
import { openBusHost } from '../../../engine/bus/bus-host.ts';
import type { Answer, DriverCalls } from '../../engine/bus/driver-calls.ts';
import { openChip, requestLines } from '../../kernel-device/gpio.ts';
import { pins } from '../../kernel-device/steps.ts';
import { rectangles, type Stage, seeds, stages } from './stages.ts';

// Runs inside the emulated Pi: the real driver as LOOP has it, the host of the bus here, panel and bus on a worker.
// Prints `@ stage {"name", "result", "ms"}` for every stage.
const { signal } = new AbortController();
const display = options.parse({ displays: [{ bus: '/dev/spidev0.0' }] }).displays[0]!;
const driver = 'spi0.0';
const worker = new Worker(new URL('./driver-worker.js', import.meta.url));
const waiting = new Map<number, (answer: Answer) => void>();
let calls = 0;
let host = await openBusHost({ ...display, bus: 'emulated' }, { signal });
const holder = { end: async () => {} };

worker.on('message', async (message: Answer | 'grant please') => {
  if (message === 'grant please') worker.postMessage({ grant: await host.reopen({ signal }) });
  else waiting.get(message.id)?.(message);
});

async function call<Name extends keyof DriverCalls>(
  name: Name,
  ...values: Parameters<DriverCalls[Name]>
): Promise<ReturnType<DriverCalls[Name]>> {
  const id = calls++;
  const answer = await new Promise<Answer>((resolve) => {
    waiting.set(id, resolve);
    worker.postMessage({ id, name, values });
  });
  waiting.delete(id);
  if (!answer.ok) throw new Error(`${name}: ${answer.message}`);
  return answer.value as ReturnType<DriverCalls[Name]>; // what the worker's function of that name returned
}

const actions: Record<Stage, () => Promise<unknown>> = {
  async 'opens the lines and the bus'() {
    host = await openBusHost(display, { signal });
    return host.grant;
  },
  'starts the panel': () => call('openOutput', display, host.grant, 'black'),
  'sends a full frame': () => call('present', seeds.first),
  'sends another': () => call('present', seeds.second),
  'sends rectangles': () => call('present', seeds.rectangles, rectangles),
  async 'writes while the device is gone'() {
    writeFileSync('/sys/bus/spi/drivers/spidev/unbind', driver);
    await call('present', seeds.lost);
    const atOnce = await call('status');
    await sleep(600);
    await call('present', seeds.newest);
    return [atOnce.code, (await call('status')).code];
  },
  async 'comes back with the device'() {
    writeFileSync('/sys/bus/spi/drivers/spidev/bind', driver);
    while ((await call('status')).state !== 'ok') await sleep(10);
    return (await call('figures')).recoveries;
  },
  're-asserts the panel': () => call('reassert'),
  async 'ends black'() {
    await call('closeOutput');
    await host[Symbol.asyncDispose]();
  },
  async 'meets another player'() {
    const child = spawn(process.execPath, ['holder.js'], { stdio: ['pipe', 'pipe', 'inherit'] });
    await once(child.stdout, 'data');
    holder.end = async () => {
      child.kill('SIGKILL');
      await once(child, 'exit');
    };
    host = await openBusHost(display, { signal });
    return host.grant;
  },
  async 'takes over when the other has gone'() {
    await holder.end();
    const { kind } = await host.reopen({ signal });
    await host[Symbol.asyncDispose]();
    return kind;
  },
};

const mark = requestLines(openChip(), [pins.mark], 'mark', 0);
for (const name of stages) {
  mark.set(1);
  mark.set(0);
  const startedMs = performance.now();
  const result = await actions[name]();
  console.log(`@ stage ${JSON.stringify({ name, result, ms: Math.round(performance.now() - startedMs) })}`);
}
mark.close();
await worker.terminate();
