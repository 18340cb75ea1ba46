/** The kernel's bufsiz: bytes of the largest SPI message. */
const BUFSIZ = 4096;

/** 153,600 bytes of which each differs from its neighbours and each 4096 from every other; the same everywhere. */
export const frame: Buffer = makeFrame();

/** The frame in messages of bufsiz. */
export const parts: readonly Buffer[] = Array.from({ length: Math.ceil(frame.length / BUFSIZ) }, (_, i) =>
  frame.subarray(i * BUFSIZ, (i + 1) * BUFSIZ),
);

function makeFrame(): Buffer {
  const bytes = Buffer.alloc(240 * 320 * 2);
  let state = 1;
  for (let i = 0; i < bytes.length; i++) {
    state = (Math.imul(state, 1_103_515_245) + 12_345) >>> 0; // ISO C's example of rand()
    bytes[i] = state >>> 24;
  }
  return bytes;
}
