import type { Db, Tx } from '../../database/database.ts';
import type { AccountSettingsRow, SettingsArea } from '../../database/iam-schema.ts';

export const findAccountSettings = (
  db: Db,
  accountId: string,
  area: SettingsArea,
): Promise<AccountSettingsRow | undefined> =>
  db
    .selectFrom('account_settings')
    .selectAll()
    .where('account_id', '=', accountId)
    .where('area', '=', area)
    .executeTakeFirst();

export const putAccountSettings = async (tx: Tx, row: AccountSettingsRow): Promise<void> => {
  const { account_id: accountId, area, ...set } = row;
  await tx
    .changed('account-settings', `${accountId}/${area}`)
    .insertInto('account_settings')
    .values(row)
    .onConflict((conflict) => conflict.columns(['account_id', 'area']).doUpdateSet(set))
    .execute();
};
