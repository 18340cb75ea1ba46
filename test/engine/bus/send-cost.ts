import spi from 'spi-device';
import { openBusHost } from '../../../engine/bus/bus-host.ts';
import { systemClock } from '../../../engine/bus/clock.ts';
import { openBus } from '../../../engine/bus/open-bus.ts';
import { openOutput } from '../../../engine/panel/output.ts';
import { displayOptions } from '../panel/emulated-output.ts';
import { noise } from '../panel/pictures.ts';

// node send-cost.ts, in the environment of a kernel device that takes no time and logs nothing:
// prints the CPU time of one full frame in microseconds as JSON, by each way of sending it.
const FRAMES = 300;
const WARM_UP = 50;
const MESSAGE_BYTES = 4096;
const signal = new AbortController().signal;

const display = displayOptions({ bus: '/dev/spidev0.0' });
await using host = await openBusHost(display, { signal });
const { grant } = host;
await using output = await openOutput({ display, grant, requestGrant: async () => grant, brightness: 100, signal });
const pixels = noise(output.geometry, 1);
const everything = [{ x: 0, y: 0, ...output.geometry }];
const frame = Buffer.from(pixels.buffer);
const bus = await openBus(grant, systemClock);
const device = spi.openSync(0, 0);

const presentUs = await cost(() => void output.present(pixels, everything));
const pixelsUs = await cost(() => bus.pixels(frame));
const awaitedTransfersUs = await cost(sendByTransfers);
console.log(JSON.stringify({ presentUs, pixelsUs, awaitedTransfersUs }));
device.closeSync();
bus.close();

async function sendByTransfers(): Promise<void> {
  for (let at = 0; at < frame.length; at += MESSAGE_BYTES) {
    const sendBuffer = frame.subarray(at, at + MESSAGE_BYTES);
    await new Promise<void>((resolve, reject) =>
      device.transfer([{ sendBuffer, byteLength: sendBuffer.length }], (error) => (error ? reject(error) : resolve())),
    );
  }
}

async function cost(send: () => void | Promise<void>): Promise<number> {
  for (let n = 0; n < WARM_UP; n++) await send();
  const before = process.cpuUsage();
  for (let n = 0; n < FRAMES; n++) await send();
  const { user, system } = process.cpuUsage(before);
  return (user + system) / FRAMES;
}
