import { randomUUID } from 'node:crypto';
import type { Clock } from '../../clock.ts';
import type { Database } from '../../database/database.ts';
import type { AccountRow, ApiKeyRow, UserRow } from '../../database/schema.ts';
import { accountId } from '../../ids.ts';
import type { Actor } from '../../principal.ts';
import { type NewApiKey, newKey } from '../api-keys/api-keys.ts';
import type { MasterKey } from '../master-key.ts';
import { firstAccount } from './rows.ts';
import { createAccount } from './writes.ts';

/** An account as it begins: with an owner, and the owner's key. */
export interface Beginning {
  readonly account: AccountRow;
  readonly owner: UserRow;
  readonly key: ApiKeyRow;
  readonly secret: string;
}

export class Accounts {
  readonly #database: Database;
  readonly #masterKey: MasterKey;
  readonly #clock: Clock;

  constructor(database: Database, masterKey: MasterKey, clock: Clock) {
    this.#database = database;
    this.#masterKey = masterKey;
    this.#clock = clock;
  }

  /** The account whose Administrators are the operators: the first one. */
  async operators(): Promise<string | undefined> {
    return (await firstAccount(this.#database.db))?.id;
  }

  /** Creates an account with an owner; the owner's key is in the answer and nowhere else. */
  async create(name: string, actor: Actor): Promise<Beginning> {
    const beginning = beginAccount(name, undefined, this.#masterKey, this.#clock.now());
    const { account, owner, key } = beginning;
    await this.#database.write(createAccount, { account, owner, key, actor });
    return beginning;
  }
}

/** The rows of a new account. `apikey`: the owner's key as the operator chose it, or undefined to have one made. */
export const beginAccount = (
  name: string,
  apikey: string | undefined,
  masterKey: MasterKey,
  now: number,
): Beginning => {
  const id = accountId();
  const iamId = `IBMid-${randomUUID().replaceAll('-', '').slice(0, 10).toUpperCase()}`;
  const { key, secret } = newKey({ ...ownerKey(id, iamId), secret: apikey }, masterKey, now);
  return {
    account: { id, name, owner_iam_id: iamId, state: 'ACTIVE', created_at: now },
    owner: {
      iam_id: iamId,
      user_name: `owner@${id}`,
      email: '',
      first_name: 'Account',
      last_name: 'Owner',
      created_at: now,
    },
    key,
    secret,
  };
};

/** What the key of an account's owner is like. */
export const ownerKey = (account: string, iamId: string): NewApiKey => ({
  accountId: account,
  iamId,
  identityKind: 'user',
  name: 'owner',
  description: "The account owner's first key",
  secret: undefined,
  expiresAt: undefined,
  locked: false,
  disabled: false,
  supportSessions: false,
  actionWhenLeaked: 'none',
  createdBy: iamId,
});
