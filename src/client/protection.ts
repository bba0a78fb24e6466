import { type NewProtectionRule, ProtectionRule, ProtectionRuleList } from '../wire/protection.ts';
import type { Client } from './client.ts';
import { segment } from './path.ts';

const pathOf = (namespace: string): string => `/api/v1/namespaces/${segment(namespace)}/protections`;

/** Tags that cannot be moved or deleted, in namespaces of one account in the region `client` calls. */
export class ProtectionClient {
  readonly #client: Client;
  readonly #headers: { Account: string };

  constructor(client: Client, account: string) {
    this.#client = client;
    this.#headers = { Account: account };
  }

  async list(namespace: string): Promise<ProtectionRule[]> {
    const path = pathOf(namespace);
    const call = { method: 'GET', path, headers: this.#headers, answer: ProtectionRuleList } as const;
    return (await this.#client.send(call)).body;
  }

  async add(namespace: string, json: NewProtectionRule): Promise<ProtectionRule> {
    const path = pathOf(namespace);
    const call = { method: 'POST', path, headers: this.#headers, json, answer: ProtectionRule } as const;
    return (await this.#client.send(call)).body;
  }

  async remove(namespace: string, id: string): Promise<void> {
    const path = `${pathOf(namespace)}/${segment(id)}`;
    await this.#client.send({ method: 'DELETE', path, headers: this.#headers });
  }
}
