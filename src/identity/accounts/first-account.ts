import type { Clock } from '../../clock.ts';
import type { Database } from '../../database/database.ts';
import { type Actor, systemActor } from '../../principal.ts';
import { makeApiKey } from '../api-keys/new-api-key.ts';
import type { MasterKey } from '../master-key.ts';
import { type Account, accountOfRow } from './account.ts';
import { makeAccount, ownerKey } from './new-account.ts';
import { findAccount, firstAccount } from './rows.ts';
import { createFirstAccount, resetOwnerKey } from './writes.ts';

export interface Bootstrap {
  readonly accountName: string;
  /** Chosen by the operator; one is made where undefined. */
  readonly apikey: string | undefined;
  /**
   * Keeps a key that was made, before the account is: a crash between the two must not lose the only credential.
   * Answers what discards it again, where another replica made the account first.
   */
  readonly keep?: (apikey: string) => () => void;
}

export interface Opened {
  readonly account: Account;
  /** The owner's key, if this start made it; chosen keys are not repeated. */
  readonly madeKey: string | undefined;
  readonly isNew: boolean;
}

/** The account of a first start. While one exists, bootstrap settings are not looked at: a deleted key stays deleted. */
export const openFirstAccount = async (
  database: Database,
  masterKey: MasterKey,
  clock: Clock,
  bootstrap: Bootstrap,
): Promise<Opened> => {
  const known = await firstAccount(database.db);
  if (known) return { account: accountOfRow(known), madeKey: undefined, isNew: false };
  const {
    account: first,
    owner,
    key,
    secret,
  } = makeAccount(bootstrap.accountName, bootstrap.apikey, masterKey, clock.now());
  const discard = bootstrap.apikey === undefined ? bootstrap.keep?.(secret) : undefined;
  const isNew = await database.write(createFirstAccount, {
    account: first,
    owner,
    key,
    actor: systemActor('first-start'),
  });
  if (!isNew) discard?.();
  const account = await firstAccount(database.db);
  if (!account) throw new Error('the first account is gone again');
  const madeKey = isNew && bootstrap.apikey === undefined ? secret : undefined;
  return { account: accountOfRow(account), madeKey, isNew };
};

/** Replaces every key of the first account's owner by a new one and answers it; their password and sessions end too. */
export const resetOwner = async (database: Database, masterKey: MasterKey, clock: Clock): Promise<string> => {
  const account = await firstAccount(database.db);
  if (!account) throw new Error('there is no account yet: start the server once');
  return resetOwnerOf(database, masterKey, clock, account.id, systemActor('owner-key-reset'));
};

/** The same for the owner of any account. */
export const resetOwnerOf = async (
  database: Database,
  masterKey: MasterKey,
  clock: Clock,
  accountId: string,
  actor: Actor,
): Promise<string> => {
  const account = await findAccount(database.db, accountId);
  if (!account) throw new Error(`there is no account ${accountId}`);
  const { row: key, secret } = makeApiKey(ownerKey(account.id, account.owner_iam_id), masterKey, clock.now());
  await database.write(resetOwnerKey, { key, at: clock.now(), actor });
  return secret;
};
