import { parseOptions } from '../contract/config.ts';
import { openBusHost } from '../engine/bus/bus-host.ts';
import { systemClock } from '../engine/bus/clock.ts';
import { openBus } from '../engine/bus/open-bus.ts';
import { Panel } from '../engine/panel/panel.ts';

/** Sends full frames in one of two ways and prints the microseconds of CPU that each took. */
const [way, frames] = [process.argv[2], Number(process.argv[3])];
const WARM_UP = 50;
const FRAME_BYTES = 153_600;
const CHUNK_BYTES = 4096;

async function measure(send: (frame: number) => Promise<void> | void): Promise<number> {
  for (let frame = 0; frame < WARM_UP; frame++) await send(frame);
  const before = process.cpuUsage();
  for (let frame = 0; frame < frames; frame++) await send(frame);
  const { user, system } = process.cpuUsage(before);
  return (user + system) / frames;
}

/** The driver's half of the work: the pixels are in the wire's order already, as for the peer. */
async function byDriver(): Promise<number> {
  const parsed = parseOptions({ displays: [{ bus: '/dev/spidev0.0' }] });
  const display = parsed.ok ? parsed.options.displays[0] : undefined;
  if (display === undefined) throw new Error('The options of the bench are wrong.');
  const { signal } = new AbortController();
  await using host = await openBusHost(display, { signal });
  const bus = await openBus(host.grant, systemClock);
  await new Panel(display, bus, systemClock).start({ signal });
  const pixels = new Uint8Array(FRAME_BYTES);
  return await measure(() => {
    bus.command(0x2c);
    bus.pixels(pixels);
  });
}

async function byTransfers(): Promise<number> {
  const { default: spi } = await import('spi-device');
  const device = spi.openSync(0, 0, { maxSpeedHz: 40_000_000 });
  const pixels = Buffer.alloc(FRAME_BYTES);
  const chunks = Array.from({ length: Math.ceil(FRAME_BYTES / CHUNK_BYTES) }, (_, i) =>
    pixels.subarray(i * CHUNK_BYTES, (i + 1) * CHUNK_BYTES),
  );
  return await measure(async () => {
    for (const sendBuffer of chunks) {
      await new Promise<void>((resolve, reject) => {
        device.transfer([{ sendBuffer, byteLength: sendBuffer.length }], (error) =>
          error ? reject(error) : resolve(),
        );
      });
    }
  });
}

process.stdout.write(String(way === 'driver' ? await byDriver() : await byTransfers()));
