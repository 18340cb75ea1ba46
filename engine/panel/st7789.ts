import { command, orientations, type PanelDefinition } from './panel-definition.ts';

/** ST7789V, 240x320, IPS glass. Names of commands and what they set: Sitronix ST7789V datasheet V1.4, chapter 9. */
export const st7789: PanelDefinition = {
  name: 'st7789',
  size: { width: 240, height: 320 },
  orientations: orientations({ flipRows: false, flipColumns: false }), // 00 60 C0 A0
  pixelBytes: 2,
  pixelFormat: 0x55, // COLMOD: 65k colours, 16 bit
  bgr: false,
  invert: true, // IPS: without inversion black is white
  // FRCTRL2: 10 MHz / ((320 + 12 + 12) x (250 + 16 x 9)) = 73.8 Hz, about three scans of a frame at 25.
  frameRate: command(0xc6, 0x09),
  init: [
    command(0xb2, 0x0c, 0x0c, 0x00, 0x33, 0x33), // PORCTRL: porches of 12 lines
    command(0xb7, 0x35), // GCTRL: VGH 13.26 V, VGL -10.43 V
    command(0xbb, 0x1f), // VCOMS: 0.875 V
    command(0xc0, 0x2c), // LCMCTRL: the factory's value; it decides what MADCTL's bits mean
    command(0xc2, 0x01, 0xff), // VDVVRHEN: VDV and VRH from the commands below
    command(0xc3, 0x12), // VRHS: 4.45 V
    command(0xc4, 0x20), // VDVSET: 0 V
    command(0xd0, 0xa4, 0xa1), // PWCTRL1: AVDD 6.8 V, AVCL -4.8 V, VDS 2.3 V
    command(0xe0, 0xd0, 0x08, 0x11, 0x08, 0x0c, 0x15, 0x39, 0x33, 0x50, 0x36, 0x13, 0x14, 0x29, 0x2d), // PVGAMCTRL
    command(0xe1, 0xd0, 0x08, 0x10, 0x08, 0x06, 0x06, 0x39, 0x44, 0x51, 0x0b, 0x16, 0x14, 0x2f, 0x31), // NVGAMCTRL
  ],
};
