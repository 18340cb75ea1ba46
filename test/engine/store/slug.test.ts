import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { cleanTitle, foldTitle, isTitle, MAX_TITLE, slugOf, titleOf } from '../../../contract/slug.ts';

test('titles in a-z become their words, accents and ligatures written out', () => {
  assert.equal(slugOf('Big Buck Bunny'), 'big-buck-bunny');
  assert.equal(slugOf('  Größe & Ærø -- Łódź!  '), 'grosse-aero-lodz');
  assert.equal(slugOf('ﬁne №5 ①'), 'fine-no5-1');
});

test('titles in other scripts get a word of their own, the same everywhere', () => {
  assert.match(slugOf('日本'), /^clip-[0-9a-f]{8}$/);
  assert.match(slugOf('Кот 2'), /^2-[0-9a-f]{8}$/);
  assert.notEqual(slugOf('日本'), slugOf('中国'));
  assert.equal(slugOf('Caf\u00e9 日本'), slugOf('Cafe\u0301 日本'));
  assert.match(slugOf('🎉🎉'), /^clip-/);
});

test('every slug is 1 to 60 of a-z, 0-9 and inner hyphens, and never begins like an item', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'grapheme', maxLength: 300 }), (title) => {
      assert.match(slugOf(title), /^[a-z0-9]([a-z0-9-]{0,58}[a-z0-9])?$/);
    }),
  );
  assert.ok(!slugOf('item_1').startsWith('item_'));
});

test('a title is searched without case, accents, punctuation and spacing', () => {
  assert.equal(foldTitle('L’Été: à la PLAGE!'), foldTitle('l ete a la plage'));
  assert.notEqual(foldTitle('कि'), foldTitle('का'));
});

test('a title has 1 to 300 characters as people count them', () => {
  const family = '👨‍👩‍👧‍👦';
  assert.ok(isTitle(cleanTitle(family.repeat(MAX_TITLE))));
  assert.ok(!isTitle(cleanTitle(family.repeat(MAX_TITLE + 1))));
  assert.ok(!isTitle(cleanTitle(' \u0000\u200e\n'.replace('\u200e', ''))));
  assert.equal(cleanTitle(' a\u0000\n b\u202e '), 'a b');
});

test('a file nobody named is called after itself', () => {
  assert.equal(titleOf('C:\\clips\\my_holiday 1.final.mp4'), 'my holiday 1.final');
  assert.equal(titleOf('.mp4'), '.mp4');
  assert.equal(titleOf(''), 'Untitled');
  assert.ok(isTitle(titleOf(`${'長'.repeat(1000)}.gif`)));
});
