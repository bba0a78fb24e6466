import type { Db } from '../../database/database.ts';
import type { CustomRoleRow, PolicyRow } from '../../database/iam-schema.ts';

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

export const findPolicy = (db: Db, id: string): Promise<PolicyRow | undefined> =>
  db.selectFrom('policies').selectAll().where('id', '=', id).executeTakeFirst();

/**
 * An account's policies in order of their ids, or those of one subject. Bounded by the limits on their number, so not
 * paged here; deleted ones are dropped after a while (`dropDeletedPolicies`).
 */
export const listPolicies = (
  db: Db,
  accountId: string,
  { subject, state }: { subject: string | undefined; state: PolicyRow['state'] },
): Promise<PolicyRow[]> => {
  const query = db
    .selectFrom('policies')
    .selectAll()
    .where('account_id', '=', accountId)
    .where('state', '=', state)
    .orderBy('id');
  return (subject === undefined ? query : query.where('subject', '=', subject)).execute();
};

/** Active policies that say the same of whom and on what; roles may differ. */
export const policiesAlike = (db: Db, accountId: string, fingerprint: string): Promise<PolicyRow[]> =>
  db
    .selectFrom('policies')
    .selectAll()
    .where('account_id', '=', accountId)
    .where('fingerprint', '=', fingerprint)
    .where('state', '=', 'active')
    .execute();

/** How many active policies an account has, or one subject in it. */
export const countPolicies = async (db: Db, accountId: string, subject?: string): Promise<number> => {
  const query = db
    .selectFrom('policies')
    .select(({ fn }) => fn.countAll().as('count'))
    .where('account_id', '=', accountId)
    .where('state', '=', 'active');
  const row = await (subject === undefined ? query : query.where('subject', '=', subject)).executeTakeFirst();
  return Number(row?.count ?? 0);
};

export const insertPolicy = async (db: Db, row: PolicyRow): Promise<void> => {
  await db.insertInto('policies').values(row).execute();
};

export const updatePolicy = async (db: Db, { id, ...set }: PolicyRow): Promise<void> => {
  await db.updateTable('policies').set(set).where('id', '=', id).execute();
};

/** Removes for good the policies that were deleted before this time. */
export const dropDeletedPolicies = async (db: Db, accountId: string, before: number): Promise<void> => {
  await db
    .deleteFrom('policies')
    .where('account_id', '=', accountId)
    .where('state', '=', 'deleted')
    .where('modified_at', '<', before)
    .execute();
};

/** Removes for good every policy of an identity or group that is no more. Say `changed('policy', '<account>/<subject>')`. */
export const deletePoliciesOfSubject = async (db: Db, accountId: string, subject: string): Promise<void> => {
  await db
    .deleteFrom('policies')
    .where('account_id', '=', accountId)
    .where('subject', '=', subject)
    .execute();
};

/** An account's own roles; IBM allows 40. */
export const listCustomRoles = (db: Db, accountId: string): Promise<CustomRoleRow[]> =>
  db.selectFrom('custom_roles').selectAll().where('account_id', '=', accountId).orderBy('name').execute();

export const findCustomRole = (db: Db, id: string): Promise<CustomRoleRow | undefined> =>
  db.selectFrom('custom_roles').selectAll().where('id', '=', id).executeTakeFirst();

export const insertCustomRole = async (db: Db, row: CustomRoleRow): Promise<void> => {
  await db.insertInto('custom_roles').values(row).execute();
};

export const updateCustomRole = async (db: Db, { id, ...set }: CustomRoleRow): Promise<void> => {
  await db.updateTable('custom_roles').set(set).where('id', '=', id).execute();
};

export const deleteCustomRole = async (db: Db, id: string): Promise<void> => {
  await db.deleteFrom('custom_roles').where('id', '=', id).execute();
};
