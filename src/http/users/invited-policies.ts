import type { Access } from '../../access/decision/access.ts';
import { type Policies, type SentPolicy, termsOf } from '../../access/policies/policies.ts';
import { faultOfScope } from '../../access/policies/policy-check.ts';
import { RegistryError } from '../../errors.ts';
import type { Actor, Principal } from '../../principal.ts';

/** Policies in an invitation: v1, without a subject, which is the invited person. */
export interface InvitedPolicies {
  readonly accountId: string;
  readonly documents: readonly Readonly<Record<string, unknown>>[];
}

/** Refuses policies that cannot be read, and those the inviter could not make, before an invitation is made. */
export const refuseInvitedPolicies = async (
  { accountId, documents }: InvitedPolicies,
  inviter: Principal,
  { access, policies }: { access: Access; policies: Policies },
): Promise<void> => {
  const asked = documents.map((document) => policyOf(document, 'IBMid-invited'));
  const scopes = asked.map((sent) => termsOf(sent).attributes);
  const fault = scopes.map((scope) => faultOfScope(scope, accountId)).find((each) => each !== undefined);
  if (fault !== undefined) throw new RegistryError('BAD_REQUEST', { message: fault });
  const decision = await access.governs(inviter, accountId, scopes);
  if (!decision.allowed)
    throw new RegistryError('DENIED', {
      message: `You are not authorized: ${decision.because}.`,
      reason: decision.because,
    });
  for (const sent of asked) await policies.checkRoles(accountId, sent);
};

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

const policyOf = (
  { type = 'access', roles, resources }: Readonly<Record<string, unknown>>,
  iamId: string,
): SentPolicy => ({
  version: 'v1',
  document: { type, subjects: [{ attributes: [{ name: 'iam_id', value: iamId }] }], roles, resources },
});
