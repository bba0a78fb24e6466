import type { Static } from 'typebox';
import { ApiKey, ApiKeyList, type ApiKeyRotate, LeakedApiKey } from '../wire/api-keys.ts';
import type { Client } from './client.ts';
import { IdentityEntities } from './identity-entities.ts';
import { segment } from './path.ts';

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

  /** Gives a key its next secret, which only this answer has. Refused where the key changed since `entityTag` was read. */
  async rotate(id: string, entityTag: string, json: ApiKeyRotate): Promise<ApiKey> {
    const path = `/v1/apikeys/${segment(id)}/rotate`;
    const headers = { 'If-Match': entityTag };
    return (await this.#client.send({ method: 'POST', path, headers, json, answer: ApiKey })).body;
  }

  /** Ends the secret that a rotation replaced, before its time. */
  async endPrevious(id: string, entityTag: string): Promise<void> {
    const path = `/v1/apikeys/${segment(id)}/previous_secret`;
    await this.#client.send({ method: 'DELETE', path, headers: { 'If-Match': entityTag } });
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
