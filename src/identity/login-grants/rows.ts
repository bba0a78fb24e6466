import type { Db, Tx } from '../../database/database.ts';
import type { LoginGrantRow } from '../../database/login-schema.ts';

export const findLoginGrant = (db: Db, codeHash: string): Promise<LoginGrantRow | undefined> =>
  db.selectFrom('login_grants').selectAll().where('code_hash', '=', codeHash).executeTakeFirst();

export const insertLoginGrant = async (tx: Tx, row: LoginGrantRow): Promise<void> => {
  await tx.uncached.insertInto('login_grants').values(row).execute();
};

export const deleteLoginGrant = async (tx: Tx, id: string): Promise<void> => {
  await tx.uncached.deleteFrom('login_grants').where('id', '=', id).execute();
};

/** The ids of those that are over, oldest first. */
export const endedLoginGrants = async (db: Db, before: number, limit: number): Promise<string[]> => {
  const rows = await db
    .selectFrom('login_grants')
    .select('id')
    .where('expires_at', '<=', before)
    .orderBy('expires_at')
    .limit(limit)
    .execute();
  return rows.map(({ id }) => id);
};

/** Those that a person let in, in one account. */
export const deleteLoginGrantsOf = async (tx: Tx, accountId: string, iamId: string): Promise<void> => {
  await tx.uncached
    .deleteFrom('login_grants')
    .where('account_id', '=', accountId)
    .where('iam_id', '=', iamId)
    .execute();
};
