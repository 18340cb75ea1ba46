import { nodeDeflate } from '../../engine/convert/node-deflate.ts';
import type { Engine } from '../../engine/engine.ts';
import type { Picture } from '../../format/frame.ts';
import { toRgba } from '../../format/pixels.ts';
import { encodePng } from '../../format/png.ts';
import { openSharp } from './sharp.ts';

export type GlassFormat = 'png' | 'jpg';
type Glass = Pick<Engine, 'glass' | 'glassVersion'>;

/** What is on each display as a file, encoded once per picture however many ask. */
export class GlassPictures {
  readonly #glass: Glass;
  readonly #made = new Map<string, { readonly version: number; readonly bytes: Promise<Uint8Array> }>();

  constructor(glass: Glass) {
    this.#glass = glass;
  }

  /** @throws LoopError DISPLAY_NOT_FOUND */
  get(display: string, format: GlassFormat): Promise<Uint8Array> {
    const key = `${display}.${format}`;
    // The version first: a picture presented in between is encoded again, never missed.
    const version = this.#glass.glassVersion(display);
    const kept = this.#made.get(key);
    if (kept?.version === version) return kept.bytes;
    const picture = this.#glass.glass(display);
    const bytes = format === 'png' ? encodePng(picture, nodeDeflate) : encodeJpeg(picture);
    this.#made.set(key, { version, bytes });
    return bytes;
  }
}

async function encodeJpeg({ width, height, pixels }: Picture): Promise<Uint8Array> {
  const rgba = new Uint8Array(width * height * 4);
  toRgba(pixels, rgba);
  const sharp = await openSharp();
  return sharp(rgba, { raw: { width, height, channels: 4 } })
    .removeAlpha()
    .jpeg({ quality: 90, chromaSubsampling: '4:4:4' })
    .toBuffer();
}
