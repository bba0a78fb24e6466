import { recordEvent } from '../../audit/events/tx.ts';
import { defineWrite, type Tx } from '../../database/database.ts';
import type { OneTimeCodeRow, PasswordRow } from '../../database/iam-schema.ts';
import type { MembershipRow, UserRow } from '../../database/schema.ts';
import { RegistryError } from '../../errors.ts';
import type { Actor } from '../../principal.ts';
import * as accounts from '../accounts/rows.ts';
import { onIdentityRemoved, onInvited } from '../extension-points.ts';
import * as codes from '../one-time-codes/rows.ts';
import * as passwords from '../passwords/rows.ts';
import { deleteProfileTrust, trustsInIdentity } from '../profiles/rows.ts';
import * as users from './rows.ts';

export interface Invitation {
  /** Used if nobody has its user name yet. */
  readonly user: UserRow;
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
      await codes.deleteOneTimeCodesOf(tx.db, { accountId, iamId, purpose: 'invitation' });
      await codes.insertOneTimeCode(tx.db, { ...code, iam_id: iamId });
      await onInvited.run(tx, { accountId, iamId, groups, at, by });
      tx.changed('membership', `${accountId}/${iamId}`);
      await audit(tx, 'user-management.user.invite', { accountId, target: iamId, at, actor });
      ids.push(iamId);
    }
    return ids;
  },
);

const inviteOne = async (tx: Tx, user: UserRow, accountId: string, at: number): Promise<string> => {
  const known = await users.findUserByName(tx.db, user.user_name);
  if (!known) await accounts.insertUser(tx.db, user);
  const { iam_id } = known ?? user;
  const membership = await accounts.findMembership(tx.db, accountId, iam_id);
  if (membership && membership.state !== 'PENDING')
    throw new RegistryError('CONFLICT', {
      message: `${user.email} is a member of this account already (state ${membership.state})`,
    });
  if (!membership)
    await accounts.insertMembership(tx.db, { account_id: accountId, iam_id, state: 'PENDING', added_at: at });
  return iam_id;
};

export interface Acceptance {
  readonly codeId: string;
  readonly codeHash: string;
  /** For somebody who has no login yet: a password and the names they gave. */
  readonly newcomer:
    | { readonly password: PasswordRow; readonly first: string; readonly last: string }
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
    const membership = await accounts.findMembership(tx.db, accountId, iamId);
    if (membership?.state !== 'PENDING') return false;
    if (newcomer && (await passwords.findPassword(tx.db, iamId))) return false;
    await codes.deleteOneTimeCode(tx.db, code.id);
    if (newcomer) {
      await passwords.insertPassword(tx.db, newcomer.password);
      await users.setUserNames(tx.db, iamId, { first_name: newcomer.first, last_name: newcomer.last });
    }
    await users.setMembershipState(tx.db, { accountId, iamId, state: 'ACTIVE' });
    tx.changed('membership', `${accountId}/${iamId}`);
    await audit(tx, 'user-management.invitation.accept', { accountId, target: iamId, at, actor });
    return true;
  },
);

export const setPassword = defineWrite(
  'identity.password.set',
  async (
    tx: Tx,
    input: { row: PasswordRow; before: string | undefined; accountId: string; actor: Actor },
  ): Promise<void> => {
    const { row, before, accountId, actor } = input;
    const current = await passwords.findPassword(tx.db, row.iam_id);
    if (current?.id !== before)
      throw new RegistryError('CONFLICT', { message: 'the password was changed meanwhile' });
    await passwords.deletePassword(tx.db, row.iam_id);
    if (before !== undefined) tx.changed('password', before);
    await passwords.insertPassword(tx.db, row);
    const target = row.iam_id;
    await audit(tx, 'user-management.password.update', { accountId, target, at: row.created_at, actor });
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
    await users.setMembershipState(tx.db, { accountId, iamId, state });
    tx.changed('membership', `${accountId}/${iamId}`);
    await audit(tx, 'user-management.user.update', { ...input, target: iamId, reason: `state=${state}` });
  },
);

export const setNames = defineWrite(
  'identity.user.names',
  async (tx: Tx, input: MemberChange & { first: string; last: string }): Promise<void> => {
    await users.setUserNames(tx.db, input.iamId, { first_name: input.first, last_name: input.last });
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
    const { keys, sessions } = await users.deleteSecretsOf(tx.db, accountId, iamId);
    for (const id of keys) tx.changed('api-key', id);
    for (const id of sessions) tx.changed('session', id);
    await codes.deleteOneTimeCodesOf(tx.db, { accountId, iamId });
    for (const id of await trustsInIdentity(tx.db, accountId, iamId)) {
      await deleteProfileTrust(tx.db, id);
      tx.changed('profile-trust', id);
    }
    await onIdentityRemoved.run(tx, { accountId, iamId });
    await users.deleteMembership(tx.db, accountId, iamId);
    tx.changed('membership', `${accountId}/${iamId}`);
    await forgetIfNowhere(tx, iamId);
    await audit(tx, 'user-management.user.remove', { ...input, target: iamId });
  },
);

const forgetIfNowhere = async (tx: Tx, iamId: string): Promise<void> => {
  if ((await users.membershipsOfUser(tx.db, iamId)).length > 0) return;
  const password = await passwords.findPassword(tx.db, iamId);
  if (password) tx.changed('password', password.id);
  await users.deleteUser(tx.db, iamId);
};

/** A membership that may be switched off or removed: any but the owner's. */
const changeable = async (tx: Tx, { accountId, iamId }: MemberChange): Promise<MembershipRow> => {
  const membership = await accounts.findMembership(tx.db, accountId, iamId);
  if (!membership) throw new RegistryError('NOT_FOUND');
  if ((await accounts.findAccount(tx.db, accountId))?.owner_iam_id === iamId)
    throw new RegistryError('CONFLICT', {
      message: "the account's owner cannot be removed or disabled",
    });
  return membership;
};

/** A passcode or an expired code is gone once used; the row that was there is answered. */
export const useOneTimeCode = defineWrite(
  'identity.one-time-code.use',
  async (
    tx: Tx,
    { hash, purpose }: { hash: string; purpose: OneTimeCodeRow['purpose'] },
  ): Promise<OneTimeCodeRow | undefined> => {
    const code = await codes.findOneTimeCode(tx.db, hash);
    if (code?.purpose !== purpose) return undefined;
    await codes.deleteOneTimeCode(tx.db, code.id);
    return code;
  },
);

export const createPasscode = defineWrite(
  'identity.passcode.create',
  async (tx: Tx, { row, actor }: { row: OneTimeCodeRow; actor: Actor }): Promise<void> => {
    await codes.deleteOneTimeCodesOf(tx.db, {
      accountId: row.account_id,
      iamId: row.iam_id,
      purpose: 'passcode',
    });
    await codes.insertOneTimeCode(tx.db, row);
    const event = { accountId: row.account_id, target: row.iam_id, at: row.created_at, actor };
    await audit(tx, 'iam-identity.user-passcode.create', event);
  },
);

export const removeExpiredCodes = defineWrite(
  'identity.one-time-code.expire',
  async (tx: Tx, { ids }: { ids: readonly string[] }): Promise<void> => {
    for (const id of ids) await codes.deleteOneTimeCode(tx.db, id);
  },
);

const audit = (
  tx: Tx,
  action: string,
  event: { accountId: string; target: string; at: number; actor: Actor; reason?: string },
): Promise<void> => {
  const { accountId, target, at, actor, reason } = event;
  const said = reason === undefined ? {} : { reason };
  return recordEvent(tx, actor, { accountId, at, action, target, ...said });
};
