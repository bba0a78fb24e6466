import { type AuditEvent, recordEvent } from '../../audit/events/tx.ts';
import { defineWrite, type Tx } from '../../database/database.ts';
import type { MembershipRow } from '../../database/schema.ts';
import { RegistryError } from '../../errors.ts';
import type { Actor } from '../../principal.ts';
import { findAccount } from '../accounts/rows.ts';
import { removeSecrets } from '../api-keys/writes.ts';
import { onIdentityRemoved } from '../extension-points.ts';
import { deleteIdentitiesOfUser, unlinkAll } from '../federated-identities/writes.ts';
import { deletePassword } from '../passwords/rows.ts';
import { deleteProfileTrust, trustsInIdentity } from '../profiles/rows.ts';
import * as users from './rows.ts';

export interface MemberChange {
  readonly accountId: string;
  readonly iamId: string;
  readonly at: number;
  readonly actor: Actor;
}

/** Switches a member off or on again, but none who has not accepted yet. */
export const setMemberState = defineWrite(
  'identity.user.state',
  async (tx: Tx, input: MemberChange & { state: 'ACTIVE' | 'DISABLED' }): Promise<void> => {
    const { accountId, iamId, state } = input;
    const membership = await changeable(tx, input);
    if (membership.state === 'PENDING')
      throw new RegistryError('CONFLICT', { message: 'the invitation was not accepted yet' });
    await users.setMembershipState(tx, { accountId, iamId, state });
    await audit(tx, 'user-management.user.update', {
      ...input,
      target: iamId,
      reason: `state=${state}`,
      changed: { state: { from: membership.state, to: state } },
    });
  },
);

export const setNames = defineWrite(
  'identity.user.names',
  async (tx: Tx, input: MemberChange & { first: string; last: string }): Promise<void> => {
    await users.setUserNames(tx, input.iamId, { first_name: input.first, last_name: input.last });
    await audit(tx, 'user-management.user.update', { ...input, target: input.iamId });
  },
);

/**
 * Takes a member out of an account with everything they had there, in one step. A person who is in no other account is
 * forgotten: invited again, they are another identity.
 */
export const removeUser = defineWrite(
  'identity.user.remove',
  async (tx: Tx, input: MemberChange): Promise<void> => {
    const { accountId, iamId } = input;
    await changeable(tx, input);
    await removeSecrets(tx, accountId, iamId);
    for (const id of await trustsInIdentity(tx.db, accountId, iamId)) await deleteProfileTrust(tx, id);
    await onIdentityRemoved.run(tx, { accountId, iamId });
    await users.deleteMembership(tx, accountId, iamId);
    await forgetIfNowhere(tx, iamId);
    await audit(tx, 'user-management.user.remove', { ...input, target: iamId });
  },
);

export interface ResetUser {
  readonly iamId: string;
  readonly accountIds: string[];
}

/** Logins of one name that are ended at once; a name with more needs another call. */
const RESET_AT_ONCE = 50;

/**
 * Ends all that users log in with: passwords, API keys, sessions, passcodes, logins under way, and their identities at
 * providers with all sign-ins. Invitations stay: they are no logins yet. The
 * event is in each of their accounts.
 */
export const resetUsers = defineWrite(
  'identity.user.reset',
  async (
    tx: Tx,
    { names, at, actor }: { names: readonly string[]; at: number; actor: Actor },
  ): Promise<ResetUser[]> => {
    const reset = new Map<string, ResetUser>();
    for (const name of names)
      for (const { iam_id: iamId } of await users.usersCalled(tx.db, name, RESET_AT_ONCE)) {
        const accountIds = reset.has(iamId) ? [] : await resetOne(tx, iamId, at, actor);
        if (accountIds.length > 0) reset.set(iamId, { iamId, accountIds });
      }
    return [...reset.values()];
  },
);

const resetOne = async (tx: Tx, iamId: string, at: number, actor: Actor): Promise<string[]> => {
  const memberships = await users.membershipsOfUser(tx.db, iamId);
  const accountIds = memberships.flatMap(({ account_id: id, state }) => (state === 'PENDING' ? [] : [id]));
  for (const accountId of accountIds) {
    if ((await findAccount(tx.db, accountId))?.owner_iam_id === iamId)
      throw new RegistryError('CONFLICT', {
        message: `the user ${iamId} owns the account ${accountId}, which would be left without a login; for the first account there is tidegate owner-key-reset`,
      });
    await removeSecrets(tx, accountId, iamId);
    await audit(tx, 'user-management.user.reset', { accountId, target: iamId, at, actor });
  }
  if (accountIds.length > 0) {
    await deletePassword(tx, iamId);
    // who got in may have linked an identity of their own
    await unlinkAll(tx, iamId, at, actor);
  }
  return accountIds;
};

/** Forgets a person who is in no account any more. */
export const forgetIfNowhere = async (tx: Tx, iamId: string): Promise<void> => {
  if ((await users.membershipsOfUser(tx.db, iamId)).length > 0) return;
  await deleteIdentitiesOfUser(tx, iamId);
  await users.deleteUser(tx, iamId);
};

/** A membership that may be switched off or removed: any but the owner's. */
const changeable = async (tx: Tx, { accountId, iamId }: MemberChange): Promise<MembershipRow> => {
  const membership = await users.findMembership(tx.db, accountId, iamId);
  if (!membership) throw new RegistryError('NOT_FOUND');
  if ((await findAccount(tx.db, accountId))?.owner_iam_id === iamId)
    throw new RegistryError('CONFLICT', {
      message: "the account's owner cannot be removed or disabled",
    });
  return membership;
};

const audit = (
  tx: Tx,
  action: string,
  event: { accountId: string; target: string; at: number; actor: Actor } & Pick<
    AuditEvent,
    'reason' | 'changed'
  >,
): Promise<void> => {
  const { accountId, target, at, actor, reason, changed } = event;
  return recordEvent(tx, actor, { accountId, at, action, target, reason, changed });
};
