import type { Clip } from '../../contract/domain.ts';

/** Where a clip's poster is. The address changes when the clip is made anew, so that no view keeps the old picture. */
export function posterUrl(clip: Clip): string {
  return `${clip.poster_url}?v=${clip.size_bytes}`;
}
