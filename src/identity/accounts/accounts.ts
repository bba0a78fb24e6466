import type { Clock } from '../../clock.ts';
import type { Database } from '../../database/database.ts';
import type { Actor } from '../../principal.ts';
import type { MasterKey } from '../master-key.ts';
import { type Account, accountOfRow } from './account.ts';
import { makeAccount } from './new-account.ts';
import { firstAccount } from './rows.ts';
import { createAccount } from './writes.ts';

/** Tenants of the registry. */
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
  async create(name: string, actor: Actor): Promise<{ account: Account; secret: string }> {
    const { account, owner, key, secret } = makeAccount(name, undefined, this.#masterKey, this.#clock.now());
    await this.#database.write(createAccount, { account, owner, key, actor });
    return { account: accountOfRow(account), secret };
  }
}
