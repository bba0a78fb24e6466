import { sql } from 'kysely';
import type { Db } from '../../database/database.ts';
import type { ImageKey } from '../../registry/tx.ts';

/** What an account has in the trash of a region. */
export interface AccountTrash {
  readonly accountId: string;
  readonly regionId: string;
  /** Bytes that nothing else holds. */
  readonly bytes: number;
}

/** What accounts have in the trash, by their ids, behind one: often nothing, but to pass over those would have no bound. */
export const trashOfAccounts = (
  db: Db,
  after: { accountId: string; regionId: string },
  limit: number,
): Promise<AccountTrash[]> =>
  db
    .selectFrom('usage_counters')
    .select(['id as accountId', 'region_id as regionId'])
    .select(sql<number>`cast(sum(trash) as bigint)`.as('bytes'))
    .where('kind', '=', 'account')
    .where(({ eb, refTuple, tuple }) =>
      eb(refTuple('id', 'region_id'), '>', tuple(after.accountId, after.regionId)),
    )
    .groupBy(['id', 'region_id'])
    .orderBy('id')
    .orderBy('region_id')
    .limit(limit)
    .execute();

/** The images of an account that were deleted first and can still be restored. */
export const oldestTrash = (
  db: Db,
  query: { accountId: string; regionId: string; at: number; limit: number },
): Promise<ImageKey[]> =>
  db
    .selectFrom('trashed_manifests')
    .select(['repository_id as repositoryId', 'digest'])
    .where('account_id', '=', query.accountId)
    .where('region_id', '=', query.regionId)
    .where('expires_at', '>', query.at)
    .orderBy('deleted_at')
    .orderBy('repository_id')
    .orderBy('digest')
    .limit(query.limit)
    .execute();
