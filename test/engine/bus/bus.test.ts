import { systemClock } from '../../../engine/bus/clock.ts';
import { EmulatedBus } from '../../../engine/bus/emulated-bus.ts';
import { type BusUnderTest, busContract } from './bus-contract.ts';
import { openSpidevFixture } from './spidev-fixture.ts';

busContract('the emulated bus', openEmulatedBus);
busContract('the SPI device on the kernel device', openSpidevBus);

async function openEmulatedBus(): Promise<BusUnderTest> {
  const bus = new EmulatedBus({ kind: 'emulated', panel: 'ili9341', speedHz: 40_000_000 }, systemClock);
  const functions = {
    command: (code: number, parameters?: number[]) => bus.command(code, parameters && Uint8Array.from(parameters)),
    pixels(count: number) {
      bus.pixels(Uint8Array.from({ length: count }, (_, index) => index % 251));
      return { bytesWritten: bus.bytesWritten };
    },
    setSpeed: () => bus.setSpeed(),
    setReset: (level: 0 | 1) => bus.setReset(level),
    setBacklight: (percent: number) => bus.setBacklight(percent),
    closeBus: () => bus.close(),
  };
  return {
    speedHz: bus.speedHz,
    emulator: bus.emulator,
    // The functions have the types that BusUnderTest names, one by one.
    call: async (name, ...values) => (functions[name] as (...values: unknown[]) => never)(...values),
    view: () => bus.emulator.view(),
    async [Symbol.asyncDispose]() {},
  };
}

async function openSpidevBus(): Promise<BusUnderTest> {
  const fixture = await openSpidevFixture();
  const { driver, panel } = fixture;
  const { speedHz } = await driver.call('openBus', fixture.grant);
  return {
    speedHz,
    emulator: panel.emulator,
    call: (name, ...values) => driver.call(name, ...values),
    view: () => panel.view(),
    [Symbol.asyncDispose]: () => fixture[Symbol.asyncDispose](),
  };
}
