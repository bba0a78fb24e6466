import type { Db, Tx } from '../../database/database.ts';
import { type EntityPage, onPage } from '../../database/entity-page.ts';
import type { ApiKeyRow, KeyHolderKind } from '../../database/schema.ts';

export const findApiKey = (db: Db, id: string): Promise<ApiKeyRow | undefined> =>
  db.selectFrom('api_keys').selectAll().where('id', '=', id).executeTakeFirst();

export const findApiKeyByHash = (db: Db, hash: string): Promise<ApiKeyRow | undefined> =>
  db.selectFrom('api_keys').selectAll().where('secret_hash', '=', hash).executeTakeFirst();

/** By the secret that a rotation replaced, whether it still signs in or not. */
export const findApiKeyByPreviousHash = (db: Db, hash: string): Promise<ApiKeyRow | undefined> =>
  db.selectFrom('api_keys').selectAll().where('previous_hash', '=', hash).executeTakeFirst();

/** Which keys a list is of: one identity's, or those of a whole account. */
export interface ApiKeysOf {
  readonly accountId: string;
  readonly iamId: string | undefined;
  readonly kind: KeyHolderKind | undefined;
}

/** Keys by id (an account's by their identity), unless the page says otherwise; never those that have expired. */
export const listApiKeys = (
  db: Db,
  { of, now, page }: { of: ApiKeysOf; now: number; page: EntityPage },
): Promise<ApiKeyRow[]> => {
  const by = page.sort ?? (of.iamId === undefined ? 'iam_id' : 'id');
  const direction = page.descending ? 'desc' : 'asc';
  let query = db.selectFrom('api_keys').selectAll().where('account_id', '=', of.accountId);
  if (of.iamId !== undefined) query = query.where('iam_id', '=', of.iamId);
  if (of.kind !== undefined) query = query.where('identity_kind', '=', of.kind);
  query = query
    .where((condition) =>
      condition.or([condition('expires_at', 'is', null), condition('expires_at', '>', now)]),
    )
    .where(onPage(page, by))
    .orderBy(by, direction)
    .limit(page.limit);
  return (by === 'id' ? query : query.orderBy('id', direction)).execute();
};

/** All of one identity, expired or not: 20 at most. */
export const apiKeysOfIdentity = (db: Db, accountId: string, iamId: string): Promise<ApiKeyRow[]> =>
  db
    .selectFrom('api_keys')
    .selectAll()
    .where('account_id', '=', accountId)
    .where('iam_id', '=', iamId)
    .orderBy('id')
    .execute();

/** The ids of keys that expired before a time, oldest first. */
export const apiKeysExpiredBefore = async (db: Db, time: number, limit: number): Promise<string[]> => {
  const rows = await db
    .selectFrom('api_keys')
    .select('id')
    .where('expires_at', '<', time)
    .orderBy('expires_at')
    .limit(limit)
    .execute();
  return rows.map(({ id }) => id);
};

/** Keys of every account by their ids, behind `after`. */
export const apiKeysAfter = (db: Db, after: string, limit: number): Promise<ApiKeyRow[]> =>
  db.selectFrom('api_keys').selectAll().where('id', '>', after).orderBy('id').limit(limit).execute();

export const countApiKeys = async (db: Db, accountId: string, iamId: string): Promise<number> => {
  const { count } = await db
    .selectFrom('api_keys')
    .select((select) => select.fn.countAll<number>().as('count'))
    .where('account_id', '=', accountId)
    .where('iam_id', '=', iamId)
    .executeTakeFirstOrThrow();
  return Number(count);
};

export const insertApiKey = async (tx: Tx, row: ApiKeyRow): Promise<void> => {
  await tx.changed('api-key', row.id).insertInto('api_keys').values(row).execute();
};

/** The whole row as it is to be; what is counted of its use stays. */
export const updateApiKey = async (tx: Tx, row: ApiKeyRow): Promise<void> => {
  const { last_authn_at: _last, authn_count: _count, ...set } = row;
  await tx.changed('api-key', row.id).updateTable('api_keys').set(set).where('id', '=', row.id).execute();
};

export const deleteApiKey = async (tx: Tx, id: string): Promise<void> => {
  await tx.changed('api-key', id).deleteFrom('api_keys').where('id', '=', id).execute();
};

/** All keys of one identity in one account. */
export const deleteApiKeysOfIdentity = (tx: Tx, accountId: string, iamId: string): Promise<void> =>
  tx.changing('api-key', async (tables) => {
    const rows = await tables
      .deleteFrom('api_keys')
      .where('account_id', '=', accountId)
      .where('iam_id', '=', iamId)
      .returning('id')
      .execute();
    return { ids: rows.map(({ id }) => id), answer: undefined };
  });

/** Adds what was seen of a key since the last time: how often it signed in, and when last. */
export const noteApiKeyUse = async (tx: Tx, id: string, at: number, times: number): Promise<void> => {
  await tx.noting
    .updateTable('api_keys')
    .set((set) => ({ last_authn_at: at, authn_count: set('authn_count', '+', times) }))
    .where('id', '=', id)
    .execute();
};

/** Last use of one secret of a key. Replicas write in any order: an earlier time never replaces a later one. */
export interface SecretUse {
  readonly id: string;
  readonly number: number;
  readonly at: number;
  readonly from: string | undefined;
  readonly with: string | undefined;
}

export const noteSecretUse = async (tx: Tx, use: SecretUse): Promise<void> => {
  const { at } = use;
  const [from, client] = [use.from ?? null, use.with ?? null];
  await tx.noting
    .updateTable('api_keys')
    .set({ secret_used_at: at, secret_used_from: from, secret_used_with: client })
    .where('id', '=', use.id)
    .where((it) =>
      use.number === 1
        ? it.or([it('secret_number', 'is', null), it('secret_number', '=', 1)])
        : it('secret_number', '=', use.number),
    )
    .where((it) => it.or([it('secret_used_at', 'is', null), it('secret_used_at', '<=', at)]))
    .execute();
  await tx.noting
    .updateTable('api_keys')
    .set({ previous_used_at: at, previous_used_from: from, previous_used_with: client })
    .where('id', '=', use.id)
    .where('secret_number', '=', use.number + 1)
    .where('previous_hash', 'is not', null)
    .where((it) => it.or([it('previous_used_at', 'is', null), it('previous_used_at', '<=', at)]))
    .execute();
};

/** What ends until a time: where the last page ended, and how many. */
export interface Ending {
  readonly after: { readonly at: number; readonly id: string };
  readonly until: number;
  readonly limit: number;
}

/** Keys that end until a time, those first that end first. */
export const apiKeysEnding = (db: Db, { after, until, limit }: Ending): Promise<ApiKeyRow[]> =>
  db
    .selectFrom('api_keys')
    .selectAll()
    .where('expires_at', '>=', after.at)
    .where('expires_at', '<=', until)
    .where(({ eb, refTuple, tuple }) => eb(refTuple('expires_at', 'id'), '>', tuple(after.at, after.id)))
    .orderBy('expires_at')
    .orderBy('id')
    .limit(limit)
    .execute();
