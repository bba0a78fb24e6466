import type { Resource } from '../access/actions/actions.ts';
import type { Namespace } from '../tenancy/namespaces/namespaces.ts';
import type { Region } from '../tenancy/regions/regions.ts';

/** A namespace, or a repository in it, as decisions see it: by names, which policies match, and by ids, which tokens bind. */
export const resourceOf = (region: Region, namespace: Namespace, repository?: string): Resource => ({
  accountId: namespace.account_id,
  region: region.names,
  regionId: region.id,
  namespace: namespace.name,
  namespaceId: namespace.id,
  // the default group's id is the account's
  resourceGroupId: namespace.resource_group_id ?? namespace.account_id,
  ...(repository === undefined ? {} : { repository }),
});
