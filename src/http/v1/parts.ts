import type { FastifyRequest } from 'fastify';
import type { Action, Resource } from '../../access/actions/actions.ts';
import type { Access } from '../../access/decision/access.ts';
import type { Policies } from '../../access/policies/policies.ts';
import { RegistryError } from '../../errors.ts';
import type { Accounts } from '../../identity/accounts/accounts.ts';
import type { Credential } from '../../identity/login/credential.ts';
import type { RegistryTokens, TokenScope } from '../../identity/registry-tokens/registry-tokens.ts';
import type { Collection } from '../../lifecycle/room.ts';
import type { Images } from '../../registry/room.ts';
import type { Namespaces, Quotas, Region, Regions, ResourceGroups } from '../../tenancy/room.ts';
import { accountHeader, type Needs } from '../needs.ts';
import type { Origin } from '../origin.ts';
import type { Request } from '../request.ts';

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
export const inAccount =
  (origin: Origin) =>
  (request: FastifyRequest, credential: Credential): Resource => {
    const accountId = accountHeader(request, credential);
    const { id, names } = regionOf(request, origin);
    return { accountId, region: names, regionId: id };
  };

export const regionOf = (request: FastifyRequest, origin: Origin): Region => {
  const region = origin.region(request.raw as Request);
  if (!region)
    throw new RegistryError('NOT_FOUND', {
      message: 'no region answers on this host name; GET /api/v1/regions lists them',
    });
  return region;
};

/** The account of the request in the region it was sent to. */
export const scopeOf = (request: FastifyRequest, origin: Origin): TokenScope => ({
  accountId: accountHeader(request, request.credential),
  regionId: regionOf(request, origin).id,
});

/** What only the operator may do: an Administrator of the first account. */
export const operator = (action: Action, accounts: Accounts): Needs => ({
  action,
  on: async () => {
    const accountId = await accounts.operators();
    return accountId === undefined ? undefined : { accountId };
  },
});
