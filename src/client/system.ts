import { System } from '../wire/system.ts';
import type { Client } from './client.ts';

/** The installation and the replica that answers: /api/v1/system. */
export class SystemClient {
  readonly #client: Client;

  constructor(client: Client) {
    this.#client = client;
  }

  async get(): Promise<System> {
    return (await this.#client.send({ method: 'GET', path: '/api/v1/system', answer: System })).body;
  }
}
