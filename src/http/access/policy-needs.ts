import {
  type Attribute,
  faultOfScope,
  type Policies,
  type Policy,
  type PolicyVersion,
  type SentPolicy,
  termsOf,
} from '../../access/room.ts';
import { RegistryError } from '../../errors.ts';
import type { JsonRequest, RequestHead } from '../json-app.ts';
import { accountOf } from '../json-request.ts';
import type { Governed, GoverningNeeds, Needs } from '../needs.ts';
import type { AccessParts } from './parts.ts';

/** What a policy carries when it is read; sent back with a change, it says nothing. */
const READ_ONLY = new Set([
  'id',
  'href',
  'created_at',
  'created_by_id',
  'last_modified_at',
  'last_modified_by_id',
  'state',
]);

/** The policy in a request's body, in the words it came in. */
export const sentPolicy = (version: PolicyVersion, body: object): SentPolicy => ({
  version,
  document: Object.fromEntries(Object.entries(body).filter(([name]) => !READ_ONLY.has(name))),
});

export const policyId = (request: RequestHead): string => (request.params as { id: string }).id;

/** A new policy: Administrator over all it is on. */
export const toCreate = (version: PolicyVersion): Needs => ({
  onBody: [
    {
      action: 'iam-access-management.policy.create',
      governing: ({ body }) => {
        const { attributes } = termsOf(sentPolicy(version, body as object));
        const accountId = attributes.find(({ key }) => key === 'accountId')?.value ?? '';
        return { accountId, scopes: [scopeWithin(attributes, accountId)] };
      },
    },
  ],
});

/** A change: over all it was on and all it is to be on. A policy is not moved to another account. */
export const toReplace = (version: PolicyVersion, policies: Policies): Needs => ({
  ...toAlter('update', policies),
  onBody: [
    {
      action: 'iam-access-management.policy.update',
      hide: true,
      hiddenAs: 'POLICY_UNKNOWN',
      governing: async (request) => {
        const before = await own(policies, request);
        if (!before) return undefined;
        const { accountId } = before;
        const after = scopeSent(version, request, accountId);
        return { accountId, scopes: [before.scope, ...(after ? [after] : [])] };
      },
    },
  ],
});

/** Deleting one, or bringing it back: over all it is on. */
export const toAlter = (verb: 'update' | 'delete', policies: Policies): GoverningNeeds => ({
  action: `iam-access-management.policy.${verb}`,
  hide: true,
  hiddenAs: 'POLICY_UNKNOWN',
  governing: async (request) => governed(await own(policies, request)),
});

/** Reading one: Viewer of the account's access, its subject, or a caller who could change it. */
export const toRead = ({ policies }: AccessParts): Needs => ({
  action: 'iam-access-management.policy.get',
  hide: true,
  hiddenAs: 'POLICY_UNKNOWN',
  on: async (request) => {
    const policy = await own(policies, request);
    return policy && { accountId: policy.accountId, owner: policy.subject };
  },
  orGoverning: async (request) => governed(await own(policies, request)),
});

/** The policy a request names. One of another account is answered as one that does not exist. */
const own = async (policies: Policies, request: RequestHead): Promise<Policy | undefined> => {
  const policy = await policies.find(policyId(request));
  if (policy?.accountId !== accountOf(request)) return undefined;
  decidedOn.set(request, policy);
  return policy;
};

/** The policy as it was when a request's rights over it were decided. */
const decidedOn = new WeakMap<RequestHead, Policy>();

/** The policy that the route's needs decided on: the handler changes this version and no other. */
export const decidedPolicy = (request: RequestHead): Policy => {
  const policy = decidedOn.get(request);
  if (!policy) throw new Error('this route decides on no policy');
  return policy;
};

const governed = (policy: Policy | undefined): Governed | undefined =>
  policy && { accountId: policy.accountId, scopes: [policy.scope] };

/** Undefined where a body cannot be read. The write refuses it, after the caller's rights over the stored policy are known. */
const scopeSent = (
  version: PolicyVersion,
  { body }: JsonRequest,
  accountId: string,
): readonly Attribute[] | undefined => {
  try {
    return scopeWithin(termsOf(sentPolicy(version, body as object)).attributes, accountId);
  } catch (error) {
    if (error instanceof RegistryError) return undefined;
    throw error;
  }
};

const scopeWithin = (attributes: readonly Attribute[], accountId: string): readonly Attribute[] => {
  const fault = faultOfScope(attributes, accountId);
  if (fault) throw new RegistryError('BAD_REQUEST', { message: fault });
  return attributes;
};
