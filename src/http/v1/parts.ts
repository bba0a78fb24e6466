import { Readable } from 'node:stream';
import type { Access, Action, Policies, Resource } from '../../access/room.ts';
import type { Accounts, RegistryTokens, TokenScope } from '../../identity/room.ts';
import type { Collection } from '../../lifecycle/room.ts';
import type { Images } from '../../registry/room.ts';
import type { Namespaces, Quotas, Regions, ResourceGroups } from '../../tenancy/room.ts';
import type { JsonReply, RequestHead } from '../json-app.ts';
import { accountHeader, regionOf } from '../json-request.ts';
import type { Needs } from '../needs.ts';
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

/** What only the operator may do: an Administrator of the first account. */
export const operator = (action: Action, accounts: Accounts): Needs => ({
  action,
  on: async () => {
    const accountId = await accounts.operators();
    return accountId === undefined ? undefined : { accountId };
  },
});

/** Sends an answer as it is made. When the client is gone, nothing more of it is made. */
export const sendAsMade = (reply: JsonReply, type: string, texts: AsyncIterable<string>): void => {
  reply.type(type).send(Readable.from(texts, { objectMode: false }));
};
