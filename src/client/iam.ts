import { ApiKey, type ApiKeyCreate, ApiKeyList } from '../wire/api-keys.ts';
import type { Client } from './client.ts';
import { segment } from './path.ts';

export interface Identity {
  /** IAM id of the caller. */
  iamId: string;
  account: string;
  type: 'user' | 'serviceid';
}

/** Identity management, /v1, for the caller's own things. */
export class IamClient {
  readonly #client: Client;
  readonly #identity: Identity;

  constructor(client: Client, identity: Identity) {
    this.#client = client;
    this.#identity = identity;
  }

  /** The new key, with its secret: nothing can show it again. */
  async createApiKey(key: Omit<ApiKeyCreate, 'iam_id' | 'account_id'>, locked: boolean): Promise<ApiKey> {
    const { body } = await this.#client.send({
      method: 'POST',
      path: '/v1/apikeys',
      headers: { 'Entity-Lock': String(locked) },
      json: {
        ...key,
        iam_id: this.#identity.iamId,
        account_id: this.#identity.account,
      } satisfies ApiKeyCreate,
      answer: ApiKey,
    });
    return body;
  }

  /** All of the caller's own keys, page after page, without secrets. */
  async apiKeys(): Promise<ApiKey[]> {
    const keys: ApiKey[] = [];
    let pagetoken: string | undefined;
    do {
      const page: ApiKeyList = await this.#apiKeyPage(pagetoken);
      keys.push(...page.apikeys);
      // `next` names a host of the server's choosing: only its page token is used, never its address
      pagetoken = page.next
        ? (new URL(page.next, this.#client.endpoint).searchParams.get('pagetoken') ?? undefined)
        : undefined;
    } while (pagetoken);
    return keys;
  }

  async #apiKeyPage(pagetoken: string | undefined): Promise<ApiKeyList> {
    const { iamId, account, type } = this.#identity;
    const { body } = await this.#client.send({
      method: 'GET',
      path: '/v1/apikeys',
      query: {
        account_id: account,
        iam_id: iamId,
        scope: 'entity',
        type,
        pagesize: '100',
        pagetoken,
      },
      answer: ApiKeyList,
    });
    return body;
  }

  async apiKey(id: string): Promise<ApiKey> {
    const path = `/v1/apikeys/${segment(id)}`;
    const { body } = await this.#client.send({ method: 'GET', path, answer: ApiKey });
    return body;
  }

  async deleteApiKey(id: string): Promise<void> {
    await this.#client.send({ method: 'DELETE', path: `/v1/apikeys/${segment(id)}` });
  }
}
