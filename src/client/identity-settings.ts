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

  /**
   * Changes some of the settings, as a person gave them, in the version that the person saw. Throws PRECONDITION_FAILED (412)
   * where another change came in between.
   */
  async update(
    seen: Pick<IdentitySettings, 'entity_tag'>,
    json: Readonly<Record<string, string>>,
  ): Promise<IdentitySettings> {
    const headers = { 'If-Match': seen.entity_tag };
    const call = { method: 'PUT', path: this.#path, headers, json, answer: IdentitySettings } as const;
    return (await this.#client.send(call)).body;
  }
}
