import type { Steps } from './steps.ts';

const STAR = '*'.charCodeAt(0);
const ONE = '?'.charCodeAt(0);

/**
 * Whether a text has the form of a pattern: `*` stands for any text, `?` for one character. It never goes back: what lies
 * between two stars is looked for at all places of the text at once, 32 places to a step.
 */
export const matchesPattern = (pattern: string, text: string, steps: Steps): boolean => {
  let from = 0;
  while (from < pattern.length && pattern.charCodeAt(from) !== STAR) {
    if (from >= text.length || !isAt(pattern, from, text, from)) return counted(steps, from + 1, false);
    from++;
  }
  if (from === pattern.length) return counted(steps, from, from === text.length);
  let to = pattern.length;
  let end = text.length;
  while (pattern.charCodeAt(to - 1) !== STAR) {
    if (end <= from || !isAt(pattern, to - 1, text, end - 1))
      return counted(steps, from + pattern.length - to + 1, false);
    to--;
    end--;
  }
  if (!steps.take(from + pattern.length - to + 1)) return false;
  return to - from === 1 || holdsBetween(pattern, { from, to }, text, { from, to: end }, steps);
};

const isAt = (pattern: string, at: number, text: string, place: number): boolean =>
  pattern.charCodeAt(at) === ONE || pattern.charCodeAt(at) === text.charCodeAt(place);

const counted = (steps: Steps, count: number, answer: boolean): boolean => steps.take(count) && answer;

interface Part {
  readonly from: number;
  readonly to: number;
}

/** Whether a part of a pattern that begins and ends with a star has the form of a part of a text. */
const holdsBetween = (pattern: string, stars: Part, text: string, within: Part, steps: Steps): boolean => {
  const words = (text.length >>> 5) + 1;
  const places = placesOf(text);
  // bit i: what was read of the pattern so far can end before the character i of the text
  const reached = new Uint32Array(words);
  setFrom(reached, within.from);
  for (let at = stars.from + 1; at < stars.to; at++) {
    if (!steps.take(words)) return false;
    const char = pattern.charCodeAt(at);
    if (char === STAR) {
      setFrom(reached, lowest(reached));
      continue;
    }
    const having = char === ONE ? undefined : places.get(char);
    if (char !== ONE && !having) return false;
    if (!advance(reached, having)) return false;
  }
  return lowest(reached) <= within.to;
};

/** Moves every place on by one character, from those alone that have it; false where none is left. */
const advance = (reached: Uint32Array, having: Uint32Array | undefined): boolean => {
  let carry = 0;
  let any = 0;
  for (let word = 0; word < reached.length; word++) {
    const kept = (reached[word] ?? 0) & (having ? (having[word] ?? 0) : 0xffffffff);
    reached[word] = (kept << 1) | carry;
    carry = kept >>> 31;
    any |= reached[word] ?? 0;
  }
  return any !== 0;
};

const setFrom = (places: Uint32Array, first: number): void => {
  const word = first >>> 5;
  places.fill(0, 0, word);
  places[word] = 0xffffffff << (first & 31);
  places.fill(0xffffffff, word + 1);
};

const lowest = (places: Uint32Array): number => {
  for (let word = 0; word < places.length; word++) {
    const bits = places[word] ?? 0;
    if (bits !== 0) return (word << 5) + (31 - Math.clz32(bits & -bits));
  }
  return places.length << 5;
};

/** Where in a text each of its characters stands, as bits. The last few are kept: many patterns ask about one text. */
const kept = new Map<string, ReadonlyMap<number, Uint32Array>>();
const KEPT = 8;

const placesOf = (text: string): ReadonlyMap<number, Uint32Array> => {
  const known = kept.get(text);
  if (known) return known;
  const places = new Map<number, Uint32Array>();
  for (let at = 0; at < text.length; at++) {
    const char = text.charCodeAt(at);
    const bits = places.get(char) ?? new Uint32Array((text.length >>> 5) + 1);
    places.set(char, bits);
    bits[at >>> 5] = (bits[at >>> 5] ?? 0) | (1 << (at & 31));
  }
  if (kept.size >= KEPT) kept.clear();
  kept.set(text, places);
  return places;
};
