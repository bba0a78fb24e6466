import type { Db, Tx } from '../../database/database.ts';
import type { AccountRow } from '../../database/schema.ts';

/** The account of the first start, whose Administrators are the operators. */
export const firstAccount = (db: Db): Promise<AccountRow | undefined> =>
  db
    .selectFrom('accounts')
    .innerJoin('installation', 'installation.value', 'accounts.id')
    .selectAll('accounts')
    .where('installation.name', '=', 'first-account')
    .executeTakeFirst();

/** Remembers which account was the first. */
export const markFirstAccount = async (tx: Tx, id: string): Promise<void> => {
  await tx.uncached.insertInto('installation').values({ name: 'first-account', value: id }).execute();
};

export const findAccount = (db: Db, id: string): Promise<AccountRow | undefined> =>
  db.selectFrom('accounts').selectAll().where('id', '=', id).executeTakeFirst();

export const insertAccount = async (tx: Tx, row: AccountRow): Promise<void> => {
  await tx.changed('account', row.id).insertInto('accounts').values(row).execute();
};
