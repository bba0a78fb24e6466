import { recordEvent } from '../../audit/events/tx.ts';
import { defineWrite, type Tx } from '../../database/database.ts';
import type { OneTimeCodeRow } from '../../database/iam-schema.ts';
import type { MembershipRow } from '../../database/schema.ts';
import { RegistryError } from '../../errors.ts';
import type { Actor } from '../../principal.ts';
import { findAccount } from '../accounts/rows.ts';
import { removeSecrets } from '../api-keys/writes.ts';
import { onIdentityRemoved, onInvited } from '../extension-points.ts';
import * as codes from '../one-time-codes/rows.ts';
import { type Password, rowOfPassword } from '../passwords/password.ts';
import * as passwords from '../passwords/rows.ts';
import { deleteProfileTrust, trustsInIdentity } from '../profiles/rows.ts';
import * as users from './rows.ts';
import { rowOfUser, type User } from './user.ts';

export interface Invitation {
  /** Added if its user name is free. */
  readonly user: User;
  /** Its iam_id is set to the one of the user there is. */
  readonly code: OneTimeCodeRow;
}

export interface Invitations {
  readonly accountId: string;
  readonly invitations: readonly Invitation[];
  /** Access groups of the account that they will be in. */
  readonly groups: readonly string[];
  readonly by: string;
  readonly at: number;
  readonly actor: Actor;
}

/**
 * Adds members who have to accept first. Somebody who was invited before and has not accepted gets a new code in
 * place of the old. Answers iam_ids, in order.
 */
export const inviteUsers = defineWrite(
  'identity.user.invite',
  async (tx: Tx, input: Invitations): Promise<string[]> => {
    const { accountId, groups, at, by, actor } = input;
    const ids: string[] = [];
    for (const { user, code } of input.invitations) {
      const iamId = await inviteOne(tx, user, accountId, at);
      await codes.deleteOneTimeCodesOf(tx, { accountId, iamId, purpose: 'invitation' });
      await codes.insertOneTimeCode(tx, { ...code, iam_id: iamId });
      await onInvited.run(tx, { accountId, iamId, groups, at, by });
      await audit(tx, 'user-management.user.invite', { accountId, target: iamId, at, actor });
      ids.push(iamId);
    }
    return ids;
  },
);

const inviteOne = async (tx: Tx, user: User, accountId: string, at: number): Promise<string> => {
  const known = await users.findUserByName(tx.db, user.userName);
  if (!known) await users.insertUser(tx, rowOfUser(user, at));
  const iam_id = known?.iam_id ?? user.iamId;
  const membership = await users.findMembership(tx.db, accountId, iam_id);
  if (membership && membership.state !== 'PENDING')
    throw new RegistryError('CONFLICT', {
      message: `${user.email} is a member of this account already (state ${membership.state})`,
    });
  if (!membership)
    await users.insertMembership(tx, { account_id: accountId, iam_id, state: 'PENDING', added_at: at });
  return iam_id;
};

export interface Acceptance {
  readonly codeId: string;
  readonly codeHash: string;
  /** For somebody who has no login yet: a password and the names they gave. */
  readonly newcomer:
    | { readonly password: Password; readonly first: string; readonly last: string }
    | undefined;
  readonly at: number;
  readonly actor: Actor;
}

/** Uses an invitation up: the member is active from then on. False where it was used, replaced or withdrawn meanwhile. */
export const acceptInvitation = defineWrite(
  'identity.user.accept',
  async (tx: Tx, { codeId, codeHash, newcomer, at, actor }: Acceptance): Promise<boolean> => {
    const code = await codes.findOneTimeCode(tx.db, codeHash);
    if (code?.id !== codeId || code.purpose !== 'invitation') return false;
    const { account_id: accountId, iam_id: iamId } = code;
    const membership = await users.findMembership(tx.db, accountId, iamId);
    if (membership?.state !== 'PENDING') return false;
    if (newcomer && (await passwords.findPassword(tx.db, iamId))) return false;
    await codes.deleteOneTimeCode(tx, code.id);
    if (newcomer) {
      await passwords.insertPassword(tx, rowOfPassword(newcomer.password));
      await users.setUserNames(tx, iamId, { first_name: newcomer.first, last_name: newcomer.last });
    }
    await users.setMembershipState(tx, { accountId, iamId, state: 'ACTIVE' });
    await audit(tx, 'user-management.invitation.accept', { accountId, target: iamId, at, actor });
    return true;
  },
);

export interface MemberChange {
  readonly accountId: string;
  readonly iamId: string;
  readonly at: number;
  readonly actor: Actor;
}

/** Switches a member off or on again. Somebody who has not accepted cannot be switched on. */
export const setMemberState = defineWrite(
  'identity.user.state',
  async (tx: Tx, input: MemberChange & { state: 'ACTIVE' | 'DISABLED' }): Promise<void> => {
    const { accountId, iamId, state } = input;
    const membership = await changeable(tx, input);
    if (membership.state === 'PENDING')
      throw new RegistryError('CONFLICT', { message: 'the invitation was not accepted yet' });
    await users.setMembershipState(tx, { accountId, iamId, state });
    await audit(tx, 'user-management.user.update', { ...input, target: iamId, reason: `state=${state}` });
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
 * Takes a member out of an account with everything they had there, in one step. Somebody who is in no other account is
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

const forgetIfNowhere = async (tx: Tx, iamId: string): Promise<void> => {
  if ((await users.membershipsOfUser(tx.db, iamId)).length > 0) return;
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
  event: { accountId: string; target: string; at: number; actor: Actor; reason?: string },
): Promise<void> => {
  const { accountId, target, at, actor, reason } = event;
  const said = reason === undefined ? {} : { reason };
  return recordEvent(tx, actor, { accountId, at, action, target, ...said });
};
