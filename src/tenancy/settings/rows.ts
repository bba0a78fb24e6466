import type { RegistrySettingsRow } from '../../database/account-options-schema.ts';
import type { Db, Tx } from '../../database/database.ts';

export const findSettings = (
  db: Db,
  { accountId, regionId }: { readonly accountId: string; readonly regionId: string },
): Promise<RegistrySettingsRow | undefined> =>
  db
    .selectFrom('registry_settings')
    .selectAll()
    .where('account_id', '=', accountId)
    .where('region_id', '=', regionId)
    .executeTakeFirst();

export const putSettings = async (tx: Tx, row: RegistrySettingsRow): Promise<void> => {
  const { account_id: _account, region_id: _region, ...set } = row;
  await tx.uncached
    .insertInto('registry_settings')
    .values(row)
    .onConflict((conflict) => conflict.columns(['account_id', 'region_id']).doUpdateSet(set))
    .execute();
};
