import { type AccountCreate, NewAccount } from '../wire/accounts.ts';
import type { Client } from './client.ts';

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
}
