import type { Db, Tx } from '../../database/database.ts';
import type { OneTimeCodeRow } from '../../database/iam-schema.ts';

export const findOneTimeCode = (db: Db, hash: string): Promise<OneTimeCodeRow | undefined> =>
  db.selectFrom('one_time_codes').selectAll().where('code_hash', '=', hash).executeTakeFirst();

export const findOneTimeCodeById = (db: Db, id: string): Promise<OneTimeCodeRow | undefined> =>
  db.selectFrom('one_time_codes').selectAll().where('id', '=', id).executeTakeFirst();

export interface PendingInvitationRow {
  readonly id: string;
  readonly iam_id: string;
  readonly email: string;
  readonly created_at: number;
  readonly created_by: string;
  readonly expires_at: number;
}

/** Invitations of an account that can still be accepted, by their iam_id, after `after`. An invitation has one code. */
export const pendingInvitations = (
  db: Db,
  { accountId, now, after, limit }: { accountId: string; now: number; after: string; limit: number },
): Promise<PendingInvitationRow[]> =>
  db
    .selectFrom('one_time_codes')
    .innerJoin('users', 'users.iam_id', 'one_time_codes.iam_id')
    .select([
      'one_time_codes.id',
      'one_time_codes.iam_id',
      'users.email',
      'one_time_codes.created_at',
      'one_time_codes.created_by',
      'one_time_codes.expires_at',
    ])
    .where('one_time_codes.account_id', '=', accountId)
    .where('one_time_codes.purpose', '=', 'invitation')
    .where('one_time_codes.expires_at', '>', now)
    .where('one_time_codes.iam_id', '>', after)
    .orderBy('one_time_codes.iam_id')
    .limit(limit)
    .execute();

export const insertOneTimeCode = async (tx: Tx, row: OneTimeCodeRow): Promise<void> => {
  await tx.uncached.insertInto('one_time_codes').values(row).execute();
};

export const deleteOneTimeCode = async (tx: Tx, id: string): Promise<void> => {
  await tx.uncached.deleteFrom('one_time_codes').where('id', '=', id).execute();
};

/** Every code for an identity in an account; of one purpose where that is given. */
export const deleteOneTimeCodesOf = async (
  tx: Tx,
  { accountId, iamId, purpose }: { accountId: string; iamId: string; purpose?: OneTimeCodeRow['purpose'] },
): Promise<void> => {
  const all = tx.uncached
    .deleteFrom('one_time_codes')
    .where('account_id', '=', accountId)
    .where('iam_id', '=', iamId);
  await (purpose === undefined ? all : all.where('purpose', '=', purpose)).execute();
};

/** Codes past their time, oldest first. */
export const expiredOneTimeCodes = async (db: Db, now: number, limit: number): Promise<string[]> => {
  const rows = await db
    .selectFrom('one_time_codes')
    .select('id')
    .where('expires_at', '<=', now)
    .orderBy('expires_at')
    .limit(limit)
    .execute();
  return rows.map(({ id }) => id);
};

/** Invitations that end until a time, those first that end first, with the address they were sent to. */
export const invitationsEnding = (
  db: Db,
  {
    after,
    until,
    limit,
  }: { after: { readonly at: number; readonly id: string }; until: number; limit: number },
): Promise<(PendingInvitationRow & { readonly account_id: string })[]> =>
  db
    .selectFrom('one_time_codes')
    .innerJoin('users', 'users.iam_id', 'one_time_codes.iam_id')
    .select([
      'one_time_codes.id',
      'one_time_codes.account_id',
      'one_time_codes.iam_id',
      'users.email',
      'one_time_codes.created_at',
      'one_time_codes.created_by',
      'one_time_codes.expires_at',
    ])
    .where('one_time_codes.purpose', '=', 'invitation')
    .where('one_time_codes.expires_at', '>=', after.at)
    .where('one_time_codes.expires_at', '<=', until)
    .where(({ eb, refTuple, tuple }) =>
      eb(refTuple('one_time_codes.expires_at', 'one_time_codes.id'), '>', tuple(after.at, after.id)),
    )
    .orderBy('one_time_codes.expires_at')
    .orderBy('one_time_codes.id')
    .limit(limit)
    .execute();
