import type { AccessRoom, Action, Resource } from '../../access/room.ts';
import type { Backup } from '../../backup/room.ts';
import type { Clock } from '../../clock.ts';
import type { Identity, TokenScope } from '../../identity/room.ts';
import type { Lifecycle } from '../../lifecycle/room.ts';
import type { Principal } from '../../principal.ts';
import type { Registry, RepositoryTarget } from '../../registry/room.ts';
import type { Region, Tenancy } from '../../tenancy/room.ts';
import type { Warnings } from '../../warnings/room.ts';
import type { WebhooksRoom } from '../../webhooks/room.ts';
import type { RequestHead } from '../json-app.ts';
import { accountHeader, regionOf } from '../json-request.ts';
import type { Needs } from '../needs.ts';
import type { Origin } from '../origin.ts';
import type { SystemState } from './system-state.ts';

/** The rooms the Container Registry API opens to. */
export interface V1Parts
  extends Pick<
      Identity,
      | 'accounts'
      | 'apiKeys'
      | 'invitations'
      | 'issuers'
      | 'profiles'
      | 'registryTokens'
      | 'serviceIds'
      | 'signingKeys'
      | 'users'
    >,
    Pick<AccessRoom, 'access' | 'accessGroups' | 'policies'>,
    Pick<
      Tenancy,
      'regions' | 'namespaces' | 'resourceGroups' | 'quotas' | 'stored' | 'registrySettings' | 'exemptions'
    >,
    Pick<
      Registry,
      | 'repositories'
      | 'reach'
      | 'repositoryListing'
      | 'tagListing'
      | 'images'
      | 'inspections'
      | 'attestations'
      | 'copies'
      | 'manifests'
      | 'protection'
      | 'trash'
      | 'holds'
      | 'turns'
    >,
    Pick<Lifecycle, 'collection' | 'retention'>,
    Pick<Backup, 'backups'>,
    Pick<WebhooksRoom, 'hooks' | 'deliveries'> {
  readonly warnings: Warnings;
  readonly system: () => Promise<SystemState>;
  readonly origin: Origin;
  /** What a right that is limited to tags covers, as at /v2/. Undefined where the caller holds none. */
  readonly tagRights: {
    find(question: {
      readonly principal: Principal;
      readonly region: Region;
      readonly target: RepositoryTarget;
      readonly action: Action;
    }): Promise<
      { covers(asked: { readonly of: 'digest'; readonly digest: string }): Promise<boolean> } | undefined
    >;
  };
  readonly clock: Clock;
  /** How long what nothing refers to may wait for what is to name it, milliseconds. */
  readonly grace: number;
  /** Lifetime of an expiring registry token, milliseconds. */
  readonly registryTokenTtl: number;
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

/** What only the operator may do: an Administrator of the first account. */
export const operator = (action: Action, accounts: Identity['accounts']): Needs => ({
  action,
  on: async () => {
    const accountId = await accounts.operators();
    return accountId === undefined ? undefined : { accountId };
  },
});
