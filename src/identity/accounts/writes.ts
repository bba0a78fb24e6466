import { recordEvent } from '../../audit/events/tx.ts';
import { defineWrite, type Tx } from '../../database/database.ts';
import type { AccountRow, ApiKeyRow, SigningKeyRow, UserRow } from '../../database/schema.ts';
import type { Actor } from '../../principal.ts';
import * as apiKeys from '../api-keys/rows.ts';
import { insertKey } from '../api-keys/writes.ts';
import { noteProfileUse } from '../profiles/rows.ts';
import { noteRegistryTokenUse } from '../registry-tokens/rows.ts';
import * as sessions from '../sessions/rows.ts';
import * as signingKeys from '../signing-keys/rows.ts';
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
    await accounts.markFirstAccount(tx.db, input.account.id);
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
    };
    await recordEvent(tx, actor, event);
  },
);

export const ensureSigningKey = defineWrite(
  'identity.signing-key',
  async (tx: Tx, row: SigningKeyRow): Promise<void> => {
    if (await signingKeys.hasSigningKey(tx.db, row.purpose)) return;
    await signingKeys.insertSigningKey(tx.db, row);
    tx.changed('signing-key', row.id);
  },
);

/** A new key signs from now on; older ones of its purpose go on verifying. */
export const rotateSigningKey = defineWrite(
  'identity.signing-key.rotate',
  async (tx: Tx, { row, actor }: { row: SigningKeyRow; actor: Actor }): Promise<void> => {
    await signingKeys.insertSigningKey(tx.db, row);
    tx.changed('signing-key', row.id);
    const event = {
      accountId: null,
      at: row.created_at,
      action: 'tidegate.signing-key.rotate',
      target: row.id,
    };
    await recordEvent(tx, actor, event);
  },
);

/** Nothing a retired key signed is accepted any more. */
export const retireSigningKey = defineWrite(
  'identity.signing-key.retire',
  async (tx: Tx, { id, at, actor }: { id: string; at: number; actor: Actor }): Promise<void> => {
    await signingKeys.retireSigningKey(tx.db, id, at);
    tx.changed('signing-key', id);
    await recordEvent(tx, actor, { accountId: null, at, action: 'tidegate.signing-key.retire', target: id });
  },
);

export interface Activity {
  readonly keys: readonly { readonly id: string; readonly at: number; readonly times: number }[];
  readonly tokens: readonly { readonly id: string; readonly at: number; readonly times: number }[];
  readonly profiles: readonly { readonly id: string; readonly at: number; readonly times: number }[];
  readonly sessions: readonly { readonly id: string; readonly at: number }[];
}

/** Last use, collected in memory and written together. Deliberately no change for the feed: it alters no right. */
export const recordActivity = defineWrite(
  'identity.activity',
  async (tx: Tx, activity: Activity): Promise<void> => {
    for (const { id, at, times } of activity.keys) await apiKeys.noteApiKeyUse(tx.db, id, at, times);
    for (const { id, at, times } of activity.tokens) await noteRegistryTokenUse(tx.db, id, at, times);
    for (const { id, at, times } of activity.profiles) await noteProfileUse(tx.db, id, at, times);
    for (const { id, at } of activity.sessions) await sessions.noteSessionActivity(tx.db, id, at);
  },
);

const insertAccount = async (tx: Tx, { account, owner, key, actor }: NewAccount): Promise<void> => {
  await accounts.insertAccount(tx.db, account);
  await accounts.insertUser(tx.db, owner);
  await accounts.insertMembership(tx.db, {
    account_id: account.id,
    iam_id: owner.iam_id,
    state: 'ACTIVE',
    added_at: account.created_at,
  });
  await insertKey(tx, key, actor);
};
