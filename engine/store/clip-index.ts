import { foldTitle, slugOf } from '../../contract/slug.ts';
import { LoopError } from '../../format/errors.ts';
import type { ClipRecord } from './clip-record.ts';

/** Candidates a CLIP_AMBIGUOUS answer lists. */
const MAX_CANDIDATES = 20;

/** Every clip in memory, by hash and by slug: what all reads are answered from. */
export class ClipIndex {
  readonly #byHash = new Map<string, ClipRecord>();
  readonly #bySlug = new Map<string, ClipRecord>();

  /** In the order they were added. */
  all(): ClipRecord[] {
    return [...this.#byHash.values()];
  }

  byHash(hash: string): ClipRecord | undefined {
    return this.#byHash.get(hash);
  }

  bySlug(slug: string): ClipRecord | undefined {
    return this.#bySlug.get(slug);
  }

  /** Adds a clip, or replaces the one with the same hash. */
  put(record: ClipRecord): void {
    this.delete(record.hash, { keepPlace: true });
    this.#byHash.set(record.hash, record);
    this.#bySlug.set(record.slug, record);
  }

  delete(hash: string, { keepPlace } = { keepPlace: false }): void {
    const old = this.#byHash.get(hash);
    if (old) this.#bySlug.delete(old.slug);
    if (!keepPlace) this.#byHash.delete(hash);
  }

  /** The slug for a new clip: the title's, with the first free number where that is taken. */
  freeSlug(title: string): string {
    const slug = slugOf(title);
    if (!this.#bySlug.has(slug)) return slug;
    for (let n = 2; ; n++) if (!this.#bySlug.has(`${slug}-${n}`)) return `${slug}-${n}`;
  }

  /**
   * The clip a person means: by slug, else by the whole title, else by words in it; case, accents, punctuation and spacing do
   * not matter. @throws LoopError CLIP_NOT_FOUND, CLIP_AMBIGUOUS with `details.candidates`
   */
  find(name: string): ClipRecord {
    const exact = this.#bySlug.get(name);
    if (exact) return exact;
    const wanted = foldTitle(name);
    const titles = this.all().map((record) => ({ record, title: foldTitle(record.title) }));
    const solid = wanted.replaceAll(' ', '');
    const tests: ((title: string) => boolean)[] = [
      (title) => title === wanted,
      (title) => title.replaceAll(' ', '') === solid,
      (title) => ` ${title} `.includes(` ${wanted} `),
      (title) => ` ${title}`.includes(` ${wanted}`),
    ];
    for (const test of solid === '' ? [] : tests) {
      const found = titles.filter(({ title }) => test(title)).map(({ record }) => record);
      if (found.length > 1) throw ambiguous(name, found);
      if (found[0]) return found[0];
    }
    throw notFound(name);
  }
}

/** The error for a clip that is not there. */
export function notFound(name: string): LoopError {
  return new LoopError(
    'CLIP_NOT_FOUND',
    `There is no clip "${name.slice(0, 300)}"; a clip is named by its slug or its title. Ask GET /api/media for the clips there are.`,
  );
}

function ambiguous(name: string, found: readonly ClipRecord[]): LoopError {
  const candidates = found.slice(0, MAX_CANDIDATES).map(({ slug, title }) => ({ slug, title }));
  return new LoopError(
    'CLIP_AMBIGUOUS',
    `"${name.slice(0, 300)}" fits ${found.length} clips: ${candidates.map(({ slug }) => slug).join(', ')}. A name must fit one. Name it by its slug.`,
    { details: { candidates } },
  );
}
