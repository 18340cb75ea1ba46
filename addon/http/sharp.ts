import type { Sharp, SharpOptions } from 'sharp';

type Input = Uint8Array | Buffer;

/** Loads sharp when the first picture needs it: 20 MB that a LOOP which only plays clips never spends. One thread, no cache. */
export async function openSharp(): Promise<(input: Input, options?: SharpOptions) => Sharp> {
  const { default: sharp } = await import('sharp');
  sharp.cache(false);
  sharp.concurrency(1);
  return sharp;
}
