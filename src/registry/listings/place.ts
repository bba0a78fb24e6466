/** Where a page of a list ended: the order it is in, what the list is ordered by, and the name or id. */
export interface Place {
  readonly by: string;
  readonly key: string;
  readonly id: string;
}

/** How many entries a list has. */
export interface Total {
  readonly count: number;
  /** False: there are at least so many. */
  readonly isExact: boolean;
}

/** Rows that one answer looks at where few of them are what is asked for. */
export const MOST_LOOKED_AT = 10_000;
/** Rows that one statement reads. */
export const PAGE = 200;
/** The most entries that are counted. */
export const MOST_COUNTED = 10_000;

/** Whether a name has a text in it, in capitals or not. */
export const matching = (filter: string | undefined): ((name: string) => boolean) => {
  if (filter === undefined) return () => true;
  const asked = filter.toLowerCase();
  return (name) => name.toLowerCase().includes(asked);
};

export interface Walked<Row> {
  readonly rows: readonly Row[];
  /** The last row that was looked at, where there may be more. */
  readonly last: Row | undefined;
  /** Rows that match, of all that were looked at. */
  readonly matches: number;
  /** The end was reached. */
  readonly isWhole: boolean;
}

/**
 * Walks through a list in its order until there are `limit` rows that match. `counting`: goes on behind them, to count those
 * that match, as far as one answer looks.
 */
export const walk = async <Row>(
  pagesOf: AsyncIterable<readonly Row[]>,
  { limit, matches, counting }: { limit: number; matches: (row: Row) => boolean; counting: boolean },
): Promise<Walked<Row>> => {
  const rows: Row[] = [];
  let looked = 0;
  let found = 0;
  let last: Row | undefined;
  for await (const page of pagesOf) {
    for (const row of page) {
      looked++;
      const isFull = rows.length === limit;
      if (matches(row)) {
        if (isFull && !counting) return { rows, last, matches: found, isWhole: false };
        found++;
        if (!isFull) rows.push(row);
      }
      if (!isFull) last = row;
    }
    if (looked >= MOST_LOOKED_AT) return { rows, last, matches: found, isWhole: false };
  }
  return { rows, last: found > rows.length ? last : undefined, matches: found, isWhole: true };
};
