import { sql } from 'kysely';
import type { Db, Tx } from '../../database/database.ts';
import type { PolicyRow } from '../../database/iam-schema.ts';

/** The largest document of a policy, in bytes. Larger ones were stored before there was a bound. */
export const MOST_BYTES = 16 << 10;

/** What decisions read of a policy. */
export type DecidedRow = Pick<
  PolicyRow,
  'id' | 'account_id' | 'version' | 'type' | 'subject' | 'state' | 'document'
>;

/**
 * A part of the active policies of some subjects (an identity and its groups) in one account, by subject and id. The
 * document is empty where it is larger than MOST_BYTES.
 */
export const policiesOfSubjects = (
  db: Db,
  accountId: string,
  subjects: readonly string[],
  { after, limit }: { after?: Pick<PolicyRow, 'subject' | 'id'> | undefined; limit: number },
): Promise<DecidedRow[]> => {
  const query = db
    .selectFrom('policies')
    .select(['id', 'account_id', 'version', 'type', 'subject', 'state'])
    .select(
      sql<string>`case when octet_length(document) <= ${MOST_BYTES} then document else '' end`.as('document'),
    )
    .where('account_id', '=', accountId)
    .where('subject', 'in', subjects)
    .where('state', '=', 'active')
    .orderBy('subject')
    .orderBy('id')
    .limit(limit);
  const next = after
    ? query.where(({ eb, or, and }) =>
        or([
          eb('subject', '>', after.subject),
          and([eb('subject', '=', after.subject), eb('id', '>', after.id)]),
        ]),
      )
    : query;
  return next.execute();
};

export const findPolicy = (db: Db, id: string): Promise<PolicyRow | undefined> =>
  db.selectFrom('policies').selectAll().where('id', '=', id).executeTakeFirst();

export interface PolicyPart {
  readonly subject: string | undefined;
  readonly state: PolicyRow['state'];
  /** The id before the first one. */
  readonly after: string;
  readonly limit: number;
}

/** A part of an account's policies, or of those of one subject, in order of their ids. */
export const listPolicies = (
  db: Db,
  accountId: string,
  { subject, state, after, limit }: PolicyPart,
): Promise<PolicyRow[]> => {
  const query = db
    .selectFrom('policies')
    .selectAll()
    .where('account_id', '=', accountId)
    .where('state', '=', state)
    .where('id', '>', after)
    .orderBy('id')
    .limit(limit);
  return (subject === undefined ? query : query.where('subject', '=', subject)).execute();
};

/** A part of an account's active policies in whose documents a text stands, in upper or lower case, by their ids. */
export const policiesContaining = (
  db: Db,
  accountId: string,
  text: string,
  { after, limit }: Pick<PolicyPart, 'after' | 'limit'>,
): Promise<PolicyRow[]> =>
  db
    .selectFrom('policies')
    .selectAll()
    .where('account_id', '=', accountId)
    .where('state', '=', 'active')
    .where('id', '>', after)
    .where(hasText(text))
    .orderBy('id')
    .limit(limit)
    .execute();

const hasText = (text: string) =>
  sql<boolean>`document like ${`%${text.replaceAll(/[\\%_]/g, '\\$&')}%`} escape '\\'`;

/** Names in the change feed: the policies of those subjects that have an active one with a text in it, in upper or lower case. */
export const subjectKeysContaining = async (db: Db, accountId: string, text: string): Promise<string[]> => {
  const keys: string[] = [];
  for (let after = ''; ; ) {
    const rows = await subjectsContaining(db, accountId, text, { after, limit: SUBJECTS_AT_ONCE });
    keys.push(...rows.map(({ subject }) => subjectKey({ account_id: accountId, subject })));
    if (rows.length < SUBJECTS_AT_ONCE) return keys;
    after = rows.at(-1)?.subject ?? after;
  }
};

const SUBJECTS_AT_ONCE = 200;

/** A part of the subjects that have an active policy with a text in it, in order. */
export const subjectsContaining = (
  db: Db,
  accountId: string,
  text: string,
  { after, limit }: Pick<PolicyPart, 'after' | 'limit'>,
): Promise<{ subject: string }[]> =>
  db
    .selectFrom('policies')
    .select('subject')
    .distinct()
    .where('account_id', '=', accountId)
    .where('subject', '>', after)
    .where('state', '=', 'active')
    .where(hasText(text))
    .orderBy('subject')
    .limit(limit)
    .execute();

/** How large policies of all accounts are, after this id, in order of their ids. */
export const policySizes = async (
  db: Db,
  { after, limit }: { after: string; limit: number },
): Promise<(Pick<PolicyRow, 'id' | 'account_id' | 'subject' | 'state'> & { bytes: number })[]> => {
  const rows = await db
    .selectFrom('policies')
    .select(['id', 'account_id', 'subject', 'state'])
    .select(sql<number>`octet_length(document)`.as('bytes'))
    .where('id', '>', after)
    .orderBy('id')
    .limit(limit)
    .execute();
  return rows.map((row) => ({ ...row, bytes: Number(row.bytes) }));
};

/** Active policies that state the same subject, resource and time; their roles may differ. */
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

export const insertPolicy = async (tx: Tx, row: PolicyRow): Promise<void> => {
  await tx.changed('policy', subjectKey(row)).insertInto('policies').values(row).execute();
};

/** Replaces a policy. Its subject may change: then both subjects' rights change. */
export const updatePolicy = async (
  tx: Tx,
  { before, after }: { before: PolicyRow; after: PolicyRow },
): Promise<void> => {
  const { id, ...set } = after;
  const keys = new Set([subjectKey(before), subjectKey(after)]);
  await tx
    .changed('policy', ...keys)
    .updateTable('policies')
    .set(set)
    .where('id', '=', id)
    .execute();
};

/** Removes for good the policies that were deleted before this time. No cache holds them any more. */
export const dropDeletedPolicies = async (tx: Tx, accountId: string, before: number): Promise<void> => {
  await tx
    .changed('policy')
    .deleteFrom('policies')
    .where('account_id', '=', accountId)
    .where('state', '=', 'deleted')
    .where('modified_at', '<', before)
    .execute();
};

/** Removes for good every policy of an identity or group. */
export const deletePoliciesOfSubject = async (tx: Tx, accountId: string, subject: string): Promise<void> => {
  await tx
    .changed('policy', subjectKey({ account_id: accountId, subject }))
    .deleteFrom('policies')
    .where('account_id', '=', accountId)
    .where('subject', '=', subject)
    .execute();
};

/** How the change feed and the caches name the policies of one subject. */
const subjectKey = ({ account_id, subject }: Pick<PolicyRow, 'account_id' | 'subject'>): string =>
  `${account_id}/${subject}`;

/** Policies of every account by id, after `after`: to walk through all of them. */
export const policiesAfter = (db: Db, after: string, limit: number): Promise<PolicyRow[]> =>
  db.selectFrom('policies').selectAll().where('id', '>', after).orderBy('id').limit(limit).execute();
