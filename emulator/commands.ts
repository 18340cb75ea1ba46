/** The commands whose effect the emulator shows: MIPI DCS 1.02 section 5, which all these controllers follow. */
export const command = {
  softReset: 0x01,
  sleepIn: 0x10,
  sleepOut: 0x11,
  partialMode: 0x12,
  normalMode: 0x13,
  inversionOff: 0x20,
  inversionOn: 0x21,
  displayOff: 0x28,
  displayOn: 0x29,
  columnAddress: 0x2a,
  pageAddress: 0x2b,
  memoryWrite: 0x2c,
  partialArea: 0x30,
  scrollDefinition: 0x33,
  addressMode: 0x36,
  scrollStart: 0x37,
  idleOff: 0x38,
  idleOn: 0x39,
  pixelFormat: 0x3a,
  memoryWriteContinue: 0x3c,
} as const;

/** Commands that take no parameter: data after them belongs to nothing. */
export const withoutParameters: ReadonlySet<number> = new Set([
  0x00,
  command.softReset,
  command.sleepIn,
  command.sleepOut,
  command.normalMode,
  command.inversionOff,
  command.inversionOn,
  command.displayOff,
  command.displayOn,
  command.idleOff,
]);

/** Commands that change what is seen in a way the emulator does not draw; it raises a fault rather than show a wrong picture. */
export const notModelled: ReadonlySet<number> = new Set([
  command.partialMode,
  command.scrollDefinition,
  command.scrollStart,
  command.idleOn,
]);

/** Reads a list of command codes in hexadecimal: `"00 09-0f 2c"`. */
export function codes(list: string): ReadonlySet<number> {
  const all = new Set<number>();
  for (const range of list.split(' ')) {
    const [first = '', last = first] = range.split('-');
    for (let code = Number.parseInt(first, 16); code <= Number.parseInt(last, 16); code++) all.add(code);
  }
  return all;
}
