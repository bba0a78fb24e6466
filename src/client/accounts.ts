import {
  Account,
  type AccountCreate,
  AccountList,
  type AccountStateChange,
  NewAccount,
  type OwnAccount,
  OwnAccountList,
} from '../wire/accounts.ts';
import { AccountQuota, type AccountQuotaSet } from '../wire/quotas.ts';
import { ResetUsers } from '../wire/users.ts';
import type { Client } from './client.ts';
import { segment } from './path.ts';

/** The accounts of the caller. */
export const ownAccounts = async (client: Client): Promise<OwnAccount[]> => {
  const { body } = await client.send({
    method: 'GET',
    path: '/api/v1/accounts/mine',
    answer: OwnAccountList,
  });
  return body.accounts;
};

/** Accounts, for the operator. */
export class AccountClient {
  readonly #client: Client;
  readonly #headers: { Account: string };

  constructor(client: Client, account: string) {
    this.#client = client;
    this.#headers = { Account: account };
  }

  /** A new account with an owner, and the owner's API key. The key is in this answer only. */
  async create(name: string): Promise<NewAccount> {
    const { body } = await this.#client.send({
      method: 'POST',
      path: '/api/v1/accounts',
      headers: this.#headers,
      json: { name } satisfies AccountCreate,
      answer: NewAccount,
    });
    return body;
  }

  /** Every account, a page at a time. */
  async *list(): AsyncGenerator<readonly Account[]> {
    let start: string | undefined;
    do {
      const { body } = await this.#client.send({
        method: 'GET',
        path: '/api/v1/accounts',
        query: { start },
        headers: this.#headers,
        answer: AccountList,
      });
      yield body.accounts;
      start = body.next;
    } while (start !== undefined);
  }

  /** Suspends, resumes, or has a suspended account removed after seven days. */
  async change(
    id: string,
    what: 'suspend' | 'resume' | 'delete',
    change: AccountStateChange,
  ): Promise<Account> {
    const { body } = await this.#client.send({
      method: 'POST',
      path: `/api/v1/accounts/${segment(id)}/${what}`,
      headers: this.#headers,
      json: change,
      answer: Account,
    });
    return body;
  }

  /** What the account may have at the most in the region in use, its limits and its usage. */
  async quota(id: string): Promise<AccountQuota> {
    const { body } = await this.#client.send({
      method: 'GET',
      path: `/api/v1/accounts/${segment(id)}/quota`,
      headers: this.#headers,
      answer: AccountQuota,
    });
    return body;
  }

  async setQuota(id: string, json: AccountQuotaSet): Promise<void> {
    await this.#client.send({
      method: 'PUT',
      path: `/api/v1/accounts/${segment(id)}/quota`,
      headers: this.#headers,
      json,
    });
  }

  /** Ends everything that a user logs in with, in every account. */
  async resetUser(user: string): Promise<ResetUsers> {
    const { body } = await this.#client.send({
      method: 'POST',
      path: '/api/v1/users/reset',
      headers: this.#headers,
      json: { user },
      answer: ResetUsers,
    });
    return body;
  }
}
