import type { Static } from 'typebox';
import { ApiKey, ApiKeyList, LeakedApiKey } from '../wire/api-keys.ts';
import type { Client } from './client.ts';
import { IdentityEntities } from './identity-entities.ts';

/** API keys of users and of service IDs. */
export class ApiKeyClient extends IdentityEntities<typeof ApiKey, typeof ApiKeyList> {
  readonly #client: Client;

  constructor(client: Client) {
    super(client, {
      path: '/v1/apikeys',
      shape: ApiKey,
      page: ApiKeyList,
      items: ({ apikeys }) => apikeys,
    });
    this.#client = client;
  }

  /** The key whose secret this is. The secret is sent in a header, which no log holds. */
  async find(secret: string): Promise<ApiKey> {
    const call = { method: 'GET', path: '/v1/apikeys/details', headers: { 'IAM-ApiKey': secret } } as const;
    return (await this.#client.send({ ...call, answer: ApiKey })).body;
  }

  /** Reports a secret as leaked. The server does what the key's `action_when_leaked` says. */
  async reportLeaked(secret: string): Promise<Static<typeof LeakedApiKey>> {
    const call = { method: 'POST', path: '/v1/apikeys/leaked', headers: { 'IAM-ApiKey': secret } } as const;
    return (await this.#client.send({ ...call, answer: LeakedApiKey })).body;
  }
}
