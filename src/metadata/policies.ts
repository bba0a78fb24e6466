import type { Db } from './database.ts';
import type { CustomRoleRow, PolicyRow } from './iam-schema.ts';

/** The active policies of some subjects (an identity and its groups) in one account. */
export const policiesOfSubjects = (
  db: Db,
  accountId: string,
  subjects: readonly string[],
): Promise<PolicyRow[]> =>
  db
    .selectFrom('policies')
    .selectAll()
    .where('account_id', '=', accountId)
    .where('subject', 'in', subjects)
    .where('state', '=', 'active')
    .execute();

/** An account's own roles; IBM allows 40. */
export const listCustomRoles = (db: Db, accountId: string): Promise<CustomRoleRow[]> =>
  db.selectFrom('custom_roles').selectAll().where('account_id', '=', accountId).orderBy('name').execute();

export const insertPolicy = async (db: Db, row: PolicyRow): Promise<void> => {
  await db.insertInto('policies').values(row).execute();
};

export const insertCustomRole = async (db: Db, row: CustomRoleRow): Promise<void> => {
  await db.insertInto('custom_roles').values(row).execute();
};
