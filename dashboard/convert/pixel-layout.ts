/** How samples lie in memory, in WebCodecs' words (VideoPixelFormat); every one of 8 bits. */
export type PixelLayout = 'I420' | 'I422' | 'I444' | 'NV12' | 'RGBA' | 'BGRA';

/** One plane: a sample stands for `across` x `down` pixels and has `bytes` bytes. */
export interface PlaneShape {
  readonly across: 1 | 2;
  readonly down: 1 | 2;
  readonly bytes: 1 | 2 | 4;
}

/** Where one of the three colour components is found: its plane, and its byte in each sample there. */
export interface Component {
  readonly plane: number;
  readonly byte: number;
}

export interface LayoutShape {
  readonly planes: readonly PlaneShape[];
  /** Y, Cb, Cr or R, G, B. */
  readonly components: readonly Component[];
}

const full: PlaneShape = { across: 1, down: 1, bytes: 1 };
const packed: PlaneShape = { across: 1, down: 1, bytes: 4 };
const apart = [0, 1, 2].map((plane) => ({ plane, byte: 0 }));

export const pixelLayouts: Readonly<Record<PixelLayout, LayoutShape>> = {
  I420: { planes: [full, { across: 2, down: 2, bytes: 1 }, { across: 2, down: 2, bytes: 1 }], components: apart },
  I422: { planes: [full, { across: 2, down: 1, bytes: 1 }, { across: 2, down: 1, bytes: 1 }], components: apart },
  I444: { planes: [full, full, full], components: apart },
  NV12: {
    planes: [full, { across: 2, down: 2, bytes: 2 }],
    components: [
      { plane: 0, byte: 0 },
      { plane: 1, byte: 0 },
      { plane: 1, byte: 1 },
    ],
  },
  RGBA: { planes: [packed], components: [0, 1, 2].map((byte) => ({ plane: 0, byte })) },
  BGRA: { planes: [packed], components: [2, 1, 0].map((byte) => ({ plane: 0, byte })) },
};
