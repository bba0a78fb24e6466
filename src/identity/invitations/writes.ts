import { recordEvent } from '../../audit/events/tx.ts';
import { defineWrite, type Tx } from '../../database/database.ts';
import type { OneTimeCodeRow } from '../../database/iam-schema.ts';
import { RegistryError } from '../../errors.ts';
import type { Actor } from '../../principal.ts';
import { type GivenPolicy, onInvitationAccepted, onInvited } from '../extension-points.ts';
import * as codes from '../one-time-codes/rows.ts';
import { type Password, rowOfPassword } from '../passwords/password.ts';
import * as passwords from '../passwords/rows.ts';
import { moveTrusts } from '../profiles/writes.ts';
import * as users from '../users/rows.ts';
import { invitedRow } from '../users/user.ts';
import { forgetIfNowhere } from '../users/writes.ts';

export interface NewInvitation {
  readonly email: string;
  /** Names the id of the invitation, unless the address was invited to this account before. */
  readonly code: OneTimeCodeRow;
}

export interface NewInvitationsInput {
  readonly accountId: string;
  readonly invitations: readonly NewInvitation[];
  /** Access groups of the account that they will be in. */
  readonly groups: readonly string[];
  /** Policies that they will have. */
  readonly policies: readonly GivenPolicy[];
  readonly by: string;
  readonly at: number;
  readonly actor: Actor;
  readonly seed: string;
}

/**
 * Adds members who have to accept first. An address that was invited before and has not accepted keeps its id and gets a
 * new code in place of the old one. What they are given is given in the same step, or nothing is done. Answers the ids, in
 * order.
 */
export const inviteUsers = defineWrite(
  'identity.user.invite',
  async (tx: Tx, input: NewInvitationsInput): Promise<string[]> => {
    const { accountId, groups, policies, at, by, actor, seed } = input;
    const ids: string[] = [];
    for (const { email, code } of input.invitations) {
      const iamId = await inviteOne(tx, email, { accountId, iamId: code.iam_id, at });
      await codes.deleteOneTimeCodesOf(tx, { accountId, iamId, purpose: 'invitation' });
      await codes.insertOneTimeCode(tx, { ...code, iam_id: iamId });
      const action = 'user-management.user.invite';
      await recordEvent(tx, actor, { accountId, at, action, target: iamId });
      ids.push(iamId);
    }
    await onInvited.run(tx, { accountId, iamIds: ids, groups, policies, at, by, actor, seed });
    return ids;
  },
);

const inviteOne = async (
  tx: Tx,
  email: string,
  { accountId, iamId, at }: { accountId: string; iamId: string; at: number },
): Promise<string> => {
  const [known] = await users.membersCalled(tx.db, accountId, email);
  if (known && known.state !== 'PENDING')
    throw new RegistryError('CONFLICT', {
      message: `${email} is a member of this account already (state ${known.state})`,
    });
  if (known) return known.iam_id;
  await users.insertUser(tx, invitedRow(iamId, email, at));
  await users.insertMembership(tx, { account_id: accountId, iam_id: iamId, state: 'PENDING', added_at: at });
  return iamId;
};

export interface Acceptance {
  readonly codeId: string;
  readonly accountId: string;
  /** The id of the invitation. */
  readonly id: string;
  readonly by: AcceptedBy;
  readonly at: number;
  readonly seed: string;
  readonly actor: Actor;
}

/** An identity that exists, with the password that proved it; or a new one. */
export type AcceptedBy =
  | { readonly iamId: string; readonly passwordId: string | undefined }
  | {
      readonly iamId: string;
      readonly newcomer: {
        readonly email: string;
        readonly firstName: string;
        readonly lastName: string;
        /** Undefined for a person who signs in through an identity provider. */
        readonly password: Password | undefined;
      };
    };

/** Uses an invitation up: the member is active from then on. False where it was used, replaced or withdrawn meanwhile. */
export const acceptInvitation = defineWrite(
  'identity.user.accept',
  (tx: Tx, input: Acceptance): Promise<boolean> => accept(tx, input),
);

/** The same in another transaction. */
export const accept = async (tx: Tx, input: Acceptance): Promise<boolean> => {
  const { codeId, accountId, id, by, at, actor } = input;
  const code = await codes.findOneTimeCodeById(tx.db, codeId);
  const membership = await users.findMembership(tx.db, accountId, id);
  if (!code || membership?.state !== 'PENDING') return false;
  await codes.deleteOneTimeCodesOf(tx, { accountId, iamId: id });
  if ('newcomer' in by) await addLogin(tx, by, at);
  else if (!(await isProven(tx, by))) return false;
  if (by.iamId === id) await users.setMembershipState(tx, { accountId, iamId: id, state: 'ACTIVE' });
  else await handOver(tx, input);
  const action = 'user-management.invitation.accept';
  await recordEvent(tx, actor, { accountId, at, action, target: by.iamId });
  return true;
};

/** The password that proved an identity may have been changed meanwhile. */
const isProven = async (
  tx: Tx,
  { iamId, passwordId }: Extract<AcceptedBy, { passwordId: unknown }>,
): Promise<boolean> =>
  passwordId === undefined
    ? (await users.findUser(tx.db, iamId)) !== undefined
    : (await passwords.findPassword(tx.db, iamId))?.id === passwordId;

const addLogin = async (
  tx: Tx,
  { iamId, newcomer }: Extract<AcceptedBy, { newcomer: unknown }>,
  at: number,
): Promise<void> => {
  const { email, firstName, lastName, password } = newcomer;
  if (!(await users.findUser(tx.db, iamId))) await users.insertUser(tx, invitedRow(iamId, email, at));
  await users.setUserNames(tx, iamId, { first_name: firstName, last_name: lastName });
  if (!password) return;
  // the first login of an address has it as its name too, where earlier versions of this program look
  const isFree = (await users.findUserByName(tx.db, email)) === undefined;
  if (isFree) await users.setUserName(tx, iamId, email);
  await passwords.insertPassword(tx, rowOfPassword(password));
};

/** All that was given to the invitation is given to who accepted it, and its id is forgotten. */
const handOver = async (
  tx: Tx,
  { accountId, id: from, by: { iamId: to }, at, seed }: Acceptance,
): Promise<void> => {
  if (await users.findMembership(tx.db, accountId, to))
    throw new RegistryError('CONFLICT', { message: 'you are a member of this account already' });
  await users.insertMembership(tx, { account_id: accountId, iam_id: to, state: 'ACTIVE', added_at: at });
  await moveTrusts(tx, { accountId, from, to, at, seed });
  await onInvitationAccepted.run(tx, { accountId, from, to, at, seed });
  await users.deleteMembership(tx, accountId, from);
  await forgetIfNowhere(tx, from);
};
