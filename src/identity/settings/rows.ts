import type { Db } from '../../database/database.ts';
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

export const putAccountSettings = async (db: Db, row: AccountSettingsRow): Promise<void> => {
  const { account_id: _account, area: _area, ...set } = row;
  await db
    .insertInto('account_settings')
    .values(row)
    .onConflict((conflict) => conflict.columns(['account_id', 'area']).doUpdateSet(set))
    .execute();
};
