import { setImmediate as turnOfLoop } from 'node:timers/promises';

/** All rows of these parents; or one parent that has a page of rows or more, to be read page by page. */
export type Window<Parent, Row> =
  | { readonly parents: readonly Parent[]; readonly rows: readonly Row[] }
  | { readonly parents: readonly [Parent]; readonly rows: undefined };

const FIRST = 16;

/** Rows that one statement reads where more were asked for: a page, and one that says whether another follows. */
const AT_ONCE = 201;

/**
 * The first rows of an order, `limit` at the most. `read` answers the rows behind one; it is asked for few at once, and
 * other work has its turn in between.
 */
export const rowsInTurns = async <Row>(
  limit: number,
  read: (after: Row | undefined, limit: number) => Promise<readonly Row[]>,
): Promise<Row[]> => {
  const all: Row[] = [];
  while (all.length < limit) {
    if (all.length > 0) await turnOfLoop();
    const wanted = Math.min(AT_ONCE, limit - all.length);
    const rows = await read(all.at(-1), wanted);
    all.push(...rows);
    if (rows.length < wanted) break;
  }
  return all;
};

/**
 * Reads the rows of many parents with statements that read fewer than `page` rows each: as many parents at once as have no
 * more together. `read` answers any `limit` rows of these parents, in no order. Other work has its turn between two
 * statements.
 */
export async function* windows<Parent, Row>(
  parents: readonly Parent[],
  page: number,
  read: (parents: readonly Parent[], limit: number) => Promise<readonly Row[]>,
): AsyncIterable<Window<Parent, Row>> {
  let together = FIRST;
  for (let start = 0; start < parents.length; ) {
    const some = parents.slice(start, start + together);
    const rows = await read(some, page);
    await turnOfLoop();
    const [only] = some;
    if (rows.length < page) {
      yield { parents: some, rows };
      start += some.length;
      if (rows.length < page / 4) together = Math.min(page, together * 2);
    } else if (some.length === 1 && only !== undefined) {
      yield { parents: [only], rows: undefined };
      start++;
      together = 2;
    } else together = Math.ceil(some.length / 2);
  }
}

/** The rows of one parent page by page. `read` answers the page behind a row; other work has its turn between two pages. */
export async function* pages<Row>(
  page: number,
  read: (after: Row | undefined) => Promise<readonly Row[]>,
): AsyncIterable<readonly Row[]> {
  for (let after: Row | undefined; ; ) {
    const rows = await read(after);
    await turnOfLoop();
    if (rows.length > 0) yield rows;
    if (rows.length < page) return;
    after = rows.at(-1);
  }
}
