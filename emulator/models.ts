import { codes } from './commands.ts';
import type { PanelModel } from './panel-model.ts';

const none: ReadonlySet<number> = new Set();

/** ILITEK ILI9341 V1.11 on the 240x320 TN modules with eight pins (VCC GND DIN CLK CS DC RST BL). */
const ili9341: PanelModel = {
  name: 'ILI9341',
  datasheet: 'ILITEK ILI9341 V1.11',
  memory: { width: 240, height: 320 },
  glass: { x: 0, y: 0, width: 240, height: 320 },
  isRound: false,
  uprightAddressMode: 0x40,
  colourOrder: 'bgr',
  isGlassInverted: false,
  pixelFormats: [18, 16], // 8.2.33: 12 bit is reserved
  // 8.1 command list; EFh is in no list but in every public start sequence
  commands: codes(
    '00 01 04 09-13 20 21 26 28-2e 30 33-3a 3c 3e 44 45 51-56 5e 5f b0-bc be-c1 c5 c7 cb cf d0-d3 d9 da-dc e0-e3 e8-ea ed ef f2 f6 f7',
  ),
  unlock: [],
  lockedCommands: none,
  wrapRegister: { code: 0xf6, bit: 0x01 }, // 8.3.28 interface control, WEMODE; set after reset
  // 8.3.2: fosc / (clocks per line * division * lines) with 615 kHz and 320 lines + 2 + 2 porch
  frameRate: {
    code: 0xb1,
    hertz: ([division = 0, clocks = 0x1b]) => 615_000 / (324 * (clocks & 0x1f) * 2 ** (division & 3)),
  },
};

/** Sitronix ST7789V V1.4 on 240x320 IPS glass. */
const st7789: PanelModel = {
  name: 'ST7789V',
  datasheet: 'Sitronix ST7789V V1.4',
  memory: { width: 240, height: 320 },
  glass: { x: 0, y: 0, width: 240, height: 320 },
  isRound: false,
  uprightAddressMode: 0x00,
  colourOrder: 'rgb',
  isGlassInverted: true,
  pixelFormats: [18, 16],
  commands: codes(
    '00 01 04 09-13 20 21 26 28-2c 2e 30 33-3a 3c 3e 44 45 51-55 5e 5f 68 b0-b3 b5 b7 b8 ba-bd c0-c8 ca cc d0 d2 d6 da-dc df-e4 e7-e9 ec fa fc fe',
  ),
  unlock: [],
  lockedCommands: none,
  wrapRegister: undefined,
  // FRCTRL2: 10 MHz / ((320 lines + 12 + 12 porch) * (250 + 16 * RTNA))
  frameRate: { code: 0xc6, hertz: ([clocks = 0x0f]) => 10_000_000 / (344 * (250 + 16 * (clocks & 0x1f))) },
};

/** Sitronix ST7735S V1.4 strapped to 128x160 (GM = 011) on the 1.8 inch TN modules. */
const st7735: PanelModel = {
  name: 'ST7735S',
  datasheet: 'Sitronix ST7735S V1.4',
  memory: { width: 128, height: 160 },
  glass: { x: 0, y: 0, width: 128, height: 160 },
  isRound: false,
  uprightAddressMode: 0xc0,
  colourOrder: 'bgr',
  isGlassInverted: false,
  pixelFormats: [18, 16],
  commands: codes(
    '00 01 04 09-13 20 21 26 28-2e 30 33-3a b1-b4 b6 c0-c5 c7 d9-dc de-e1 f0 f6 fc', // F0h and F6h: start sequences only
  ),
  unlock: [],
  lockedCommands: none,
  wrapRegister: undefined,
  frameRate: undefined,
};

/** ILITEK ILI9488 V100 on 320x480 TN glass: over the serial bus it takes 18 bit only. */
const ili9488: PanelModel = {
  name: 'ILI9488',
  datasheet: 'ILITEK ILI9488 V100',
  memory: { width: 320, height: 480 },
  glass: { x: 0, y: 0, width: 320, height: 480 },
  isRound: false,
  uprightAddressMode: 0x40,
  colourOrder: 'bgr',
  isGlassInverted: false,
  pixelFormats: [18],
  commands: codes(
    '00 01 04 05 09-13 20-23 28-2c 2e 30 33-3a 3c 3e 44 45 51-56 5e 5f 68 b0-b7 b9 be-c2 c5 c6 c8-ca ce cf d0-d3 da-dc e0-e2 e9 f2 f4 f7-fc ff',
  ),
  unlock: [],
  lockedCommands: none,
  wrapRegister: undefined,
  frameRate: undefined,
};

/** Manufacturer's registers of the GC9A01; datasheets name few of them, start sequences write them all. */
const gc9a01Registers = codes('60-99 a4 a7 ae b5 b6 ba bc-be c1 c3 c4 c9 cd df e1 e8 e9 ec ed f0-f3 f6 ff');

/** GalaxyCore GC9A01A V1.0 on the round 240x240 IPS glass. */
const gc9a01: PanelModel = {
  name: 'GC9A01',
  datasheet: 'GalaxyCore GC9A01A V1.0',
  memory: { width: 240, height: 240 },
  glass: { x: 0, y: 0, width: 240, height: 240 },
  isRound: true,
  uprightAddressMode: 0x00,
  colourOrder: 'bgr',
  isGlassInverted: true,
  pixelFormats: [18, 16],
  commands: new Set([
    ...codes('00 01 04 09-13 20 21 28-2c 30 33-3a 3c 44 45 51 53 da-dc eb ef fe'),
    ...gc9a01Registers,
  ]),
  unlock: [0xfe, 0xef], // inter register enable 1 and 2
  lockedCommands: gc9a01Registers,
  wrapRegister: undefined,
  frameRate: undefined,
};

/** The panels the emulator can be. Copy one and change a field for another glass on the same chip. */
export const panelModels = { ili9341, st7789, st7735, ili9488, gc9a01 } as const satisfies Record<string, PanelModel>;
