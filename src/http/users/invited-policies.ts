import type { Static } from 'typebox';
import { faultOfScope, type Policies, type SentPolicy, termsOf } from '../../access/room.ts';
import { RegistryError } from '../../errors.ts';
import type { Actor } from '../../principal.ts';
import type { InvitedPolicy, UserInvite } from '../../wire/users.ts';
import type { JsonRequest } from '../json-app.ts';
import type { GoverningNeeds } from '../needs.ts';

/** Policies in an invitation: v1, without a subject, which is the invited person. */
export interface InvitedPolicies {
  readonly accountId: string;
  readonly documents: readonly InvitedPolicy[];
}

/** The right to give the invited their policies. Throws BAD_REQUEST for those that cannot be read. */
export const toGiveInvited: GoverningNeeds<JsonRequest> = {
  action: 'iam-access-management.policy.create',
  when: ({ body }) => ((body as Static<typeof UserInvite>).iam_policy ?? []).length > 0,
  governing: ({ body, params }) => {
    const { account: accountId } = params as { account: string };
    const { iam_policy: documents = [] } = body as Static<typeof UserInvite>;
    const scopes = documents.map((document) => termsOf(policyOf(document, UNKNOWN)).attributes);
    const fault = scopes.map((scope) => faultOfScope(scope, accountId)).find((each) => each !== undefined);
    if (fault !== undefined) throw new RegistryError('BAD_REQUEST', { message: fault });
    return { accountId, scopes };
  },
};

/** Refuses policies with roles the account does not have, before an invitation is made. */
export const refuseUnknownRoles = async (
  { accountId, documents }: InvitedPolicies,
  policies: Policies,
): Promise<void> => {
  for (const document of documents) await policies.checkRoles(accountId, policyOf(document, UNKNOWN));
};

/** Stands for the iam_id of those who are not invited yet. */
const UNKNOWN = 'IBMid-invited';

/** Makes them for each person who was invited. They grant nothing before the invitation is accepted. */
export const makeInvitedPolicies = async (
  { accountId, documents }: InvitedPolicies,
  iamIds: readonly string[],
  policies: Policies,
  author: { actor: Actor; iamId: string },
): Promise<void> => {
  for (const iamId of iamIds)
    for (const document of documents) await policies.create(accountId, policyOf(document, iamId), author);
};

const policyOf = ({ type = 'access', roles, resources }: InvitedPolicy, iamId: string): SentPolicy => ({
  version: 'v1',
  document: { type, subjects: [{ attributes: [{ name: 'iam_id', value: iamId }] }], roles, resources },
});
