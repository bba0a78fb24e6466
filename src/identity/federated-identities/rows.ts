import type { Db, Tx } from '../../database/database.ts';
import type { FederatedIdentityRow } from '../../database/federation-schema.ts';

/** Providers through which one person may sign in. */
export const MOST_IDENTITIES = 20;

export const findFederatedIdentity = (db: Db, id: string): Promise<FederatedIdentityRow | undefined> =>
  db.selectFrom('federated_identities').selectAll().where('id', '=', id).executeTakeFirst();

export const findFederatedIdentityOf = (
  db: Db,
  issuer: string,
  subject: string,
): Promise<FederatedIdentityRow | undefined> =>
  db
    .selectFrom('federated_identities')
    .selectAll()
    .where('issuer', '=', issuer)
    .where('subject', '=', subject)
    .executeTakeFirst();

/** A person's, the oldest first. */
export const federatedIdentitiesOfUser = async (db: Db, iamId: string): Promise<FederatedIdentityRow[]> => {
  const rows = await db
    .selectFrom('federated_identities')
    .selectAll()
    .where('iam_id', '=', iamId)
    .limit(MOST_IDENTITIES)
    .execute();
  return rows.sort((a, b) => a.created_at - b.created_at || (a.id < b.id ? -1 : 1));
};

/** Those of the members of an account, by iam_id behind `after`: all of each of `limit` people. */
export const federatedIdentitiesIn = (
  db: Db,
  { accountId, after, limit }: { accountId: string; after: string; limit: number },
): Promise<FederatedIdentityRow[]> =>
  db
    .selectFrom('federated_identities')
    .selectAll()
    .where('iam_id', 'in', (select) =>
      select
        .selectFrom('memberships')
        .select('memberships.iam_id')
        .where('memberships.account_id', '=', accountId)
        .where('memberships.iam_id', '>', after)
        .where(({ exists, selectFrom }) =>
          exists(
            selectFrom('federated_identities as own')
              .select('own.id')
              .whereRef('own.iam_id', '=', 'memberships.iam_id'),
          ),
        )
        .orderBy('memberships.iam_id')
        .limit(limit),
    )
    .orderBy('iam_id')
    .execute();

/** Those whose provider is to be asked, the longest overdue first. */
export const identitiesToCheck = (db: Db, now: number, limit: number): Promise<FederatedIdentityRow[]> =>
  db
    .selectFrom('federated_identities')
    .selectAll()
    .where('next_check_at', '<=', now)
    .orderBy('next_check_at')
    .limit(limit)
    .execute();

/** Caches know them by the person: one change forgets all that is known of one. */
export const insertFederatedIdentity = async (tx: Tx, row: FederatedIdentityRow): Promise<void> => {
  await tx.changed('federated-identity', row.iam_id).insertInto('federated_identities').values(row).execute();
};

export const changeFederatedIdentity = async (
  tx: Tx,
  { id, iam_id: iamId }: Pick<FederatedIdentityRow, 'id' | 'iam_id'>,
  set: Partial<Omit<FederatedIdentityRow, 'id' | 'issuer' | 'subject' | 'iam_id' | 'created_at'>>,
): Promise<void> => {
  await tx
    .changed('federated-identity', iamId)
    .updateTable('federated_identities')
    .set(set)
    .where('id', '=', id)
    .execute();
};

/** Who asks the provider, and until when no one else does: no right hangs on it. */
export const noteCheckLease = async (
  tx: Tx,
  id: string,
  lease: Pick<FederatedIdentityRow, 'check_lease' | 'check_lease_until'>,
): Promise<void> => {
  await tx.noting.updateTable('federated_identities').set(lease).where('id', '=', id).execute();
};

/** The next token for the next check, as the provider gave it to the check that has this lease: no right hangs on it. */
export const noteRefreshToken = async (
  tx: Tx,
  { id, lease, sealed }: { id: string; lease: string; sealed: string },
): Promise<void> => {
  await tx.noting
    .updateTable('federated_identities')
    .set({ refresh_token: sealed })
    .where('id', '=', id)
    .where('check_lease', '=', lease)
    .execute();
};

/** When the provider is asked next, where that is later than `at`: no right hangs on it. */
export const noteNextCheck = async (tx: Tx, iamId: string, at: number): Promise<void> => {
  await tx.noting
    .updateTable('federated_identities')
    .set({ next_check_at: at })
    .where('iam_id', '=', iamId)
    .where('next_check_at', '>', at)
    .execute();
};

export const deleteFederatedIdentity = async (
  tx: Tx,
  { id, iam_id: iamId }: Pick<FederatedIdentityRow, 'id' | 'iam_id'>,
): Promise<void> => {
  await tx
    .changed('federated-identity', iamId)
    .deleteFrom('federated_identities')
    .where('id', '=', id)
    .execute();
};

/** A backup's tokens were used up at the provider since: after a restore each person signs in again. */
export const endFederatedIdentities = async (tx: Tx, at: number): Promise<void> => {
  await tx.changing('federated-identity', async (tables) => {
    const rows = await tables
      .updateTable('federated_identities')
      .set({ ended_at: at, refresh_token: null, next_check_at: null })
      .where('ended_at', 'is', null)
      .returning('iam_id')
      .execute();
    return { ids: rows.map(({ iam_id }) => iam_id), answer: undefined };
  });
};
