import type { Db } from '../database/database.ts';
import {
  findAccount,
  findMember,
  findMembership,
  findProfile,
  findRegistryToken,
  findServiceId,
  firstAccount,
  iamIdOfProfile,
  profilesTrusting,
} from '../identity/tx.ts';

export {
  type Claims,
  type ConditionOutcome,
  findSettings,
  isTrustedAbroad,
  onAccountCleared,
  onIdentityRemoved,
  onInvitationAccepted,
  onInvited,
  outcomesOfConditions,
  putSettings,
  type StoredSettings,
} from '../identity/tx.ts';

/** What access reads of identity, in one file: the rest of the room knows these functions only. */

/** An identity of an account. Its type is told by the table it is found in, never by how its id is spelt. */
export interface KnownIdentity {
  readonly type: 'user' | 'service' | 'profile';
  readonly locked: boolean;
  /** Undefined where it has none. */
  readonly name: string | undefined;
}

/** A member, service ID or trusted profile of the account by its iam_id; undefined where it has none of that id. */
export const findIdentity = async (
  db: Db,
  accountId: string,
  iamId: string,
): Promise<KnownIdentity | undefined> => {
  if (await findMembership(db, accountId, iamId)) return { type: 'user', locked: false, name: undefined };
  // iam_ids of service IDs and profiles are their ids behind iam-
  if (!iamId.startsWith('iam-')) return undefined;
  const id = iamId.slice('iam-'.length);
  const serviceId = await findServiceId(db, id);
  if (serviceId?.accountId === accountId)
    return { type: 'service', locked: serviceId.locked, name: serviceId.name };
  const profile = await findProfile(db, id);
  return profile?.accountId === accountId
    ? { type: 'profile', locked: false, name: profile.name }
    : undefined;
};

const UUID = '[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}';
const FORMS: readonly (readonly [RegExp, KnownIdentity['type']])[] = [
  [/^IBMid-[A-Za-z0-9]{1,40}$/, 'user'],
  [new RegExp(`^iam-ServiceId-${UUID}$`), 'service'],
  [new RegExp(`^iam-Profile-${UUID}$`), 'profile'],
];

/**
 * What an iam_id would be by its form, for one that the account does not have; undefined where no identity can have it.
 * Rights can be given to it, as at IBM. They count as soon as the account has the identity: ids are random, and none is
 * given twice.
 */
export const typeByForm = (iamId: string): KnownIdentity['type'] | undefined =>
  FORMS.find(([form]) => form.test(iamId))?.[1];

/** The name and e-mail address of a member of the account; undefined for anyone else: no account learns who is in another one. */
export const findPerson = async (
  db: Db,
  accountId: string,
  iamId: string,
): Promise<{ name: string; email: string } | undefined> => {
  const member = await findMember(db, accountId, iamId);
  return member && { name: `${member.firstName} ${member.lastName}`, email: member.email };
};

export interface AccountOwner {
  readonly accountId: string;
  readonly iamId: string;
  /** When the account was made, in milliseconds since 1970. */
  readonly since: number;
}

export const findOwner = async (db: Db, accountId: string): Promise<AccountOwner | undefined> => {
  const account = await findAccount(db, accountId);
  return account && { accountId, iamId: account.ownerIamId, since: account.createdAt };
};

/** Whether the account is there and not suspended. */
export const isActiveAccount = async (db: Db, accountId: string): Promise<boolean> =>
  (await findAccount(db, accountId))?.state === 'ACTIVE';

/** Whether it is the account of the first start: its Administrators are the operators. */
export const isFirstAccount = async (db: Db, accountId: string): Promise<boolean> =>
  (await firstAccount(db))?.id === accountId;

/** What a registry token reaches. */
export interface TokenReach {
  readonly accountId: string;
  readonly regionId: string;
  /** Undefined: every namespace. */
  readonly namespaceId: string | undefined;
  readonly readOnly: boolean;
}

export const findTokenReach = async (db: Db, id: string): Promise<TokenReach | undefined> => {
  const token = await findRegistryToken(db, id);
  return (
    token && {
      accountId: token.accountId,
      regionId: token.regionId,
      namespaceId: token.namespaceId,
      readOnly: token.readonly,
    }
  );
};

/** The iam_ids of the account's trusted profiles that an identity can become. */
export const profilesOf = async (db: Db, accountId: string, iamId: string): Promise<string[]> =>
  (await profilesTrusting(db, accountId, iamId)).map(iamIdOfProfile);
