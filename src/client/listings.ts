import { RepositoryList, type RepositoryListQuery, TagList, type TagListQuery } from '../wire/listings.ts';
import type { Client } from './client.ts';

/** Repositories and tags of one account in the region `client` calls, page by page. */
export class ListingClient {
  readonly #client: Client;
  readonly #headers: { Account: string };

  constructor(client: Client, account: string) {
    this.#client = client;
    this.#headers = { Account: account };
  }

  async repositories({ limit, ...query }: RepositoryListQuery = {}): Promise<RepositoryList> {
    const { body } = await this.#client.send({
      method: 'GET',
      path: '/api/v1/repositories',
      query: { ...query, limit: limit?.toString() },
      headers: this.#headers,
      answer: RepositoryList,
    });
    return body;
  }

  async tags({ limit, ...query }: TagListQuery): Promise<TagList> {
    const { body } = await this.#client.send({
      method: 'GET',
      path: '/api/v1/tags',
      query: { ...query, limit: limit?.toString() },
      headers: this.#headers,
      answer: TagList,
    });
    return body;
  }
}
