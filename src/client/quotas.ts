import { Plan, Quota, type QuotaPatch } from '../wire/quotas.ts';
import type { Client } from './client.ts';

/** Limits and plan of one account in the region in use, /api/v1. */
export class QuotaClient {
  readonly #client: Client;
  readonly #headers: { Account: string };

  constructor(client: Client, account: string) {
    this.#client = client;
    this.#headers = { Account: account };
  }

  async quota(): Promise<Quota> {
    const call = { method: 'GET', path: '/api/v1/quotas', headers: this.#headers, answer: Quota } as const;
    return (await this.#client.send(call)).body;
  }

  async setQuota(json: QuotaPatch): Promise<void> {
    await this.#client.send({ method: 'PATCH', path: '/api/v1/quotas', headers: this.#headers, json });
  }

  async plan(): Promise<Plan> {
    const call = { method: 'GET', path: '/api/v1/plans', headers: this.#headers, answer: Plan } as const;
    return (await this.#client.send(call)).body;
  }

  async setPlan(json: Plan): Promise<void> {
    await this.#client.send({ method: 'PATCH', path: '/api/v1/plans', headers: this.#headers, json });
  }
}
