import { cleanTitle, isTitle, MAX_TITLE } from '../../contract/slug.ts';
import { LoopError } from '../../format/errors.ts';

const MAX_TAGS = 100;
/** UTF-16 units of a tag. */
const MAX_TAG = 100;

/** A title as it is kept. @throws LoopError INVALID_REQUEST unless it has 1 to 300 characters */
export function checkTitle(text: string): string {
  const title = cleanTitle(text);
  if (isTitle(title)) return title;
  throw new LoopError(
    'INVALID_REQUEST',
    `The title "${title.slice(0, 40)}${title.length > 40 ? '…' : ''}" cannot be taken: it has 1 to ${MAX_TITLE} characters that can be seen. Send another one.`,
  );
}

/** Tags as they are kept: cleaned, each once. @throws LoopError INVALID_REQUEST beyond 100 tags of 100 characters */
export function checkTags(tags: readonly string[]): string[] {
  const clean = [...new Set(tags.map(cleanTitle).filter((tag) => tag !== ''))];
  const long = clean.find((tag) => tag.length > MAX_TAG);
  if (clean.length <= MAX_TAGS && long === undefined) return clean;
  throw new LoopError(
    'INVALID_REQUEST',
    `${long === undefined ? `${clean.length} tags` : `The tag "${long.slice(0, 40)}…"`} cannot be taken: there are at most ${MAX_TAGS}, of ${MAX_TAG} characters each. Send fewer or shorter ones.`,
  );
}
