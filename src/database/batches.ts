/** Both engines bound the parameters of one statement (SQLite 32,766, PostgreSQL 65,535). */
const BATCH = 5000;

/** Runs `query` over the items in batches a statement can take, one after the other, and joins the rows. */
export const inBatches = async <Item, Row>(
  items: readonly Item[],
  query: (batch: readonly Item[]) => Promise<readonly Row[]>,
): Promise<Row[]> => {
  const rows: Row[] = [];
  for (let start = 0; start < items.length; start += BATCH)
    rows.push(...(await query(items.slice(start, start + BATCH))));
  return rows;
};
