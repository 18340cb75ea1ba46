import { Worker } from 'node:worker_threads';
import type { DisplayOptions } from '../../../contract/config.ts';
import { type BusHost, openBusHost } from '../../../engine/bus/bus-host.ts';
import { type Answer, answer, type Call } from './driver-calls.ts';

// The process with the real driver, as LOOP has it: the host of the bus on the main thread, the bus itself on a worker.
const signal = new AbortController().signal;
const worker = new Worker(new URL('./driver-worker.ts', import.meta.url));
let host: BusHost;

const functions = {
  async openHost(display: DisplayOptions) {
    host = await openBusHost(display, { signal });
    return host.grant;
  },
  reopenHost: () => host.reopen({ signal }),
  closeHost: () => host[Symbol.asyncDispose](),
};

process.on('message', async (call: Call) => {
  if (call.name in functions) process.send?.(await answer(call, functions));
  else worker.postMessage(call);
});
process.on('disconnect', () => process.exit());
worker.on('message', async (message: Answer | 'grant please') => {
  if (message === 'grant please') worker.postMessage({ grant: await host.reopen({ signal }) });
  else process.send?.(message);
});
