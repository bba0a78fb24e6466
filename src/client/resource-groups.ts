import { type ResourceGroup, ResourceGroupCreated, ResourceGroupList } from '../wire/resource-groups.ts';
import type { Client } from './client.ts';
import { segment } from './path.ts';

const PATH = '/v2/resource_groups';

/** Resource groups of one account. */
export class ResourceGroupClient {
  readonly #client: Client;
  readonly #account: string;

  constructor(client: Client, account: string) {
    this.#client = client;
    this.#account = account;
  }

  async list(): Promise<ResourceGroup[]> {
    const query = { account_id: this.#account };
    const call = { method: 'GET', path: PATH, query, answer: ResourceGroupList } as const;
    return (await this.#client.send(call)).body.resources;
  }

  /** Answers the new group's id. */
  async create(name: string): Promise<string> {
    const json = { name, account_id: this.#account };
    const call = { method: 'POST', path: PATH, json, answer: ResourceGroupCreated } as const;
    return (await this.#client.send(call)).body.id;
  }

  async rename(id: string, name: string): Promise<void> {
    await this.#client.send({ method: 'PATCH', path: `${PATH}/${segment(id)}`, json: { name } });
  }

  async remove(id: string): Promise<void> {
    await this.#client.send({ method: 'DELETE', path: `${PATH}/${segment(id)}` });
  }
}
