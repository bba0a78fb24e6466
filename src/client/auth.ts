import { AuthOptions, type AuthOptionsPatch } from '../wire/auth.ts';
import type { Client } from './client.ts';

const PATH = '/api/v1/auth';

/** How one account may be reached in the region `client` calls. */
export class AuthOptionsClient {
  readonly #client: Client;
  readonly #headers: { Account: string };

  constructor(client: Client, account: string) {
    this.#client = client;
    this.#headers = { Account: account };
  }

  async get(): Promise<AuthOptions> {
    const call = { method: 'GET', path: PATH, headers: this.#headers, answer: AuthOptions } as const;
    return (await this.#client.send(call)).body;
  }

  async change(json: AuthOptionsPatch): Promise<void> {
    await this.#client.send({ method: 'PATCH', path: PATH, headers: this.#headers, json });
  }
}
