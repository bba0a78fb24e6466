import type { Db, Tx } from '../../database/database.ts';
import type { ProfileRow, ProfileTrustRow } from '../../database/iam-schema.ts';

export const findProfile = (db: Db, id: string): Promise<ProfileRow | undefined> =>
  db.selectFrom('profiles').selectAll().where('id', '=', id).executeTakeFirst();

export const findProfileByName = (db: Db, accountId: string, name: string): Promise<ProfileRow | undefined> =>
  db
    .selectFrom('profiles')
    .selectAll()
    .where('account_id', '=', accountId)
    .where('name', '=', name)
    .executeTakeFirst();

/** An account's profiles by id, after `after`. */
export const listProfiles = (
  db: Db,
  { accountId, after, limit }: { accountId: string; after: string; limit: number },
): Promise<ProfileRow[]> =>
  db
    .selectFrom('profiles')
    .selectAll()
    .where('account_id', '=', accountId)
    .where('id', '>', after)
    .orderBy('id')
    .limit(limit)
    .execute();

export const countProfiles = async (db: Db, accountId: string): Promise<number> => {
  const { count } = await db
    .selectFrom('profiles')
    .select((select) => select.fn.countAll<number>().as('count'))
    .where('account_id', '=', accountId)
    .executeTakeFirstOrThrow();
  return Number(count);
};

export const insertProfile = async (tx: Tx, row: ProfileRow): Promise<void> => {
  await tx.changed('profile', row.id).insertInto('profiles').values(row).execute();
};

export const updateProfile = async (
  tx: Tx,
  id: string,
  set: Pick<ProfileRow, 'name' | 'description' | 'email' | 'entity_tag' | 'modified_at'>,
): Promise<void> => {
  await tx.changed('profile', id).updateTable('profiles').set(set).where('id', '=', id).execute();
};

/** A profile with its trusts. */
export const deleteProfile = async (tx: Tx, id: string): Promise<void> => {
  const trusts = await trustIdsOfProfile(tx.db, id);
  await tx
    .changed('profile-trust', ...trusts)
    .deleteFrom('profile_trusts')
    .where('profile_id', '=', id)
    .execute();
  await tx.changed('profile', id).deleteFrom('profiles').where('id', '=', id).execute();
};

/** Adds what was seen of a profile since the last time: how often it was assumed, and when last. */
export const noteProfileUse = async (tx: Tx, id: string, at: number, times: number): Promise<void> => {
  await tx.noting
    .updateTable('profiles')
    .set((set) => ({ last_authn_at: at, authn_count: set('authn_count', '+', times) }))
    .where('id', '=', id)
    .execute();
};

export const findProfileTrust = (db: Db, id: string): Promise<ProfileTrustRow | undefined> =>
  db.selectFrom('profile_trusts').selectAll().where('id', '=', id).executeTakeFirst();

/** Whom a profile trusts, of one kind, in order of their ids. */
export const trustsOfProfile = (
  db: Db,
  profileId: string,
  kind: ProfileTrustRow['kind'],
): Promise<ProfileTrustRow[]> =>
  db
    .selectFrom('profile_trusts')
    .selectAll()
    .where('profile_id', '=', profileId)
    .where('kind', '=', kind)
    .orderBy('id')
    .execute();

/** The ids of all trusts of a profile. */
export const trustIdsOfProfile = async (db: Db, profileId: string): Promise<string[]> => {
  const rows = await db
    .selectFrom('profile_trusts')
    .select('id')
    .where('profile_id', '=', profileId)
    .execute();
  return rows.map(({ id }) => id);
};

/** A profile's trust in an identity, by its iam_id. */
export const findTrustInIdentity = (
  db: Db,
  profileId: string,
  identity: string,
): Promise<ProfileTrustRow | undefined> =>
  db
    .selectFrom('profile_trusts')
    .selectAll()
    .where('profile_id', '=', profileId)
    .where('identity', '=', identity)
    .executeTakeFirst();

/** The ids of every trust an account's profiles have in an identity. */
export const trustsInIdentity = async (db: Db, accountId: string, identity: string): Promise<string[]> => {
  const rows = await db
    .selectFrom('profiles')
    .innerJoin('profile_trusts', 'profile_trusts.profile_id', 'profiles.id')
    .select('profile_trusts.id')
    .where('profiles.account_id', '=', accountId)
    .where('profile_trusts.identity', '=', identity)
    .execute();
  return rows.map(({ id }) => id);
};

/** Trusts that name the identity, in every account. */
export const trustsOfIdentity = async (db: Db, iamId: string): Promise<string[]> => {
  const rows = await db
    .selectFrom('profile_trusts')
    .select('id')
    .where('kind', '=', 'identity')
    .where('identity', '=', iamId)
    .execute();
  return rows.map(({ id }) => id);
};

/** The ids of an account's profiles that trust an identity by its iam_id, so that it can become any of them. */
export const profilesTrusting = async (db: Db, accountId: string, identity: string): Promise<string[]> => {
  const rows = await db
    .selectFrom('profile_trusts')
    // in this order: else SQLite reads all profiles of the account
    .crossJoin('profiles')
    .select('profiles.id')
    .whereRef('profiles.id', '=', 'profile_trusts.profile_id')
    .where('profile_trusts.identity', '=', identity)
    .where('profiles.account_id', '=', accountId)
    .execute();
  return [...new Set(rows.map(({ id }) => id))];
};

/** Whether a profile of another account trusts an identity of this one. */
export const isTrustedAbroad = async (db: Db, accountId: string, identity: string): Promise<boolean> => {
  const row = await db
    .selectFrom('profile_trusts')
    .innerJoin('profiles', 'profiles.id', 'profile_trusts.profile_id')
    .select('profiles.id')
    .where('profile_trusts.identity', '=', identity)
    .where('profiles.account_id', '<>', accountId)
    .limit(1)
    .executeTakeFirst();
  return row !== undefined;
};

export const insertProfileTrust = async (tx: Tx, row: ProfileTrustRow): Promise<void> => {
  await tx.changed('profile-trust', row.id).insertInto('profile_trusts').values(row).execute();
};

export const updateProfileTrust = async (
  tx: Tx,
  id: string,
  set: Pick<ProfileTrustRow, 'document' | 'entity_tag' | 'modified_at'>,
): Promise<void> => {
  await tx.changed('profile-trust', id).updateTable('profile_trusts').set(set).where('id', '=', id).execute();
};

/** A trust in an identity becomes one in another. */
export const moveProfileTrust = async (
  tx: Tx,
  id: string,
  set: Pick<ProfileTrustRow, 'identity' | 'document' | 'entity_tag' | 'modified_at'>,
): Promise<void> => {
  await tx.changed('profile-trust', id).updateTable('profile_trusts').set(set).where('id', '=', id).execute();
};

export const deleteProfileTrust = async (tx: Tx, id: string): Promise<void> => {
  await tx.changed('profile-trust', id).deleteFrom('profile_trusts').where('id', '=', id).execute();
};
