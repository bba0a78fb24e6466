import type { Db, Tx } from '../../database/database.ts';
import type { NamespaceRow } from '../../database/schema.ts';
import { trafficId } from '../quotas/rows.ts';

/** One of an account's namespaces, of any region; those that are removed already come last. */
export const namespaceOfAccount = (
  db: Db,
  accountId: string,
  removed: string,
): Promise<NamespaceRow | undefined> =>
  db
    .selectFrom('namespaces')
    .selectAll()
    .where('account_id', '=', accountId)
    // as many as are removed: few, and each for a short time
    .orderBy(({ eb }) => eb.case().when('region_id', '=', removed).then(1).else(0).end())
    .limit(1)
    .executeTakeFirst();

/** Pieces of an account that is removed: at most `limit` rows; answers how many. */
export const deleteExemptionsOfAccount = async (
  tx: Tx,
  accountId: string,
  limit: number,
): Promise<number> => {
  const rows = await tx.db
    .selectFrom('exemptions')
    .selectAll()
    .where('account_id', '=', accountId)
    .limit(limit)
    .execute();
  for (const row of rows)
    await tx.uncached
      .deleteFrom('exemptions')
      .where('account_id', '=', accountId)
      .where('region_id', '=', row.region_id)
      .where('namespace', '=', row.namespace)
      .where('repository', '=', row.repository)
      .where('reference', '=', row.reference)
      .where('issue_type', '=', row.issue_type)
      .where('issue_id', '=', row.issue_id)
      .execute();
  return rows.length;
};

export const deleteResourceGroupsOfAccount = async (
  tx: Tx,
  accountId: string,
  limit: number,
): Promise<number> => {
  const rows = await tx.uncached
    .deleteFrom('resource_groups')
    .where('id', 'in', (select) =>
      select.selectFrom('resource_groups').select('id').where('account_id', '=', accountId).limit(limit),
    )
    .returning('id')
    .execute();
  return rows.length;
};

/** What is left of an account is a row for each region, or for each region and month. */
export const deleteQuotasOfAccount = async (tx: Tx, accountId: string): Promise<void> => {
  await tx.changing('quota', async (tables) => {
    const rows = await tables
      .deleteFrom('quotas')
      .where('account_id', '=', accountId)
      .returning('region_id')
      .execute();
    return { ids: rows.map(({ region_id }) => `${accountId}/${region_id}`), answer: undefined };
  });
  await tx.changing('pull-traffic', async (tables) => {
    const rows = await tables
      .deleteFrom('pull_traffic')
      .where('account_id', '=', accountId)
      .returning(['region_id', 'month'])
      .execute();
    const ids = rows.map(({ region_id: regionId, month }) => trafficId({ accountId, regionId }, month));
    return { ids, answer: undefined };
  });
  await tx.uncached.deleteFrom('registry_settings').where('account_id', '=', accountId).execute();
};
