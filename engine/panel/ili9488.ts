import { command, orientations, type PanelDefinition } from './panel-definition.ts';

/**
 * ILI9488, 320x480. Over SPI it takes 18-bit pixels only: three bytes each. Names of commands and what they set: ILITEK
 * ILI9488 datasheet V100, chapter 5.
 */
export const ili9488: PanelDefinition = {
  name: 'ili9488',
  size: { width: 320, height: 480 },
  orientations: orientations({ flipRows: false, flipColumns: true }), // 40 20 80 E0, and BGR: 48 28 88 E8
  pixelBytes: 3,
  pixelFormat: 0x66, // COLMOD: 18 bit
  bgr: true,
  invert: false,
  frameRate: command(0xb1, 0xa0, 0x11), // FRMCTR1: 60.8 Hz, the controller's own default
  init: [
    command(0xc0, 0x17, 0x15), // Power control 1: VREG1OUT, VREG2OUT
    command(0xc1, 0x41), // Power control 2: step-up factors of VGH and VGL
    command(0xc5, 0x00, 0x12, 0x80), // VCOM: from this register, not from the factory's memory
    command(0xb0, 0x00), // Interface mode: serial output and polarities as after reset
    command(0xb4, 0x02), // Inversion: 2 dot
    command(0xb6, 0x02, 0x02, 0x3b), // Display function: 480 lines
    command(0xf7, 0xa9, 0x51, 0x2c, 0x82), // Adjust control 3
    command(0xe0, 0x00, 0x03, 0x09, 0x08, 0x16, 0x0a, 0x3f, 0x78, 0x4c, 0x09, 0x0a, 0x08, 0x16, 0x1a, 0x0f), // Positive gamma
    command(0xe1, 0x00, 0x16, 0x19, 0x03, 0x0f, 0x05, 0x32, 0x45, 0x46, 0x04, 0x0e, 0x0d, 0x35, 0x37, 0x0f), // Negative gamma
  ],
};
