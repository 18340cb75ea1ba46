import { parentPort } from 'node:worker_threads';
import type { DisplayOptions } from '../../../contract/config.ts';
import type { Bus } from '../../../engine/bus/bus.ts';
import type { BusGrant } from '../../../engine/bus/bus-grant.ts';
import { systemClock } from '../../../engine/bus/clock.ts';
import { openBus } from '../../../engine/bus/open-bus.ts';
import { type Output, openOutput } from '../../../engine/panel/output.ts';
import type { Rectangle } from '../../../format/frame.ts';
import { noise } from '../panel/pictures.ts';
import { answer, type Call } from './driver-calls.ts';

// The display's thread of the process with the real driver: buses and outputs, told what to do by its main thread.
const port = parentPort!;
let bus: Bus;
let output: Output;
let grantArrived: (grant: BusGrant) => void = () => {};
const signal = new AbortController().signal;

const functions = {
  async openBus(grant: BusGrant) {
    bus = await openBus(grant, systemClock);
    return { speedHz: bus.speedHz, dimmable: bus.dimmable };
  },
  command: (code: number, parameters?: number[]) => bus.command(code, parameters && Uint8Array.from(parameters)),
  pixels(count: number) {
    bus.pixels(Uint8Array.from({ length: count }, (_, index) => index % 251));
    return { bytesWritten: bus.bytesWritten };
  },
  setSpeed: (speedHz: number) => bus.setSpeed(speedHz),
  setReset: (level: 0 | 1) => bus.setReset(level),
  setBacklight: (percent: number) => bus.setBacklight(percent),
  closeBus: () => bus.close(),
  async openOutput(display: DisplayOptions, grant: BusGrant, onExit: 'black' | 'keep') {
    output = await openOutput({ display, grant, requestGrant, brightness: 100, onExit, signal });
    return { status: output.status };
  },
  present: (seed: number, rectangles: Rectangle[] = [{ x: 0, y: 0, ...output.geometry }]) =>
    output.present(noise(output.geometry, seed), rectangles),
  reassert: () => output.reassert({ signal }),
  setLight: (on: boolean, percent: number) => output.setLight(on, percent),
  status: () => output.status,
  figures: () => output.figures,
  closeOutput: () => output[Symbol.asyncDispose](),
};

function requestGrant(): Promise<BusGrant> {
  port.postMessage('grant please');
  return new Promise((resolve) => {
    grantArrived = resolve;
  });
}

port.on('message', async (message: Call | { grant: BusGrant }) => {
  if ('grant' in message) grantArrived(message.grant);
  else port.postMessage(await answer(message, functions));
});
