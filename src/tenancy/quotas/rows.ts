import type { Db, Tx } from '../../database/database.ts';
import type { PullTrafficRow, QuotaRow } from '../../database/quota-schema.ts';

interface Place {
  readonly accountId: string;
  readonly regionId: string;
}

export const findQuota = (db: Db, { accountId, regionId }: Place): Promise<QuotaRow | undefined> =>
  db
    .selectFrom('quotas')
    .selectAll()
    .where('account_id', '=', accountId)
    .where('region_id', '=', regionId)
    .executeTakeFirst();

export const putQuota = async (tx: Tx, row: QuotaRow): Promise<void> => {
  const { account_id, region_id, ...set } = row;
  await tx
    .changed('quota', `${account_id}/${region_id}`)
    .insertInto('quotas')
    .values(row)
    .onConflict((conflict) => conflict.columns(['account_id', 'region_id']).doUpdateSet(set))
    .execute();
};

/** Bytes pulled in a month, `2026-11`. */
export const trafficOf = async (db: Db, { accountId, regionId }: Place, month: string): Promise<number> => {
  const row = await db
    .selectFrom('pull_traffic')
    .select('bytes')
    .where('account_id', '=', accountId)
    .where('region_id', '=', regionId)
    .where('month', '=', month)
    .executeTakeFirst();
  return row?.bytes ?? 0;
};

export const addTraffic = async (tx: Tx, row: PullTrafficRow): Promise<void> => {
  await tx.uncached
    .insertInto('pull_traffic')
    .values(row)
    .onConflict((conflict) =>
      conflict
        .columns(['account_id', 'region_id', 'month'])
        .doUpdateSet(({ ref, eb }) => ({ bytes: eb(ref('pull_traffic.bytes'), '+', row.bytes) })),
    )
    .execute();
};
