import type { Metadata, Sharp, SharpOptions } from 'sharp';
import { LoopError } from '../../format/errors.ts';
import { scale } from '../../format/fit.ts';
import type { Fit, Geometry } from '../../format/frame.ts';
import { checkSize, MAX_FRAMES } from './media-limits.ts';

/** Pixels decoded at once, 64 MB of RGBA. A larger picture is halved (and halved again) by libvips first, which reads it in strips. */
const AT_ONCE = 16_000_000;
/** Browsers show delays up to this as 100 ms. */
const SHORTEST_MS = 10;

/** A picture scaled to the display. The bytes are reused for the next one. */
export interface ShownPicture {
  readonly rgba: Uint8Array;
  /** Undefined for a picture that stands alone. */
  readonly delayMs: number | undefined;
  /** Share of the file's pictures that are done with this one, 0 to 1. */
  readonly done: number;
}

/**
 * Reads PNG, JPEG and WebP, one picture or several, upright by EXIF, alpha over black, scaled by the same code as in the browser:
 * both ways make the same pixels. libvips is used because ffmpeg 5 reads no animated WebP and no EXIF; it also works where ffmpeg is missing.
 * @throws LoopError MEDIA_DAMAGED, MEDIA_UNSUPPORTED, NATIVE_ADDON_MISSING
 */
export async function* readPictures(
  path: string,
  geometry: Geometry,
  fit: Fit,
  { signal }: { signal: AbortSignal },
): AsyncGenerator<ShownPicture> {
  const open = await loadSharp();
  const metadata = await reading(() => open(path).metadata());
  const { pages = 1, delay = [] } = metadata;
  const stored = { width: metadata.width, height: metadata.pageHeight ?? metadata.height };
  checkSize(stored);
  const rgba = new Uint8Array(geometry.width * geometry.height * 4);
  const batch = Math.max(1, Math.floor(AT_ONCE / (stored.width * stored.height)));
  for (let page = 0; page < Math.min(pages, MAX_FRAMES); page += batch) {
    signal.throwIfAborted();
    const count = Math.min(batch, pages - page);
    const options = pages > 1 ? { page, pages: count } : {};
    const { data, info } = await reading(() => decode(open(path, options), stored, metadata));
    const height = info.height / count;
    const size = info.width * height * 4;
    for (let i = 0; i < count; i++) {
      scale(data.subarray(i * size, (i + 1) * size), { width: info.width, height }, geometry, fit, rgba);
      const delayMs = pages > 1 ? shownFor(delay[page + i]) : undefined;
      yield { rgba, delayMs, done: (page + i + 1) / pages };
    }
  }
}

function decode(image: Sharp, stored: Geometry, { autoOrient, pages = 1 }: Metadata) {
  const halvings = Math.ceil(Math.log2(Math.max(1, (stored.width * stored.height) / AT_ONCE)) / 2);
  const upright = pages > 1 ? image : image.autoOrient();
  const width = Math.ceil(autoOrient.width / 2 ** halvings);
  const smaller = halvings > 0 && pages === 1 ? upright.resize({ width, kernel: 'linear' }) : upright;
  const opaque = smaller.flatten({ background: '#000' }).toColourspace('srgb').ensureAlpha();
  return opaque.raw({ depth: 'uchar' }).toBuffer({ resolveWithObject: true });
}

/** Loaded at the first picture: it costs 30 MB that a LOOP which only plays need not have. */
async function loadSharp(): Promise<(path: string, options?: SharpOptions) => Sharp> {
  try {
    const { default: sharp } = await import('sharp');
    sharp.cache(false);
    sharp.concurrency(1);
    return (path, options) =>
      sharp(path, { failOn: 'truncated', limitInputPixels: false, sequentialRead: true, ...options });
  } catch (error) {
    throw new LoopError(
      'NATIVE_ADDON_MISSING',
      `The package sharp, which reads pictures, could not be loaded: ${(error as Error).message}. Run npm ci again on this machine.`,
      { cause: error },
    );
  }
}

async function reading<Result>(work: () => Promise<Result>): Promise<Result> {
  try {
    return await work();
  } catch (error) {
    throw new LoopError(
      'MEDIA_DAMAGED',
      `The file begins like a picture, but cannot be read: ${(error as Error).message.slice(0, 300)}. It may be cut or damaged. Try to open it elsewhere, or choose another one.`,
      { cause: error },
    );
  }
}

function shownFor(delayMs: number | undefined): number {
  return delayMs === undefined || delayMs <= SHORTEST_MS ? 100 : delayMs;
}
