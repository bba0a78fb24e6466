import type { Db } from '../../database/database.ts';
import type { ImageKey } from '../../registry/tx.ts';

/** What can be restored no more, those that ended first. */
export const expiredTrash = (db: Db, at: number, limit: number): Promise<ImageKey[]> =>
  db
    .selectFrom('trashed_manifests')
    .select(['repository_id as repositoryId', 'digest'])
    .where('expires_at', '<=', at)
    .orderBy('expires_at')
    .orderBy('repository_id')
    .orderBy('digest')
    .limit(limit)
    .execute();
