import { inBatches } from '../../database/batches.ts';
import type { Db, Tx } from '../../database/database.ts';
import type { WarningRow } from '../../database/warning-schema.ts';

type WarningKind = WarningRow['kind'];

/** Those of these targets of which a kind of warning is known. */
export const knownWarnings = async (
  db: Db,
  kind: WarningKind,
  targets: readonly string[],
): Promise<Pick<WarningRow, 'target' | 'level' | 'since'>[]> =>
  inBatches(targets, (batch) =>
    db
      .selectFrom('warnings')
      .select(['target', 'level', 'since'])
      .where('kind', '=', kind)
      .where('target', 'in', batch)
      .execute(),
  );

export const putWarnings = async (tx: Tx, rows: readonly WarningRow[]): Promise<void> => {
  for (const row of rows) {
    const { kind, target, ...set } = row;
    await tx.uncached
      .insertInto('warnings')
      .values(row)
      .onConflict((conflict) => conflict.columns(['kind', 'target']).doUpdateSet(set))
      .execute();
  }
};

interface Unseen {
  readonly source: string;
  readonly kind: WarningKind;
  readonly before: number;
  readonly limit: number;
}

/** Warnings of a kind and source that were not seen since; answers how many went. */
export const deleteUnseenWarnings = async (
  tx: Tx,
  { source, kind, before, limit }: Unseen,
): Promise<number> => {
  const rows = await tx.uncached
    .deleteFrom('warnings')
    .where('kind', '=', kind)
    .where('target', 'in', (select) =>
      select
        .selectFrom('warnings')
        .select('target')
        .where('source', '=', source)
        .where('kind', '=', kind)
        .where('seen_at', '<', before)
        .limit(limit),
    )
    .returning('target')
    .execute();
  return rows.length;
};

/** Warnings of machines that have not been heard of since; few, so one statement. */
export const deleteSilentWarnings = async (tx: Tx, before: number): Promise<void> => {
  await tx.uncached.deleteFrom('warnings').where('source', '<>', '').where('seen_at', '<', before).execute();
};

export interface WarningAsk {
  /** Undefined: those of every account, and the installation's. */
  readonly accountId: string | undefined;
  readonly after: { readonly kind: string; readonly target: string };
  readonly limit: number;
}

/** Warnings by kind and target. */
export const listWarnings = (db: Db, { accountId, after, limit }: WarningAsk): Promise<WarningRow[]> => {
  let select = db.selectFrom('warnings').selectAll();
  if (accountId !== undefined) select = select.where('account_id', '=', accountId);
  return select
    .where(({ eb, refTuple, tuple }) =>
      eb(refTuple('kind', 'target'), '>', tuple(after.kind as WarningKind, after.target)),
    )
    .orderBy('kind')
    .orderBy('target')
    .limit(limit)
    .execute();
};

export const deleteWarningsOfAccount = async (tx: Tx, accountId: string, limit: number): Promise<number> => {
  const rows = await tx.db
    .selectFrom('warnings')
    .select(['kind', 'target'])
    .where('account_id', '=', accountId)
    .limit(limit)
    .execute();
  for (const { kind, target } of rows)
    await tx.uncached.deleteFrom('warnings').where('kind', '=', kind).where('target', '=', target).execute();
  return rows.length;
};

/** The fact in which the last complete look is kept. */
const LAST_LOOK = 'warnings.last-look';

export const lastLook = async (db: Db): Promise<string | undefined> => {
  const row = await db
    .selectFrom('installation')
    .select('value')
    .where('name', '=', LAST_LOOK)
    .executeTakeFirst();
  return row?.value;
};

export const putLastLook = async (tx: Tx, value: string): Promise<void> => {
  await tx.uncached
    .insertInto('installation')
    .values({ name: LAST_LOOK, value })
    .onConflict((conflict) => conflict.column('name').doUpdateSet({ value }))
    .execute();
};
