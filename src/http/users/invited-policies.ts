import type { Static } from 'typebox';
import { faultOfScope, type SentPolicy, termsOf, textOf } from '../../access/room.ts';
import { RegistryError } from '../../errors.ts';
import type { InvitedPolicy, UserInvite } from '../../wire/users.ts';
import type { JsonRequest } from '../json-app.ts';
import type { GoverningNeeds } from '../needs.ts';

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

/** Stands for the iam_id of those who are not invited yet. */
const UNKNOWN = 'IBMid-invited';

/** Policies and memberships that one invitation makes: all of them are made in one step. */
const MOST_GIVEN = 500;

/** Refuses an invitation that gives more than one step may make. */
export const refuseMany = ({
  users,
  iam_policy: policies = [],
  access_groups: groups = [],
}: Static<typeof UserInvite>): void => {
  if (users.length * (policies.length + groups.length) > MOST_GIVEN)
    throw new RegistryError('BAD_REQUEST', {
      message: `one request gives at most ${MOST_GIVEN} policies and memberships, all users together; invite fewer at once, or give the policies to an access group`,
    });
};

/** Policies in an invitation: v1, without a subject, which is who is invited. */
export const givenPolicies = (documents: readonly InvitedPolicy[]) =>
  documents.map((document) => textOf(policyOf(document, UNKNOWN)));

const policyOf = ({ type = 'access', roles, resources }: InvitedPolicy, iamId: string): SentPolicy => ({
  version: 'v1',
  document: { type, subjects: [{ attributes: [{ name: 'iam_id', value: iamId }] }], roles, resources },
});
