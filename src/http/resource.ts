import type { Resource } from '../access/room.ts';
import type { Namespace, Region } from '../tenancy/room.ts';

/** A namespace, or a repository in it, as decisions see it: by names, which policies match, and by ids, which tokens bind. */
export const resourceOf = (region: Region, namespace: Namespace, repository?: string): Resource => ({
  accountId: namespace.accountId,
  region: region.names,
  regionId: region.id,
  namespace: namespace.name,
  namespaceId: namespace.id,
  resourceGroupId: namespace.resourceGroupId,
  ...(repository === undefined ? {} : { repository }),
});
