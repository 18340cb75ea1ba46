/** What the driver does inside the Pi, in order; each stage begins with a pulse on the mark line. */
export const stages = [
  'opens the lines and the bus',
  'starts the panel',
  'sends a full frame',
  'sends another',
  'sends rectangles',
  'writes while the device is gone',
  'comes back with the device',
  're-asserts the panel',
  'ends black',
  'meets another player',
  'takes over when the other has gone',
] as const;
export type Stage = (typeof stages)[number];

/** The rectangles of `sends rectangles`, in the picture of seed 3. */
export const rectangles = [
  { x: 0, y: 0, width: 320, height: 1 },
  { x: 100, y: 50, width: 33, height: 47 },
  { x: 319, y: 239, width: 1, height: 1 },
];

/** Seeds of the pictures (`noise`). */
export const seeds = { first: 1, second: 2, rectangles: 3, lost: 4, newest: 5 } as const;
