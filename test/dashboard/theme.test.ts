import assert from 'node:assert/strict';
import { test } from 'node:test';
import { theme } from '../../dashboard/style/theme.ts';

const [light = '', dark = ''] = theme.cssText.split('@media');

/** Text and the ground it stands on. */
const pairs = [
  ['ink', 'wall'],
  ['ink', 'paper'],
  ['ink', 'sunk'],
  ['ink', 'bad-ground'],
  ['ink-soft', 'wall'],
  ['ink-soft', 'paper'],
  ['ink-soft', 'sunk'],
  ['case-ink', 'case'],
  ['case-ink', 'case-lit'],
  ['case-soft', 'case'],
  ['case-soft', 'case-edge'],
  ['glass-ink', 'glass'],
  ['on-marigold', 'marigold'],
  ['bad', 'wall'],
  ['bad', 'paper'],
  ['wall', 'ink'],
] as const;

for (const [scheme, sheets] of [
  ['light', [light]],
  ['dark', [light, dark]],
] as const) {
  test(`every text of the ${scheme} scheme has a contrast of 4.5 or more (WCAG 2.2, 1.4.3)`, () => {
    const colours = new Map(sheets.flatMap(colourProperties));
    for (const [text, ground] of pairs) {
      const found = contrast(colours.get(text) ?? '', colours.get(ground) ?? '');
      assert.ok(found >= 4.5, `${text} on ${ground}: ${found.toFixed(2)}`);
    }
  });
}

function colourProperties(css: string): [string, string][] {
  return [...css.matchAll(/--([a-z-]+): #([0-9a-f]{6});/g)].map(([, name = '', value = '']) => [name, value]);
}

/** WCAG 2.2, "contrast ratio" of two sRGB colours. */
function contrast(one: string, other: string): number {
  const [high = 0, low = 0] = [luminance(one), luminance(other)].sort((a, b) => b - a);
  return (high + 0.05) / (low + 0.05);
}

function luminance(colour: string): number {
  const [red = 0, green = 0, blue = 0] = [0, 2, 4]
    .map((at) => Number.parseInt(colour.slice(at, at + 2), 16) / 255)
    .map((value) => (value <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4));
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
}
