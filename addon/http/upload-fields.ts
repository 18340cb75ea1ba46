import * as z from 'zod/mini';
import { cleanTitle } from '../../contract/slug.ts';
import { checkTags, checkTitle } from '../../engine/store/clip-words.ts';
import type { UploadSettings } from '../../engine/upload/upload-coordinator.ts';
import { LoopError } from '../../format/errors.ts';

/** The text fields of an upload, as multipart fields and tus metadata bring them. */
const fields = z.object({
  title: z.optional(z.string()),
  tags: z.optional(z.string()),
  fit: z.optional(z.enum(['contain', 'cover', 'stretch'])),
  quality: z.optional(z.enum(['exact', 't6', 't8b'])),
  dither: z.optional(z.enum(['none', 'bayer'])),
  add_to_loop: z.optional(z.enum(['true', 'false', '1', '0'])),
});

/**
 * What whoever uploads says about the clip. Empty fields, as forms send them, say nothing; unknown ones are left alone.
 * @throws LoopError INVALID_REQUEST that names field, value and rule
 */
export function uploadSettings(texts: Readonly<Record<string, string | null | undefined>>): UploadSettings {
  const said = fields.safeParse(Object.fromEntries(Object.entries(texts).filter(([, text]) => text)));
  if (!said.success) {
    const [issue] = said.error.issues;
    const field = String(issue?.path[0]);
    throw new LoopError(
      'INVALID_REQUEST',
      `The field ${field} is "${String(texts[field]).slice(0, 100)}": ${issue?.message}. Correct it, or leave it out.`,
    );
  }
  const { title, tags, fit, quality, dither, add_to_loop = 'true' } = said.data;
  return {
    ...(title !== undefined && { title: checkTitle(title) }),
    tags: checkTags(tags === undefined ? [] : listOf(tags)),
    ...(fit && { fit }),
    ...(quality && { quality }),
    ...(dither && { dither }),
    addToLoop: add_to_loop === 'true' || add_to_loop === '1',
  };
}

/** What the sender calls a file, without folders (some browsers send those, of their own system) and control characters. */
export function cleanFilename(name: string): string {
  return cleanTitle(name.split(/[/\\]/).at(-1) ?? '').slice(0, 255) || 'upload';
}

/** Tags as a JSON list, or divided by commas. */
function listOf(text: string): string[] {
  if (!text.trim().startsWith('[')) return text.split(',');
  try {
    return z.array(z.string()).parse(JSON.parse(text));
  } catch {
    throw new LoopError(
      'INVALID_REQUEST',
      `The field tags is "${text.slice(0, 100)}", which is no list of words. Send a JSON list or words divided by commas.`,
    );
  }
}
