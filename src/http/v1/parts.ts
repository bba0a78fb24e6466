import type { Resource } from '../../access/actions/actions.ts';
import type { Access } from '../../access/decision/access.ts';
import type { Policies } from '../../access/policies/policies.ts';
import type { Accounts } from '../../identity/accounts/accounts.ts';
import type { RegistryTokens, TokenScope } from '../../identity/registry-tokens/registry-tokens.ts';
import type { Collection } from '../../lifecycle/collection/collection.ts';
import type { Images } from '../../registry/images/images.ts';
import type { Namespaces } from '../../tenancy/namespaces/namespaces.ts';
import type { Quotas } from '../../tenancy/quotas/quotas.ts';
import type { Regions } from '../../tenancy/regions/regions.ts';
import type { ResourceGroups } from '../../tenancy/resource-groups/resource-groups.ts';
import type { RequestHead } from '../json-app.ts';
import { accountHeader, regionOf } from '../json-request.ts';
import type { Origin } from '../origin.ts';

/** The rooms the Container Registry API opens to. */
export interface V1Parts {
  readonly access: Access;
  readonly policies: Policies;
  readonly namespaces: Namespaces;
  readonly resourceGroups: ResourceGroups;
  readonly images: Images;
  readonly regions: Regions;
  readonly origin: Origin;
  readonly registryTokens: RegistryTokens;
  /** Lifetime of an expiring registry token, milliseconds. */
  readonly registryTokenTtl: number;
  readonly accounts: Accounts;
  readonly collection: Collection;
  readonly quotas: Quotas;
}

/** An account-wide resource: the account the `Account` header names, in the region the request was sent to. */
export const inAccount = (request: RequestHead): Resource => {
  const { id, names } = regionOf(request);
  return { accountId: accountHeader(request), region: names, regionId: id };
};

/** The account of the request in the region it was sent to. */
export const scopeOf = (request: RequestHead): TokenScope => ({
  accountId: accountHeader(request),
  regionId: regionOf(request).id,
});
