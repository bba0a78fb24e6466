import type { Db, Tx } from '../../database/database.ts';
import type { PasswordRow } from '../../database/iam-schema.ts';
import type { UserRow } from '../../database/schema.ts';

export const findPasswordById = (db: Db, id: string): Promise<PasswordRow | undefined> =>
  db.selectFrom('passwords').selectAll().where('id', '=', id).executeTakeFirst();

export const findPassword = (db: Db, iamId: string): Promise<PasswordRow | undefined> =>
  db.selectFrom('passwords').selectAll().where('iam_id', '=', iamId).executeTakeFirst();

/** A user with the password they log in with. */
export type LoginRow = UserRow & { password_id: string; hash: string };

/** Users with a password that log in with a name, the oldest first. */
export const loginsCalled = async (db: Db, name: string, limit: number): Promise<LoginRow[]> => {
  const named = await logins(db).where('users.user_name', '=', name).execute();
  const mailed = await logins(db)
    .where('users.email', '=', name)
    .where('users.user_name', '<>', name)
    .orderBy('users.created_at')
    .limit(limit)
    .execute();
  return [...named, ...mailed].toSorted((a, b) => a.created_at - b.created_at).slice(0, limit);
};

/** The same among the active members of one account. */
export const loginsOfAccount = (db: Db, accountId: string, name: string): Promise<LoginRow[]> =>
  logins(db)
    .innerJoin('memberships', 'memberships.iam_id', 'users.iam_id')
    .where('memberships.account_id', '=', accountId)
    .where('memberships.state', '=', 'ACTIVE')
    // the other way round, all members of the account would be looked at
    .where('memberships.iam_id', 'in', (select) =>
      select
        .selectFrom('users')
        .select('iam_id')
        .where(({ or, eb }) => or([eb('email', '=', name), eb('user_name', '=', name)])),
    )
    .execute();

const logins = (db: Db) =>
  db
    .selectFrom('users')
    .innerJoin('passwords', 'passwords.iam_id', 'users.iam_id')
    .selectAll('users')
    .select(['passwords.id as password_id', 'passwords.hash']);

export const insertPassword = async (tx: Tx, row: PasswordRow): Promise<void> => {
  await tx.changed('password', row.id).insertInto('passwords').values(row).execute();
};

export const deletePassword = (tx: Tx, iamId: string): Promise<void> =>
  tx.changing('password', async (tables) => {
    const rows = await tables.deleteFrom('passwords').where('iam_id', '=', iamId).returning('id').execute();
    return { ids: rows.map(({ id }) => id), answer: undefined };
  });
