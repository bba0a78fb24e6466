/** A statement reads a page of rows, so that the thread it runs in can do other things in between. */
const BATCH = 200;

/** Runs `query` over the items in batches, one after the other, and joins the rows. */
export const inBatches = async <Item, Row>(
  items: readonly Item[],
  query: (batch: readonly Item[]) => Promise<readonly Row[]>,
): Promise<Row[]> => {
  const rows: Row[] = [];
  for (let start = 0; start < items.length; start += BATCH)
    rows.push(...(await query(items.slice(start, start + BATCH))));
  return rows;
};
