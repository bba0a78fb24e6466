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

/** What the bytes of an account, region and month are kept by. */
export const trafficId = ({ accountId, regionId }: Place, month: string): string =>
  `${accountId}/${regionId}/${month}`;

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
  await tx
    .changed('pull-traffic', trafficId({ accountId: row.account_id, regionId: row.region_id }, row.month))
    .insertInto('pull_traffic')
    .values(row)
    .onConflict((conflict) =>
      conflict
        .columns(['account_id', 'region_id', 'month'])
        .doUpdateSet(({ ref, eb }) => ({ bytes: eb(ref('pull_traffic.bytes'), '+', row.bytes) })),
    )
    .execute();
};

/** Quotas of every account and region, after one. */
export const quotasAfter = (db: Db, { accountId, regionId }: Place, limit: number): Promise<QuotaRow[]> =>
  db
    .selectFrom('quotas')
    .selectAll()
    .where(({ eb, refTuple, tuple }) =>
      eb(refTuple('account_id', 'region_id'), '>', tuple(accountId, regionId)),
    )
    .orderBy('account_id')
    .orderBy('region_id')
    .limit(limit)
    .execute();
