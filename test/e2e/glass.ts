import sharp from 'sharp';
import type { LoopClient } from '../../client/client.ts';

/** What a display shows, as REST tells it: RGB, three bytes a pixel. */
export interface Glass {
  readonly width: number;
  readonly height: number;
  readonly rgb: Buffer;
}

export async function readGlass(client: LoopClient, display = 'loop'): Promise<Glass> {
  const png = await client.frame(display, 'png');
  const { data, info } = await sharp(await png.arrayBuffer())
    .removeAlpha()
    .raw()
    .toBuffer({ resolveWithObject: true });
  return { width: info.width, height: info.height, rgb: data };
}
