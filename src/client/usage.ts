import { AccountUsage, type RepositoryUsage, RepositoryUsageList } from '../wire/usage.ts';
import type { Client } from './client.ts';

/** What one account stores in the region in use, /api/v1/usage. */
export class UsageClient {
  readonly #client: Client;
  readonly #headers: { Account: string };

  constructor(client: Client, account: string) {
    this.#client = client;
    this.#headers = { Account: account };
  }

  async account(): Promise<AccountUsage> {
    const call = {
      method: 'GET',
      path: '/api/v1/usage',
      headers: this.#headers,
      answer: AccountUsage,
    } as const;
    return (await this.#client.send(call)).body;
  }

  /** Of each repository of a namespace; undefined: of all that the caller may list. */
  async repositories(namespace: string | undefined): Promise<RepositoryUsage[]> {
    const { body } = await this.#client.send({
      method: 'GET',
      path: '/api/v1/usage/repositories',
      query: { namespace },
      headers: this.#headers,
      answer: RepositoryUsageList,
    });
    return body;
  }
}
