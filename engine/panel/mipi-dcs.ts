/**
 * Command bytes that every panel of the table understands: MIPI Display Command Set (MIPI DCS 1.3), section 6.
 * In the datasheet of the ILI9341 (v1.11) they stand in section 8.2.
 */
export const dcs = {
  sleepOut: 0x11,
  inversionOff: 0x20,
  inversionOn: 0x21,
  displayOff: 0x28,
  displayOn: 0x29,
  /** CASET: first and last column of the address window, 2 bytes each, high byte first. */
  setColumns: 0x2a,
  /** PASET: first and last page (row). */
  setPages: 0x2b,
  /** RAMWR: pixels follow, from the window's first corner on. */
  writeMemory: 0x2c,
  /** MADCTL: how the picture lies in memory. */
  setAddressMode: 0x36,
  /** COLMOD: bits of a pixel. */
  setPixelFormat: 0x3a,
} as const;

/** Bits of MADCTL (ILI9341 datasheet v1.11, 8.2.29; the other controllers have the same). */
export const addressMode = {
  /** MY: rows from the bottom. */
  flipRows: 0x80,
  /** MX: columns from the right. */
  flipColumns: 0x40,
  /** MV: rows and columns exchanged; the flips still mean the memory's own rows and columns. */
  exchange: 0x20,
  /** The glass has its subpixels in the order blue, green, red. */
  bgr: 0x08,
} as const;
