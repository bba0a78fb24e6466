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

/** Accounts by id, after `after`. */
export const listAccounts = (db: Db, after: string, limit: number): Promise<AccountRow[]> =>
  db.selectFrom('accounts').selectAll().where('id', '>', after).orderBy('id').limit(limit).execute();

export type AccountState = Pick<
  AccountRow,
  'state' | 'state_since' | 'state_by' | 'state_reason' | 'delete_at' | 'clearing_since'
>;

export const changeAccountState = async (tx: Tx, id: string, set: Partial<AccountState>): Promise<void> => {
  await tx.changed('account', id).updateTable('accounts').set(set).where('id', '=', id).execute();
};

/** One of the accounts whose time is over. */
export const accountToRemove = (db: Db, now: number): Promise<AccountRow | undefined> =>
  db
    .selectFrom('accounts')
    .selectAll()
    .where('delete_at', '<=', now)
    .orderBy('delete_at')
    .limit(1)
    .executeTakeFirst();

/** An account that has nothing left. */
export const deleteAccount = async (tx: Tx, id: string): Promise<void> => {
  await tx.changed('account', id).deleteFrom('accounts').where('id', '=', id).execute();
};
