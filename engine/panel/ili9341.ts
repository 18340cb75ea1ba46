import { command, orientations, type PanelDefinition } from './panel-definition.ts';

/**
 * ILI9341, 240x320. Facts and section numbers: ILI9341 datasheet v1.11. Voltages and gamma are what the makers of
 * modules publish, alike in all of their tables.
 */
export const ili9341: PanelDefinition = {
  name: 'ili9341',
  size: { width: 240, height: 320 },
  orientations: orientations({ flipRows: false, flipColumns: true }), // 40 20 80 E0, and BGR: 48 28 88 E8
  pixelBytes: 2,
  pixelFormat: 0x55, // COLMOD, 8.2.33: 16 bit on both interfaces
  bgr: true,
  invert: false,
  // FRMCTR1, 8.3.2: fosc/1, 25 clocks a line: 75.9 Hz, three scans of a frame at 25 frames a second.
  frameRate: command(0xb1, 0x00, 0x19),
  init: [
    command(0xcf, 0x00, 0xc1, 0x30), // Power control B, 8.4.2: PCEQ and DRV_ena on, DC_ena on
    command(0xed, 0x64, 0x03, 0x12, 0x81), // Power on sequence, 8.4.6: soft start 1 frame, DDVDH enhanced
    command(0xe8, 0x85, 0x00, 0x78), // Driver timing A, 8.4.3: non-overlap +1 unit, EQ -1, pre-charge -2
    command(0xcb, 0x39, 0x2c, 0x00, 0x34, 0x02), // Power control A, 8.4.1: Vcore 1.6 V, DDVDH 5.6 V
    command(0xf7, 0x20), // Pump ratio, 8.4.8: DDVDH = 2 x VCI
    command(0xea, 0x00, 0x00), // Driver timing B, 8.4.5: gate 0 unit
    command(0xc0, 0x23), // Power control 1, 8.3.16: GVDD 4.60 V
    command(0xc1, 0x10), // Power control 2, 8.3.17: step-up factors
    command(0xc5, 0x3e, 0x28), // VCOM 1, 8.3.18: VCOMH 4.25 V, VCOML -1.5 V
    command(0xc7, 0x86), // VCOM 2, 8.3.19: both 58 steps lower
    command(0xb6, 0x08, 0x82, 0x27), // Display function, 8.3.7: 320 lines, scan down, interval 5 frames
    command(0xf2, 0x00), // Enable 3G, 8.4.7: off, one gamma for all colours
    command(0x26, 0x01), // Gamma set, 8.2.17: curve 1
    command(0xe0, 0x0f, 0x31, 0x2b, 0x0c, 0x0e, 0x08, 0x4e, 0xf1, 0x37, 0x07, 0x10, 0x03, 0x0e, 0x09, 0x00), // Positive gamma, 8.3.24
    command(0xe1, 0x00, 0x0e, 0x14, 0x03, 0x11, 0x07, 0x31, 0xc1, 0x48, 0x08, 0x0f, 0x0c, 0x31, 0x36, 0x0f), // Negative gamma, 8.3.25
  ],
};
