import { closeSync, openSync, readSync, writeSync, writev, writevSync } from 'node:fs';
import { promisify } from 'node:util';
import type spi from 'spi-device';
import { frame, parts } from './frame.ts';
import { INPUT, type Lines, lineInfo, PULL_UP, requestLines } from './gpio.ts';

/** The lines used, and the one that is pulsed before each step so that a record of the pins can be cut into steps. */
export const pins = { dc: 25, reset: 27, backlight: 18, mark: 5 } as const;

/** What a step works with. `device` and `fd` are opened by the first step. */
export interface Bench {
  readonly spi: typeof spi;
  readonly chip: number;
  readonly dc: Lines;
  readonly reset: Lines;
  readonly backlight: Lines;
  device: spi.SpiDevice;
  fd: number;
}

/** Something done to spidev or the GPIO chip, what came of it on Linux 6.12, and what it puts on the wire. */
export interface Step {
  readonly name: string;
  /** The result as text; an error is `THROWS <code>`. */
  readonly expected: string;
  readonly run: (bench: Bench) => unknown;
  /** SPI messages on the wire in hexadecimal, `!` before one with D/C low; left out: not looked at. */
  readonly wire?: readonly string[];
}

const wireOfParts = parts.map((part) => part.toString('hex'));
const wireOfFrame = ['!2a', '000000ef', '!2b', '0000013f', '!2c', ...wireOfParts];
const SPEED_HZ = 62_500_000;

function send({ dc, fd }: Bench, command: number, ...parameters: number[]): void {
  dc.set(0);
  writeSync(fd, Buffer.from([command]));
  if (parameters.length === 0) return;
  dc.set(1);
  writeSync(fd, Buffer.from(parameters));
}

/** Address window of the whole panel, and the command after which pixels follow. */
function openWindow(bench: Bench): void {
  send(bench, 0x2a, 0, 0, 0, 239);
  send(bench, 0x2b, 0, 0, 1, 63);
  send(bench, 0x2c);
  bench.dc.set(1);
}

/** One message of transfers of the given lengths, by spi-device. */
function transfer({ device }: Bench, ...lengths: number[]): string {
  device.transferSync(message(...lengths));
  return 'ok';
}

function message(...lengths: number[]): spi.SpiMessage {
  return lengths.map((length) => ({ sendBuffer: frame.subarray(0, length), byteLength: length, speedHz: SPEED_HZ }));
}

function numbered(count: number): Buffer[] {
  return Array.from({ length: count }, (_, i) => Buffer.from([i >> 8, i & 0xff]));
}

/** Sets the speed with spi-device, writes a byte with fs, reads the speed back. */
function writeAt({ device, fd }: Bench, maxSpeedHz: number, byte: number): string {
  device.setOptionsSync({ maxSpeedHz });
  return `${writeSync(fd, Buffer.from([byte]))} ${device.getOptionsSync().maxSpeedHz}`;
}

const opening: Step[] = [
  {
    name: 'spi-device opens with mode 0 and 62.5 MHz',
    expected:
      '{"mode":0,"chipSelectHigh":false,"lsbFirst":false,"threeWire":false,"loopback":false,"noChipSelect":false,"ready":false,"bitsPerWord":8,"maxSpeedHz":62500000}',
    run: (bench) => {
      bench.device = bench.spi.openSync(0, 0, { mode: 0, maxSpeedHz: SPEED_HZ });
      bench.fd = openSync('/dev/spidev0.0', 'r+');
      return JSON.stringify(bench.device.getOptionsSync());
    },
    wire: [],
  },
  {
    name: 'reset, then commands 11 3A 36 29',
    expected: 'undefined',
    run: (bench) => {
      bench.reset.set(0);
      bench.reset.set(1);
      send(bench, 0x11);
      send(bench, 0x3a, 0x55);
      send(bench, 0x36, 0x48);
      send(bench, 0x29);
      bench.backlight.set(1);
    },
    wire: ['!11', '!3a', '55', '!36', '48', '!29'],
  },
];

const frames: Step[] = [
  ...['window, then a frame in one writev of 38 parts', 'the same again'].map((name) => ({
    name,
    expected: '153600',
    run: (bench: Bench) => {
      openWindow(bench);
      return writevSync(bench.fd, parts);
    },
    wire: wireOfFrame,
  })),
  {
    name: 'a frame in 38 writes',
    expected: '153600',
    run: (bench) => {
      openWindow(bench);
      return parts.reduce((sum, part) => sum + writeSync(bench.fd, part), 0);
    },
    wire: wireOfFrame,
  },
  {
    name: 'a frame in 38 transfers of spi-device',
    expected: 'ok',
    run: (bench) => {
      openWindow(bench);
      for (const part of parts)
        bench.device.transferSync([{ sendBuffer: part, byteLength: part.length, speedHz: SPEED_HZ }]);
      return 'ok';
    },
    wire: wireOfFrame,
  },
];

const writes: Step[] = [
  {
    name: 'write of 4096',
    expected: '4096',
    run: ({ fd }) => writeSync(fd, frame, 0, 4096),
    wire: wireOfParts.slice(0, 1),
  },
  { name: 'write of 4097', expected: 'THROWS EMSGSIZE', run: ({ fd }) => writeSync(fd, frame, 0, 4097), wire: [] },
  {
    name: 'writev of [4097]',
    expected: 'THROWS EMSGSIZE',
    run: ({ fd }) => writevSync(fd, [frame.subarray(0, 4097)]),
    wire: [],
  },
  {
    name: 'writev of [4096, 4097, 10] ends before the part that is too long',
    expected: '4096',
    run: ({ fd }) =>
      writevSync(
        fd,
        [4096, 4097, 10].map((length) => frame.subarray(0, length)),
      ),
    wire: wireOfParts.slice(0, 1),
  },
  {
    name: 'writev of [3, empty, 5]',
    expected: '8',
    run: ({ fd }) => writevSync(fd, [Buffer.from([1, 2, 3]), Buffer.alloc(0), Buffer.from([4, 5, 6, 7, 8])]),
    wire: ['010203', '0405060708'],
  },
  { name: 'writev of [empty]', expected: '0', run: ({ fd }) => writevSync(fd, [Buffer.alloc(0)]), wire: [] },
  { name: 'write of nothing', expected: '0', run: ({ fd }) => writeSync(fd, Buffer.alloc(0)), wire: [] },
  {
    name: 'writev of 1100 parts of 2 bytes, over IOV_MAX',
    expected: '2200',
    run: ({ fd }) => writevSync(fd, numbered(1100)),
    wire: numbered(1100).map((part) => part.toString('hex')),
  },
  {
    name: 'writev of 1024 parts of 2 bytes',
    expected: '2048',
    run: ({ fd }) => writevSync(fd, numbered(1024)),
    wire: numbered(1024).map((part) => part.toString('hex')),
  },
];

const transfers: Step[] = [
  { name: 'a transfer of 4096', expected: 'ok', run: (bench) => transfer(bench, 4096), wire: wireOfParts.slice(0, 1) },
  { name: 'a transfer of 4097', expected: 'THROWS EMSGSIZE', run: (bench) => transfer(bench, 4097), wire: [] },
  { name: 'transfers [4096, 1]', expected: 'THROWS EMSGSIZE', run: (bench) => transfer(bench, 4096, 1), wire: [] },
  {
    name: 'transfers [3968, 1], which count as 3968 + 128',
    expected: 'ok',
    run: (bench) => transfer(bench, 3968, 1),
    wire: [Buffer.concat([frame.subarray(0, 3968), frame.subarray(0, 1)]).toString('hex')],
  },
  {
    name: 'transfers [3969, 1], which count as 4096 + 128',
    expected: 'THROWS EMSGSIZE',
    run: (bench) => transfer(bench, 3969, 1),
    wire: [],
  },
  {
    name: '32 transfers of 1',
    expected: 'ok',
    run: (bench) => transfer(bench, ...Array<number>(32).fill(1)),
    wire: [frame.subarray(0, 1).toString('hex').repeat(32)],
  },
  ...[33, 64, 65].map((count) => ({
    name: `${count} transfers of 1`,
    expected: 'THROWS EMSGSIZE',
    run: (bench: Bench) => transfer(bench, ...Array<number>(count).fill(1)),
    wire: [],
  })),
  {
    name: 'an asynchronous transfer of 8',
    expected: 'ok',
    run: ({ device }) =>
      new Promise((resolve, reject) => device.transfer(message(8), (error) => (error ? reject(error) : resolve('ok')))),
    wire: [frame.subarray(0, 8).toString('hex')],
  },
  {
    name: 'an asynchronous writev of a frame',
    expected: '153600',
    run: async ({ fd }) => (await promisify(writev)(fd, parts)).bytesWritten,
    wire: wireOfParts,
  },
];

const options: Step[] = [
  { name: '10 MHz', expected: '1 10000000', run: (bench) => writeAt(bench, 10e6, 0xa1), wire: ['a1'] },
  { name: '40 MHz', expected: '1 40000000', run: (bench) => writeAt(bench, 40e6, 0xa2), wire: ['a2'] },
  { name: '80 MHz', expected: '1 80000000', run: (bench) => writeAt(bench, 80e6, 0xa3), wire: ['a3'] },
  {
    name: '200 MHz, though the device tree says 125',
    expected: '1 200000000',
    run: (bench) => writeAt(bench, 200e6, 0xa4),
    wire: ['a4'],
  },
  { name: '0 Hz', expected: 'THROWS EINVAL', run: (bench) => writeAt(bench, 0, 0xa5), wire: [] },
  {
    name: 'mode 3',
    expected: '3',
    run: ({ device, fd }) => {
      device.setOptionsSync({ mode: 3, maxSpeedHz: SPEED_HZ });
      writeSync(fd, Buffer.from([0xa5]));
      const { mode } = device.getOptionsSync();
      device.setOptionsSync({ mode: 0 });
      return mode;
    },
    wire: ['a5'],
  },
  {
    name: '9 bits a word',
    expected: 'THROWS EINVAL',
    run: ({ device }) => device.setOptionsSync({ bitsPerWord: 9 }),
    wire: [],
  },
  {
    name: 'lowest bit first',
    expected: 'THROWS EINVAL',
    run: ({ device }) => device.setOptionsSync({ lsbFirst: true }),
    wire: [],
  },
];

const opens: Step[] = [
  {
    name: 'spi-device closed, the descriptor of fs still writes',
    expected: '1',
    run: ({ device, fd }) => {
      device.closeSync();
      return writeSync(fd, Buffer.from([0xb1]));
    },
    wire: ['b1'],
  },
  {
    name: 'all closed, then fs alone',
    expected: '1',
    run: (bench) => {
      closeSync(bench.fd);
      bench.fd = openSync('/dev/spidev0.0', 'r+');
      return writeSync(bench.fd, Buffer.from([0xb2]));
    },
    wire: ['b2'],
  },
  {
    name: 'opened for writing only',
    expected: '1',
    run: () => {
      const fd = openSync('/dev/spidev0.0', 'w');
      const written = writeSync(fd, Buffer.from([0xb3]));
      closeSync(fd);
      return written;
    },
    wire: ['b3'],
  },
  {
    name: 'a second open of the bus',
    expected: 'ok',
    run: ({ spi }) => {
      spi.openSync(0, 0).closeSync();
      return 'ok';
    },
    wire: [],
  },
  {
    name: 'the other chip select',
    expected: 'ok',
    run: ({ spi }) => {
      const device = spi.openSync(0, 1);
      device.transferSync([{ sendBuffer: Buffer.from([0xc1]), byteLength: 1 }]);
      device.closeSync();
      return 'ok';
    },
    wire: ['c1'],
  },
  {
    name: 'a bus that is not there, by spi-device',
    expected: 'THROWS ENOENT',
    run: ({ spi }) => spi.openSync(9, 9),
    wire: [],
  },
  {
    name: 'a bus that is not there, by fs',
    expected: 'THROWS ENOENT',
    run: () => openSync('/dev/spidev7.0', 'r+'),
    wire: [],
  },
  {
    name: 'a read of 4 bytes',
    expected: '4 00000000',
    run: ({ fd }) => {
      const bytes = Buffer.alloc(4, 0xff);
      return `${readSync(fd, bytes, 0, 4, null)} ${bytes.toString('hex')}`;
    },
    wire: ['00000000'],
  },
];

const lines: Step[] = [
  {
    name: 'a line that is taken',
    expected: 'THROWS EBUSY',
    run: ({ chip }) => requestLines(chip, [pins.dc], 'two', 0),
  },
  { name: 'line 60, which is none', expected: 'THROWS EINVAL', run: ({ chip }) => requestLines(chip, [60], 'no', 0) },
  {
    name: 'line 8, a chip select of SPI',
    expected: 'THROWS EBUSY',
    run: ({ chip }) => requestLines(chip, [8], 'ce', 0),
  },
  {
    name: 'line 10, MOSI: given away without a word',
    expected: 'ok',
    run: ({ chip }) => {
      requestLines(chip, [10], 'mosi', 0).close();
      return 'ok';
    },
  },
  {
    name: 'levels of D/C, reset and backlight',
    expected: '1 1 1',
    run: ({ dc, reset, backlight }) => `${dc.get()} ${reset.get()} ${backlight.get()}`,
  },
  {
    name: 'three lines in one request, 101, then 010 under a mask',
    expected: '101 111',
    run: ({ chip }) => {
      const three = requestLines(chip, [20, 21, 22], 'three', 0);
      three.set(0b101, 0b111);
      const first = three.get(7).toString(2);
      three.set(0b010, 0b010);
      const second = three.get(7).toString(2);
      three.close();
      return `${first} ${second}`;
    },
  },
  {
    name: 'an input with pull-up that nothing drives',
    expected: '0',
    run: ({ chip }) => {
      const input = requestLines(chip, [23], 'in', 0, INPUT | PULL_UP);
      const level = input.get();
      input.close();
      return level;
    },
  },
  {
    name: 'info of the backlight line, released while high',
    expected: 'GPIO18 held by nobody, flags 8',
    run: ({ chip, backlight }) => {
      backlight.close();
      const { name, consumer, flags } = lineInfo(chip, pins.backlight);
      return `${name} held by ${consumer || 'nobody'}, flags ${flags}`;
    },
  },
  {
    name: 'a thousand changes of D/C',
    expected: 'undefined',
    run: ({ dc }) => {
      for (let i = 0; i < 1000; i++) dc.set(i & 1);
    },
  },
];

/** All steps, in the order in which they must run: each builds on those before it. */
export const steps: readonly Step[] = [...opening, ...frames, ...writes, ...transfers, ...options, ...opens, ...lines];
