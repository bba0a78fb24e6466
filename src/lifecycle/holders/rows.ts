import type { Db } from '../../database/database.ts';
import { REMOVED } from '../../tenancy/tx.ts';

/*
 * What holds a digest, for an operator who asks. Each answer is bounded and found through an index.
 */

export interface Holder {
  readonly repository_id: string;
  readonly repository: string;
  readonly region_id: string;
}

/** Repositories that link the blob, by id. */
export const linksOfDigest = async (
  db: Db,
  digest: string,
  limit: number,
): Promise<(Holder & { touched_at: number })[]> =>
  db
    .selectFrom('repository_blobs as link')
    .innerJoin('repositories as repository', 'repository.id', 'link.repository_id')
    .select(['link.repository_id', 'repository.name as repository', 'repository.region_id'])
    .select(({ fn }) => fn.coalesce('link.touched_at', 'link.created_at').as('touched_at'))
    .where('link.digest', '=', digest)
    .where('repository.region_id', '<>', REMOVED)
    .limit(limit)
    .execute();

/** Repositories that have a manifest of this digest. */
export const manifestsOfDigest = async (
  db: Db,
  digest: string,
  limit: number,
): Promise<(Holder & { media_type: string })[]> =>
  db
    .selectFrom('manifests')
    .innerJoin('repositories as repository', 'repository.id', 'manifests.repository_id')
    .select([
      'manifests.repository_id',
      'repository.name as repository',
      'repository.region_id',
      'manifests.media_type',
    ])
    .where('manifests.digest', '=', digest)
    .where('repository.region_id', '<>', REMOVED)
    .limit(limit)
    .execute();
