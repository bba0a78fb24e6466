import type { Access } from '../access/room.ts';
import type { RequestHead } from './json-app.ts';
import type { GoverningNeeds } from './needs.ts';

/** An identity that a request deletes, in its account. */
export interface Deleted {
  readonly accountId: string;
  readonly iamId: string;
}

/** Deleting an identity deletes its policies: the caller must be able to delete each of them. */
export const withPolicies = (
  access: Access,
  deleted: (request: RequestHead) => Promise<Deleted | undefined> | Deleted,
): GoverningNeeds => ({
  action: 'iam-access-management.policy.delete',
  governing: async (request) => {
    const identity = await deleted(request);
    if (!identity) return undefined;
    const { accountId, iamId } = identity;
    return { accountId, scopes: await access.policyScopesOf(accountId, iamId) };
  },
});
