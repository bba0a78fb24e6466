import { IdentitySettings } from '../wire/identity-settings.ts';
import type { Client } from './client.ts';
import { segment } from './path.ts';

/** Settings of the identities of one account. */
export class IdentitySettingsClient {
  readonly #client: Client;
  readonly #path: string;

  constructor(client: Client, account: string) {
    this.#client = client;
    this.#path = `/v1/accounts/${segment(account)}/settings/identity`;
  }

  async get(): Promise<IdentitySettings> {
    return (await this.#client.send({ method: 'GET', path: this.#path, answer: IdentitySettings })).body;
  }

  /** Changes some of the settings, as a person gave them. Refused where another change came in between. */
  async update(json: Readonly<Record<string, string>>): Promise<IdentitySettings> {
    const path = this.#path;
    const { body, etag } = await this.#client.send({ method: 'GET', path, answer: IdentitySettings });
    const headers = { 'If-Match': etag || body.entity_tag };
    return (await this.#client.send({ method: 'PUT', path, headers, json, answer: IdentitySettings })).body;
  }
}
