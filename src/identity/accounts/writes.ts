import { recordEvent } from '../../audit/events/tx.ts';
import { defineWrite, type Tx } from '../../database/database.ts';
import type { AccountRow, ApiKeyRow, UserRow } from '../../database/schema.ts';
import type { Actor } from '../../principal.ts';
import { apiKeysOfIdentity } from '../api-keys/rows.ts';
import { insertKey, removeKey, removeSecrets } from '../api-keys/writes.ts';
import { deletePassword } from '../passwords/rows.ts';
import { deleteSessionsOfIdentity } from '../sessions/rows.ts';
import { insertMembership, insertUser } from '../users/rows.ts';
import * as accounts from './rows.ts';

export interface NewAccount {
  readonly account: AccountRow;
  readonly owner: UserRow;
  readonly key: ApiKeyRow;
  readonly actor: Actor;
}

/** Creates the first account with its owner and the owner's key, unless there is an account: racers create one. */
export const createFirstAccount = defineWrite(
  'identity.first-account',
  async (tx: Tx, input: NewAccount): Promise<boolean> => {
    if (await accounts.firstAccount(tx.db)) return false;
    await insertAccount(tx, input);
    await accounts.markFirstAccount(tx, input.account.id);
    return true;
  },
);

export const createAccount = defineWrite(
  'identity.account.create',
  async (tx: Tx, input: NewAccount): Promise<void> => {
    await insertAccount(tx, input);
    const { account, actor } = input;
    const event = {
      accountId: account.id,
      at: account.created_at,
      action: 'tidegate.account.create',
      target: account.id,
      targetName: account.name,
    };
    await recordEvent(tx, actor, event);
  },
);

/**
 * Removes every key, session and one-time code of an account's owner and the password, and gives one new key. It is the
 * way back in when the keys are lost, or when another person holds one and made more of it.
 */
export const resetOwnerKey = defineWrite(
  'identity.owner-key.reset',
  async (tx: Tx, { key, at, actor }: { key: ApiKeyRow; at: number; actor: Actor }): Promise<void> => {
    const { account_id: accountId, iam_id: iamId } = key;
    for (const each of await apiKeysOfIdentity(tx.db, accountId, iamId)) await removeKey(tx, each, at, actor);
    await removeSecrets(tx, accountId, iamId);
    // no server works meanwhile: what is left of the sessions goes at once
    while (await deleteSessionsOfIdentity(tx, accountId, iamId));
    await deletePassword(tx, iamId);
    await insertKey(tx, key, actor);
  },
);

const insertAccount = async (tx: Tx, { account, owner, key, actor }: NewAccount): Promise<void> => {
  await accounts.insertAccount(tx, account);
  await insertUser(tx, owner);
  await insertMembership(tx, {
    account_id: account.id,
    iam_id: owner.iam_id,
    state: 'ACTIVE',
    added_at: account.created_at,
  });
  await insertKey(tx, key, actor);
};
