import { Issuer, type IssuerChange, IssuerList } from '../wire/issuers.ts';
import type { Client } from './client.ts';
import { segment } from './path.ts';

/** The issuers of workload tokens, for the operator. */
export class IssuerClient {
  readonly #client: Client;

  constructor(client: Client) {
    this.#client = client;
  }

  async list(): Promise<IssuerList> {
    return (await this.#client.send({ method: 'GET', path: '/api/v1/issuers', answer: IssuerList })).body;
  }

  async set(name: string, change: IssuerChange): Promise<Issuer> {
    const path = `/api/v1/issuers/${segment(name)}`;
    return (await this.#client.send({ method: 'PATCH', path, json: change, answer: Issuer })).body;
  }
}
