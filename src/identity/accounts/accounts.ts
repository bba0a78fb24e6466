import type { Clock } from '../../clock.ts';
import type { Database } from '../../database/database.ts';
import type { Actor } from '../../principal.ts';
import type { MasterKey } from '../master-key.ts';
import { type Account, accountOfRow } from './account.ts';
import { makeAccount } from './new-account.ts';
import { findAccount, firstAccount, listAccounts } from './rows.ts';
import { markAccount, resumeAccount, suspendAccount } from './state-writes.ts';
import { createAccount } from './writes.ts';

/** How long a suspended account that is to be removed can still be resumed. */
const GRACE = 7 * 24 * 3_600_000;

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

  async find(id: string): Promise<Account | undefined> {
    const row = await findAccount(this.#database.db, id);
    return row && accountOfRow(row);
  }

  /** Accounts by id, after `after`. */
  async list(after: string, limit: number): Promise<Account[]> {
    return (await listAccounts(this.#database.db, after, limit)).map(accountOfRow);
  }

  /** Refuses everything of the account from now on. Throws NOT_FOUND, CONFLICT for the first account. */
  async suspend(accountId: string, reason: string | undefined, actor: Actor): Promise<Account> {
    const change = { accountId, reason, at: this.#clock.now(), actor };
    return accountOfRow(await this.#database.write(suspendAccount, change));
  }

  /** Lets it in again, as it was. Throws NOT_FOUND, CONFLICT where its removal has begun. */
  async resume(accountId: string, reason: string | undefined, actor: Actor): Promise<Account> {
    const change = { accountId, reason, at: this.#clock.now(), actor };
    return accountOfRow(await this.#database.write(resumeAccount, change));
  }

  /** Has a suspended account removed after seven days. Throws NOT_FOUND, CONFLICT, IMAGE_HELD. */
  async remove(accountId: string, reason: string | undefined, actor: Actor): Promise<Account> {
    const at = this.#clock.now();
    const change = { accountId, reason, at, actor, deleteAt: at + GRACE };
    return accountOfRow(await this.#database.write(markAccount, change));
  }
}
