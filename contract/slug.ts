/** Letters that NFKD does not take apart, as people write them in a-z. */
const LETTERS: Readonly<Record<string, string>> = {
  ß: 'ss',
  æ: 'ae',
  œ: 'oe',
  ø: 'o',
  ð: 'd',
  đ: 'd',
  þ: 'th',
  ł: 'l',
  ħ: 'h',
  ı: 'i',
  ŋ: 'ng',
};
/** The accents of Latin, Greek and Cyrillic; the marks of other scripts are vowels and stay. */
const ACCENTS = /[\u0300-\u036f]+/g;
const MAX_SLUG = 60;
/** Characters a title may have, as people count them (grapheme clusters). */
export const MAX_TITLE = 300;
/** UTF-16 units a title may have: a family emoji takes 11 of them. */
const MAX_TITLE_UNITS = MAX_TITLE * 12;

/**
 * The short name a title gets in addresses, the same in browser and server: `a-z0-9-`, 1 to 60 characters, no hyphen at either end.
 * Letters that cannot be written in a-z leave a word made of the title's hash, so that titles of any script stay apart.
 * The store makes it unique by a suffix.
 */
export function slugOf(title: string): string {
  const plain = fold(title);
  const words = plain.replace(/[^a-z0-9]+/g, '-').replace(/^-+|-+$/g, '');
  const isWhole = !/[^a-z0-9]/.test(plain.replace(/[^\p{L}\p{N}]+/gu, ''));
  if (words !== '' && isWhole) return cut(words, MAX_SLUG);
  return `${cut(words, MAX_SLUG - 9) || 'clip'}-${hashWord(title)}`;
}

/** A title as a search compares it: case, accents, punctuation and spacing do not matter. */
export function foldTitle(title: string): string {
  return fold(title)
    .replace(/[^\p{L}\p{N}\p{M}]+/gu, ' ')
    .trim();
}

/** A title as it is kept: composed, one space between words, no control characters. */
export function cleanTitle(text: string): string {
  return text
    .slice(0, MAX_TITLE_UNITS + 1)
    .toWellFormed()
    .normalize('NFC')
    .replace(/[\p{Cc}\p{Zl}\p{Zp}\u202a-\u202e\u2066-\u2069\s]+/gu, ' ')
    .trim();
}

/** Whether a cleaned title has 1 to 300 characters, as people count them. */
export function isTitle(title: string): boolean {
  return title !== '' && title.length <= MAX_TITLE_UNITS && characters(title, MAX_TITLE + 1).length <= MAX_TITLE;
}

/** The title of a file nobody named: its name without folder and ending, at most 300 characters. */
export function titleOf(filename: string): string {
  const name = filename.slice(Math.max(filename.lastIndexOf('/'), filename.lastIndexOf('\\')) + 1);
  const words = cleanTitle(name.replace(/(.)\.[A-Za-z0-9]{1,5}$/, '$1').replaceAll('_', ' '));
  return characters(words, MAX_TITLE).join('').trim() || 'Untitled';
}

function fold(title: string): string {
  return title
    .normalize('NFKD')
    .replace(ACCENTS, '')
    .toLowerCase()
    .replace(/[^\0-\x7f]/g, (letter) => LETTERS[letter] ?? letter);
}

function cut(words: string, length: number): string {
  return words.slice(0, length).replace(/-+$/, '');
}

function characters(text: string, most: number): string[] {
  const found: string[] = [];
  for (const { segment } of new Intl.Segmenter('en').segment(text)) {
    found.push(segment);
    if (found.length === most) break;
  }
  return found;
}

/** FNV-1a of the composed title's UTF-16 units, 8 hex digits: names apart, no secret. */
function hashWord(title: string): string {
  let hash = 0x811c9dc5;
  for (const unit of title.normalize('NFC').split('')) hash = Math.imul(hash ^ unit.charCodeAt(0), 0x01000193);
  return (hash >>> 0).toString(16).padStart(8, '0');
}
