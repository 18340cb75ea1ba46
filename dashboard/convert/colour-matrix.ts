/** Which luma coefficients a picture was made with; `rgb` when it never left RGB. */
export type ColourMatrix = 'bt601' | 'bt709' | 'bt2020' | 'rgb';

/** Red and blue shares of luma: ITU-R BT.601-7 2.5.1, BT.709-6 3.2, BT.2020-2 table 4 (non-constant luminance). */
const lumaShares = {
  bt601: { red: 0.299, blue: 0.114 },
  bt709: { red: 0.2126, blue: 0.0722 },
  bt2020: { red: 0.2627, blue: 0.0593 },
} as const;

/** Three rows (red, green, blue), each the factors of the three planes and a constant, for samples of 0 to 255. */
export type ColourRows = readonly [readonly number[], readonly number[], readonly number[]];

/** How the samples of three planes (Y, Cb, Cr, or R, G, B) become RGB of 0 to 255; limited range is 16 to 235 and 16 to 240. */
export function colourRows(matrix: ColourMatrix, fullRange: boolean): ColourRows {
  if (matrix === 'rgb') {
    return [
      [1, 0, 0, 0],
      [0, 1, 0, 0],
      [0, 0, 1, 0],
    ];
  }
  const { red, blue } = lumaShares[matrix];
  const green = 1 - red - blue;
  const luma = fullRange ? 1 : 255 / 219;
  const chroma = fullRange ? 1 : 255 / 224;
  const fromCr = 2 * (1 - red) * chroma;
  const fromCb = 2 * (1 - blue) * chroma;
  const row = (cb: number, cr: number) => [luma, cb, cr, -luma * (fullRange ? 0 : 16) - (cb + cr) * 128];
  return [row(0, fromCr), row((-fromCb * blue) / green, (-fromCr * red) / green), row(fromCb, 0)];
}

/**
 * The matrix of a video by what it says of itself, in WebCodecs' words. Untagged: BT.709 from 720 lines up, else BT.601, as players do.
 * SMPTE 170M and BT.470BG share BT.601's coefficients.
 */
export function matrixOf(tag: string | null | undefined, lines: number): ColourMatrix {
  switch (tag) {
    case 'rgb':
      return 'rgb';
    case 'bt709':
      return 'bt709';
    case 'bt470bg':
    case 'smpte170m':
      return 'bt601';
    case 'bt2020-ncl':
      return 'bt2020';
    default:
      return lines >= 720 ? 'bt709' : 'bt601';
  }
}
