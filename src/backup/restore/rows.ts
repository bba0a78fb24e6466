import type { Db } from '../../database/database.ts';

/** An image that a drill can pull: of an account that is active. */
export interface ImageToPull {
  readonly accountId: string;
  /** The region's name. */
  readonly region: string;
  /** Namespace and name. */
  readonly repository: string;
  readonly tag: string;
}

/** Any image that has a tag, or the one of this repository and tag. */
export const findImageToPull = (
  db: Db,
  named: { readonly repository: string; readonly tag: string } | undefined,
): Promise<ImageToPull | undefined> => {
  let query = db
    .selectFrom('tags')
    .innerJoin('repositories', 'repositories.id', 'tags.repository_id')
    .innerJoin('namespaces', 'namespaces.id', 'repositories.namespace_id')
    .innerJoin('accounts', 'accounts.id', 'namespaces.account_id')
    .innerJoin('regions', 'regions.id', 'repositories.region_id')
    .select(['accounts.id as accountId', 'regions.name as region'])
    .select(['repositories.name as repository', 'tags.name as tag'])
    .where('accounts.state', '=', 'ACTIVE');
  if (named)
    query = query.where('repositories.name', '=', named.repository).where('tags.name', '=', named.tag);
  return query.limit(1).executeTakeFirst();
};
