import type { Db, Tx } from '../../database/database.ts';
import type { AuthOptionsRow, RegistryTokenRow } from '../../database/schema.ts';

export const findRegistryToken = (db: Db, id: string): Promise<RegistryTokenRow | undefined> =>
  db.selectFrom('registry_tokens').selectAll().where('id', '=', id).executeTakeFirst();

/** An account's tokens in a region by id, after `after`; never those that have expired. */
export const listRegistryTokens = (
  db: Db,
  query: { accountId: string; regionId: string; now: number; after: string; limit: number },
): Promise<RegistryTokenRow[]> =>
  db
    .selectFrom('registry_tokens')
    .selectAll()
    .where('account_id', '=', query.accountId)
    .where('region_id', '=', query.regionId)
    .where('id', '>', query.after)
    .where((is) => is.or([is('expires_at', 'is', null), is('expires_at', '>', query.now)]))
    .orderBy('id')
    .limit(query.limit)
    .execute();

/** Tokens of every account by their ids, behind `after`. */
export const registryTokensAfter = (db: Db, after: string, limit: number): Promise<RegistryTokenRow[]> =>
  db.selectFrom('registry_tokens').selectAll().where('id', '>', after).orderBy('id').limit(limit).execute();

export const insertRegistryToken = async (tx: Tx, row: RegistryTokenRow): Promise<void> => {
  await tx.changed('registry-token', row.id).insertInto('registry_tokens').values(row).execute();
};

export const deleteRegistryToken = async (tx: Tx, id: string): Promise<void> => {
  await tx.changed('registry-token', id).deleteFrom('registry_tokens').where('id', '=', id).execute();
};

/** How many tokens an account has in all regions; not counted beyond `most`. */
export const countRegistryTokens = async (db: Db, accountId: string, most: number): Promise<number> => {
  const { count } = await db
    .selectFrom((from) =>
      from
        .selectFrom('registry_tokens')
        .select('account_id')
        .where('account_id', '=', accountId)
        .limit(most)
        .as('counted'),
    )
    .select(({ fn }) => fn.countAll().as('count'))
    .executeTakeFirstOrThrow();
  return Number(count);
};

/** Tokens that have expired, oldest first. */
export const expiredRegistryTokens = (db: Db, now: number, limit: number): Promise<RegistryTokenRow[]> =>
  db
    .selectFrom('registry_tokens')
    .selectAll()
    .where('expires_at', '<=', now)
    .orderBy('expires_at')
    .limit(limit)
    .execute();

/** Tokens one signing key signed, by id, after `after`. */
export const registryTokensSignedBy = (
  db: Db,
  { keyId, after, limit }: { keyId: string; after: string; limit: number },
): Promise<RegistryTokenRow[]> =>
  db
    .selectFrom('registry_tokens')
    .selectAll()
    .where('signing_key_id', '=', keyId)
    .where('id', '>', after)
    .orderBy('id')
    .limit(limit)
    .execute();

/** Logins with a token since the last time, and from where the last of them was. */
export interface RegistryTokenUse {
  readonly id: string;
  readonly at: number;
  readonly times: number;
  readonly from: string | undefined;
  readonly with: string | undefined;
}

/** Adds what was seen of a token since the last time. */
export const noteRegistryTokenUse = async (
  tx: Tx,
  { id, at, times, from, with: client }: RegistryTokenUse,
): Promise<void> => {
  await tx.noting
    .updateTable('registry_tokens')
    .set((set) => ({
      last_used_at: at,
      use_count: set('use_count', '+', times),
      last_used_from: from ?? null,
      last_used_with: client ?? null,
    }))
    .where('id', '=', id)
    .execute();
};

export const findAuthOptions = (
  db: Db,
  accountId: string,
  regionId: string,
): Promise<AuthOptionsRow | undefined> =>
  db
    .selectFrom('auth_options')
    .selectAll()
    .where('account_id', '=', accountId)
    .where('region_id', '=', regionId)
    .executeTakeFirst();

export const putAuthOptions = async (tx: Tx, row: AuthOptionsRow): Promise<void> => {
  const { account_id: _account, region_id: _region, ...set } = row;
  await tx
    .changed('auth-options', `${row.account_id}/${row.region_id}`)
    .insertInto('auth_options')
    .values(row)
    .onConflict((conflict) => conflict.columns(['account_id', 'region_id']).doUpdateSet(set))
    .execute();
};

/** Tokens that end until a time, those first that end first. */
export const registryTokensEnding = (
  db: Db,
  {
    after,
    until,
    limit,
  }: { after: { readonly at: number; readonly id: string }; until: number; limit: number },
): Promise<RegistryTokenRow[]> =>
  db
    .selectFrom('registry_tokens')
    .selectAll()
    .where('expires_at', '>=', after.at)
    .where('expires_at', '<=', until)
    .where(({ eb, refTuple, tuple }) => eb(refTuple('expires_at', 'id'), '>', tuple(after.at, after.id)))
    .orderBy('expires_at')
    .orderBy('id')
    .limit(limit)
    .execute();
