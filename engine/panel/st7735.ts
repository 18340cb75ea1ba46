import { command, orientations, type PanelDefinition } from './panel-definition.ts';

/**
 * ST7735S strapped to 128x160 (GM = 011), the 1.8 inch modules. Names of commands and what they set: Sitronix ST7735S
 * datasheet V1.4, chapter 10.
 */
export const st7735: PanelDefinition = {
  name: 'st7735',
  size: { width: 128, height: 160 },
  orientations: orientations({ flipRows: true, flipColumns: true }), // C0 A0 00 60, and BGR: C8 A8 08 68
  pixelBytes: 2,
  pixelFormat: 0x05, // COLMOD: 16 bit
  bgr: true,
  invert: false,
  // FRMCTR1: 850 kHz / ((2 x 1 + 40) x (160 + 54 + 54 + 2)) = 75.0 Hz, three scans of a frame at 25.
  frameRate: command(0xb1, 0x01, 0x36, 0x36),
  init: [
    command(0xb4, 0x07), // INVCTR: line inversion
    command(0xc0, 0xa2, 0x02, 0x84), // PWCTR1: AVDD 5 V, GVDD 4.6 V, GVCL -4.6 V, automatic
    command(0xc1, 0xc5), // PWCTR2: VGH = 3 x AVDD, VGL -10 V
    command(0xc2, 0x0a, 0x00), // PWCTR3: normal mode, small amplifier
    command(0xc3, 0x8a, 0x2a), // PWCTR4: idle mode
    command(0xc4, 0x8a, 0xee), // PWCTR5: partial mode
    command(0xc5, 0x0e), // VMCTR1: VCOM -0.775 V
    command(0xe0, 0x02, 0x1c, 0x07, 0x12, 0x37, 0x32, 0x29, 0x2d, 0x29, 0x25, 0x2b, 0x39, 0x00, 0x01, 0x03, 0x10), // GMCTRP1
    command(0xe1, 0x03, 0x1d, 0x07, 0x06, 0x2e, 0x2c, 0x29, 0x2d, 0x2e, 0x2e, 0x37, 0x3f, 0x00, 0x00, 0x02, 0x10), // GMCTRN1
  ],
};
