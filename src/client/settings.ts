import { RegistrySettings, type RegistrySettingsPatch } from '../wire/settings.ts';
import type { Client } from './client.ts';

const PATH = '/api/v1/settings';

/** Settings of one account in the region `client` calls. */
export class RegistrySettingsClient {
  readonly #client: Client;
  readonly #headers: { Account: string };

  constructor(client: Client, account: string) {
    this.#client = client;
    this.#headers = { Account: account };
  }

  async get(): Promise<RegistrySettings> {
    const call = { method: 'GET', path: PATH, headers: this.#headers, answer: RegistrySettings } as const;
    return (await this.#client.send(call)).body;
  }

  async change(json: RegistrySettingsPatch): Promise<void> {
    await this.#client.send({ method: 'PATCH', path: PATH, headers: this.#headers, json });
  }
}
