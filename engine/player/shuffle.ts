/** What shuffling needs to know of an item. */
interface Shuffled {
  readonly id: string;
}

/**
 * The order of one round of a shuffled list: every item once, and never first the item that ended the round before.
 * A pure function of seed, round (any integer, negative too) and ids. Each item is sorted by a hash of its own,
 * so an item that comes or goes does not move the others.
 */
export function shuffled<Item extends Shuffled>(items: readonly Item[], seed: number, round: number): readonly Item[] {
  const hashed = items.map((item) => ({ item, hash: hashText(item.id) }));
  // Two items can only take turns: the order of round 0 holds for every round.
  const order = sorted(hashed, seed, items.length < 3 ? 0 : round);
  const [first, second] = order;
  // The exchange never touches the last item, so the end of a round does not depend on the rounds before it.
  if (items.length > 2 && first && second && first === ends(hashed, seed, round - 1).last)
    order.splice(0, 2, second, first);
  return order;
}

/**
 * The first round from `from` on that begins with the item, so that all others follow before it comes again.
 * About one round in `items.length` does; where 40 times as many do not, `from` is taken as it is.
 */
export function roundBeginningWith(items: readonly Shuffled[], id: string, seed: number, from: number): number {
  if (items.length < 3) return from;
  const hashed = items.map((item) => ({ item, hash: hashText(item.id) }));
  for (let round = from; round < from + 40 * items.length; round++) {
    const isFirst = ends(hashed, seed, round).first?.id === id;
    if (isFirst && ends(hashed, seed, round - 1).last?.id !== id) return round;
  }
  return from;
}

interface Hashed<Item> {
  readonly item: Item;
  readonly hash: number;
}

function sorted<Item extends Shuffled>(items: readonly Hashed<Item>[], seed: number, round: number): Item[] {
  const salt = mix(mix(seed) ^ round);
  return items
    .map(({ item, hash }) => ({ item, key: mix(salt ^ hash) }))
    .sort((a, b) => a.key - b.key || (a.item.id < b.item.id ? -1 : 1))
    .map(({ item }) => item);
}

/** First and last of the sorted items, without sorting. */
function ends<Item extends Shuffled>(items: readonly Hashed<Item>[], seed: number, round: number) {
  const salt = mix(mix(seed) ^ round);
  let first: { item: Item; key: number } | undefined;
  let last: { item: Item; key: number } | undefined;
  for (const { item, hash } of items) {
    const key = mix(salt ^ hash);
    if (!first || key < first.key || (key === first.key && item.id < first.item.id)) first = { item, key };
    if (!last || key > last.key || (key === last.key && item.id > last.item.id)) last = { item, key };
  }
  return { first: first?.item, last: last?.item };
}

/** FNV-1a, 32 bits. */
function hashText(text: string): number {
  let hash = 0x811c9dc5;
  for (let i = 0; i < text.length; i++) hash = Math.imul(hash ^ text.charCodeAt(i), 0x01000193);
  return hash;
}

/** The finalizer of MurmurHash3: every bit of the input changes half of the output's, which is 0 to 2^32 - 1. */
function mix(value: number): number {
  let mixed = value | 0;
  mixed = Math.imul(mixed ^ (mixed >>> 16), 0x85ebca6b);
  mixed = Math.imul(mixed ^ (mixed >>> 13), 0xc2b2ae35);
  return (mixed ^ (mixed >>> 16)) >>> 0;
}
