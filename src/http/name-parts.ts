import type { NamePart } from '../access/room.ts';

/** In order, and none within another. */
export const apart = <Part extends NamePart>(parts: readonly Part[]): Part[] => {
  const kept: Part[] = [];
  for (const part of parts.toSorted(inOrder)) {
    const last = kept.findLast(({ exact }) => !exact);
    const same = kept.at(-1)?.start === part.start;
    if (!same && !(last && part.start.startsWith(last.start))) kept.push(part);
  }
  return kept;
};

/** By their starts; of two with one start the one that is not a single name comes first. */
const inOrder = (a: NamePart, b: NamePart): number =>
  a.start === b.start ? Number(a.exact) - Number(b.exact) : a.start < b.start ? -1 : 1;

/** The names in a part that come after one, some at a time; `read` answers names in byte order behind one. */
export async function* namesIn(
  { start, exact }: NamePart,
  after: string,
  atOnce: number,
  read: (after: string, limit: number) => Promise<string[]>,
): AsyncGenerator<string[]> {
  const limit = exact ? 1 : atOnce;
  const isIn = (name: string): boolean => (exact ? name === start : name.startsWith(start));
  let from = after < start ? justBefore(start) : after;
  // a text at or behind the start that is not in the part lies behind all of it
  while (from < start || (!exact && isIn(from))) {
    const found = await read(from, limit);
    const names = found.filter(isIn);
    yield names;
    if (names.length < limit) return;
    from = names.at(-1) ?? from;
  }
}

/** A text that comes before all names that start so, and behind all others that do: no name has a `~`. */
const justBefore = (start: string): string =>
  `${start.slice(0, -1)}${String.fromCharCode(start.charCodeAt(start.length - 1) - 1)}~`;
