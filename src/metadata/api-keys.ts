import type { Db } from './database.ts';
import type { ApiKeyRow } from './schema.ts';

export const findApiKey = (db: Db, id: string): Promise<ApiKeyRow | undefined> =>
  db.selectFrom('api_keys').selectAll().where('id', '=', id).executeTakeFirst();

export const findApiKeyByHash = (db: Db, hash: string): Promise<ApiKeyRow | undefined> =>
  db.selectFrom('api_keys').selectAll().where('secret_hash', '=', hash).executeTakeFirst();

/** Keys of one identity in one account, by id, after `after`; never those that have expired. */
export const listApiKeys = (
  db: Db,
  {
    accountId,
    iamId,
    now,
    after,
    limit,
  }: { accountId: string; iamId: string; now: number; after: string; limit: number },
): Promise<ApiKeyRow[]> =>
  db
    .selectFrom('api_keys')
    .selectAll()
    .where('account_id', '=', accountId)
    .where('iam_id', '=', iamId)
    .where('id', '>', after)
    .where((condition) =>
      condition.or([condition('expires_at', 'is', null), condition('expires_at', '>', now)]),
    )
    .orderBy('id')
    .limit(limit)
    .execute();

export const countApiKeys = async (db: Db, accountId: string, iamId: string): Promise<number> => {
  const { count } = await db
    .selectFrom('api_keys')
    .select((select) => select.fn.countAll<number>().as('count'))
    .where('account_id', '=', accountId)
    .where('iam_id', '=', iamId)
    .executeTakeFirstOrThrow();
  return Number(count);
};

export const insertApiKey = async (db: Db, row: ApiKeyRow): Promise<void> => {
  await db.insertInto('api_keys').values(row).execute();
};

export const deleteApiKey = async (db: Db, id: string): Promise<void> => {
  await db.deleteFrom('api_keys').where('id', '=', id).execute();
};

/** Adds what was seen of a key since the last time: how often it signed in, and when last. */
export const noteApiKeyUse = async (db: Db, id: string, at: number, times: number): Promise<void> => {
  await db
    .updateTable('api_keys')
    .set((set) => ({ last_authn_at: at, authn_count: set('authn_count', '+', times) }))
    .where('id', '=', id)
    .execute();
};
