/** What higher rooms may ask inside a transaction, and how they join the transactions of this room. */
import type { Db, Tx } from '../database/database.ts';
import { type Account, accountOfRow } from './accounts/account.ts';
import * as accounts from './accounts/rows.ts';
import { entityIdOf } from './iam-ids.ts';
import { type Profile, profileOfRow } from './profiles/profile.ts';
import * as profiles from './profiles/rows.ts';
import { type RegistryToken, registryTokenOfRow } from './registry-tokens/registry-token.ts';
import * as registryTokens from './registry-tokens/rows.ts';
import * as serviceIds from './service-ids/rows.ts';
import { type ServiceId, serviceIdOfRow } from './service-ids/service-id.ts';
import * as settings from './settings/rows.ts';
import {
  rowOfStoredSettings,
  type SettingsArea,
  type StoredSettings,
  storedSettingsOfRow,
} from './settings/stored-settings.ts';
import * as users from './users/rows.ts';
import { type Member, memberOfRow, type User, userOfRow } from './users/user.ts';

export {
  type AccountPiece,
  onAccountCleared,
  onAccountDeletionAsked,
  onIdentityRemoved,
  onInvitationAccepted,
  onInvited,
} from './extension-points.ts';
export type { Claims } from './federated-identities/federated-identity.ts';
/** What providers said of people. */
export { hasFederatedIdentity } from './federated-identities/part-query.ts';
export { entityIdOf, iamIdOfProfile, iamIdOfServiceId } from './iam-ids.ts';
export { type ConditionOutcome, outcomesOfConditions } from './profiles/federated-rules.ts';
/** The ids of an account's profiles that trust an identity, so that it can become any of them. */
export { isTrustedAbroad, profilesTrusting } from './profiles/rows.ts';
export type { StoredSettings } from './settings/stored-settings.ts';
export { findMembership } from './users/rows.ts';

/** The account of the first start, whose Administrators are the operators. */
export const firstAccount = async (db: Db): Promise<Account | undefined> => {
  const row = await accounts.firstAccount(db);
  return row && accountOfRow(row);
};

export const findAccount = async (db: Db, id: string): Promise<Account | undefined> => {
  const row = await accounts.findAccount(db, id);
  return row && accountOfRow(row);
};

/** One of the accounts whose time is over. */
export const accountToRemove = async (db: Db, now: number): Promise<Account | undefined> => {
  const row = await accounts.accountToRemove(db, now);
  return row && accountOfRow(row);
};

/** Its removal has begun and cannot be undone. */
export const beginClearing = (tx: Tx, id: string, at: number): Promise<void> =>
  accounts.changeAccountState(tx, id, { clearing_since: at });

/** Deletes the row of an account that has nothing left. */
export const deleteAccount = (tx: Tx, id: string): Promise<void> => accounts.deleteAccount(tx, id);

export const findUser = async (db: Db, iamId: string): Promise<User | undefined> => {
  const row = await users.findUser(db, iamId);
  return row && userOfRow(row);
};

/** A user as a member of one account, in whatever state. */
export const findMember = async (db: Db, accountId: string, iamId: string): Promise<Member | undefined> => {
  const row = await users.findMember(db, accountId, iamId);
  return row && memberOfRow(row);
};

export const findServiceId = async (db: Db, id: string): Promise<ServiceId | undefined> => {
  const row = await serviceIds.findServiceId(db, id);
  return row && serviceIdOfRow(row);
};

export const findProfile = async (db: Db, id: string): Promise<Profile | undefined> => {
  const row = await profiles.findProfile(db, id);
  return row && profileOfRow(row);
};

export const findRegistryToken = async (db: Db, id: string): Promise<RegistryToken | undefined> => {
  const row = await registryTokens.findRegistryToken(db, id);
  return row && registryTokenOfRow(row);
};

/** An identity of an account: its kind stands in the table it is found in, never in how its id is spelt. */
export interface KnownIdentity {
  readonly kind: 'user' | 'service-id' | 'profile';
  readonly locked: boolean;
}

/** A member, service ID or trusted profile of the account by its iam_id; undefined where it has none of that id. */
export const findIdentity = async (
  db: Db,
  accountId: string,
  iamId: string,
): Promise<KnownIdentity | undefined> => {
  if (await users.findMembership(db, accountId, iamId)) return { kind: 'user', locked: false };
  const id = entityIdOf(iamId);
  if (id === iamId) return undefined;
  const serviceId = await findServiceId(db, id);
  if (serviceId?.accountId === accountId) return { kind: 'service-id', locked: serviceId.locked };
  const profile = await findProfile(db, id);
  return profile?.accountId === accountId ? { kind: 'profile', locked: false } : undefined;
};

/** What an account has settled in one area; undefined where it has settled nothing. */
export const findSettings = async (
  db: Db,
  accountId: string,
  area: SettingsArea,
): Promise<StoredSettings | undefined> => {
  const row = await settings.findAccountSettings(db, accountId, area);
  return row && storedSettingsOfRow(row);
};

export const putSettings = (tx: Tx, stored: StoredSettings): Promise<void> =>
  settings.putAccountSettings(tx, rowOfStoredSettings(stored));
