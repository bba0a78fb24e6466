import type { Db, Tx } from '../../database/database.ts';
import { type EntityPage, onPage } from '../../database/entity-page.ts';
import type { ActivityReportRow } from '../../database/iam-schema.ts';
import type { KeyHolderKind } from '../../database/schema.ts';

export const insertActivityReport = async (tx: Tx, row: ActivityReportRow): Promise<void> => {
  await tx.uncached.insertInto('activity_reports').values(row).execute();
};

export const findActivityReport = (db: Db, id: string): Promise<ActivityReportRow | undefined> =>
  db.selectFrom('activity_reports').selectAll().where('id', '=', id).executeTakeFirst();

export const latestActivityReport = (db: Db, accountId: string): Promise<ActivityReportRow | undefined> =>
  db
    .selectFrom('activity_reports')
    .selectAll()
    .where('account_id', '=', accountId)
    .orderBy('created_at', 'desc')
    .limit(1)
    .executeTakeFirst();

export const deleteActivityReportsBefore = async (tx: Tx, accountId: string, time: number): Promise<void> => {
  await tx.uncached
    .deleteFrom('activity_reports')
    .where('account_id', '=', accountId)
    .where('created_at', '<', time)
    .execute();
};

/** Since when, and which part of the list. */
export interface InactiveAsk {
  readonly accountId: string;
  readonly before: number;
  readonly page: EntityPage;
}

export interface InactiveKey {
  id: string;
  name: string;
  iam_id: string;
  identity_kind: KeyHolderKind;
  last_authn_at: number | null;
}

/** Keys that were there before a time and did not sign in since, by their identity. */
export const inactiveApiKeys = (db: Db, { accountId, before, page }: InactiveAsk): Promise<InactiveKey[]> =>
  db
    .selectFrom('api_keys')
    .select(['id', 'name', 'iam_id', 'identity_kind', 'last_authn_at'])
    .where('account_id', '=', accountId)
    .where('created_at', '<', before)
    .where((condition) =>
      condition.or([condition('last_authn_at', 'is', null), condition('last_authn_at', '<', before)]),
    )
    .where(onPage(page, 'iam_id'))
    .orderBy('iam_id')
    .orderBy('id')
    .limit(page.limit)
    .execute();

export interface InactiveProfile {
  id: string;
  name: string;
  last_authn_at: number | null;
}

export const inactiveProfiles = (
  db: Db,
  { accountId, before, page }: InactiveAsk,
): Promise<InactiveProfile[]> =>
  db
    .selectFrom('profiles')
    .select(['id', 'name', 'last_authn_at'])
    .where('account_id', '=', accountId)
    .where('created_at', '<', before)
    .where((condition) =>
      condition.or([condition('last_authn_at', 'is', null), condition('last_authn_at', '<', before)]),
    )
    .where(onPage(page, 'id'))
    .orderBy('id')
    .limit(page.limit)
    .execute();

export interface Member {
  iam_id: string;
  user_name: string;
  email: string;
  first_name: string;
  last_name: string;
  added_at: number;
}

/** The users of an account, by iam_id, after one. */
export const membersAfter = (db: Db, accountId: string, after: string, limit: number): Promise<Member[]> =>
  db
    .selectFrom('memberships')
    .innerJoin('users', 'users.iam_id', 'memberships.iam_id')
    .select([
      'users.iam_id',
      'users.user_name',
      'users.email',
      'users.first_name',
      'users.last_name',
      'memberships.added_at',
    ])
    .where('memberships.account_id', '=', accountId)
    .where('memberships.iam_id', '>', after)
    .orderBy('memberships.iam_id')
    .limit(limit)
    .execute();

/** When each of these identities of an account last signed in with a key, or was last seen in a session. */
export const lastSeen = async (
  db: Db,
  accountId: string,
  iamIds: readonly string[],
): Promise<Map<string, number>> => {
  if (iamIds.length === 0) return new Map();
  const keys = await db
    .selectFrom('api_keys')
    .select((select) => ['iam_id', select.fn.max('last_authn_at').as('at')])
    .where('account_id', '=', accountId)
    .where('iam_id', 'in', iamIds)
    .groupBy('iam_id')
    .execute();
  const sessions = await db
    .selectFrom('sessions')
    .select((select) => ['iam_id', select.fn.max('last_active_at').as('at')])
    .where('account_id', '=', accountId)
    .where('iam_id', 'in', iamIds)
    .groupBy('iam_id')
    .execute();
  const seen = new Map<string, number>();
  for (const { iam_id: iamId, at } of [...keys, ...sessions])
    if (at !== null) seen.set(iamId, Math.max(seen.get(iamId) ?? 0, Number(at)));
  return seen;
};
