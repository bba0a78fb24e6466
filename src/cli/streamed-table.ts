import { table } from './table.ts';

/** Rows that are laid out together. A list up to this length is one table, in the order of its rows. */
const AT_ONCE = 1000;

/**
 * The lines of a table whose rows come some at a time, and may be more than memory holds. They are laid out and sorted a
 * thousand at a time, or a little more: columns of a long list may grow wider on the way.
 */
export async function* streamedTable<Row>(
  head: readonly string[],
  rows: AsyncIterable<readonly Row[]>,
  { cellsOf, order }: { cellsOf: (row: Row) => readonly string[]; order: (a: Row, b: Row) => number },
): AsyncIterable<readonly string[]> {
  let widest = head.map((cell) => cell.length);
  let isFirst = true;
  for await (const some of sortedBatches(rows, order)) {
    const cells = some.map(cellsOf);
    widest = widest.map((width, column) => Math.max(width, ...cells.map((row) => row[column]?.length ?? 0)));
    // the row of the widths makes the columns as wide as they were
    const ruler = widest.map((width) => 'x'.repeat(width));
    const lines = table([ruler, head, ...cells]);
    yield lines.slice(isFirst ? 1 : 2);
    isFirst = false;
  }
  if (isFirst) yield table([head]);
}

/** Rows in the order of their batch, a thousand or a little more at a time. */
export async function* sortedBatches<Row>(
  rows: AsyncIterable<readonly Row[]>,
  order: (a: Row, b: Row) => number,
): AsyncIterable<readonly Row[]> {
  let some: Row[] = [];
  for await (const more of rows) {
    some = some.concat(more);
    if (some.length < AT_ONCE) continue;
    yield some.sort(order);
    some = [];
  }
  if (some.length > 0) yield some.sort(order);
}
