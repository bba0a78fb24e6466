/** Links and places of lists that are read page by page: one form for every JSON door. */

type Query = Readonly<Record<string, string | number | boolean | undefined>>;

/** A full address with a query; what is undefined is left out. */
export const linkTo = (address: string, query: Query): string => {
  const fields = Object.entries(query).flatMap(([name, value]) =>
    value === undefined ? [] : [[name, String(value)]],
  );
  return `${address}?${new URLSearchParams(fields)}`;
};

/** Where a page begins, as a client carries it from page to page: opaque, not secret. */
export const printPlace = (place: readonly string[]): string =>
  Buffer.from(JSON.stringify(place)).toString('base64url');

/** The `length` texts of a place; undefined for what `printPlace` has not made. */
export const parsePlace = (text: string, length: number): readonly string[] | undefined => {
  try {
    const place: unknown = JSON.parse(Buffer.from(text, 'base64url').toString('utf8'));
    const isPlace =
      Array.isArray(place) && place.length === length && place.every((part) => typeof part === 'string');
    return isPlace ? place : undefined;
  } catch {
    return undefined;
  }
};

interface Slice {
  readonly limit: number;
  readonly offset: number;
  readonly total: number;
}

/** The links of a page by offset. */
export const offsetPage = ({ limit, offset, total }: Slice, address: string, query: Query) => {
  const href = (start: number): { href: string } => ({
    href: linkTo(address, { ...query, limit, offset: start }),
  });
  const last = Math.max(0, Math.floor((total - 1) / limit) * limit);
  return {
    limit,
    offset,
    total_count: total,
    first: href(0),
    ...(offset > 0 ? { previous: href(Math.max(0, offset - limit)) } : {}),
    ...(offset + limit < total ? { next: href(offset + limit) } : {}),
    last: href(last),
  };
};
