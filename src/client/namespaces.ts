import {
  type NamespaceAssignment,
  type NamespaceDetails,
  NamespaceDetailsList,
  NamespaceList,
  NamespaceResult,
} from '../wire/namespaces.ts';
import type { Client } from './client.ts';
import { segment } from './path.ts';

const PATH = '/api/v1/namespaces';

/** Namespaces of one account in the region `client` calls. */
export class NamespaceClient {
  readonly #client: Client;
  readonly #headers: { Account: string };

  constructor(client: Client, account: string) {
    this.#client = client;
    this.#headers = { Account: account };
  }

  /** Names of the namespaces that the caller may see. */
  async list(): Promise<NamespaceList> {
    const call = { method: 'GET', path: PATH, headers: this.#headers, answer: NamespaceList } as const;
    return (await this.#client.send(call)).body;
  }

  async details(): Promise<NamespaceDetails[]> {
    const path = `${PATH}/details`;
    const call = { method: 'GET', path, headers: this.#headers, answer: NamespaceDetailsList } as const;
    return (await this.#client.send(call)).body;
  }

  /** False where the account had the namespace already. `group`: ID of a resource group; default: the account's own. */
  async add(name: string, group?: string): Promise<boolean> {
    const { status } = await this.#client.send({
      method: 'PUT',
      path: `${PATH}/${segment(name)}`,
      headers: { ...this.#headers, ...(group === undefined ? {} : { 'X-Auth-Resource-Group': group }) },
      answer: NamespaceResult,
    });
    return status === 201;
  }

  /** Deletes the namespace with everything in it. Answers the ids of the policies that name it; those stay. */
  async remove(name: string): Promise<string[]> {
    const path = `${PATH}/${segment(name)}`;
    const { headers } = await this.#client.send({ method: 'DELETE', path, headers: this.#headers });
    return headers.get('x-policies-naming')?.split(', ') ?? [];
  }

  /** Puts the namespace into a resource group. */
  async assign(name: string, group: string): Promise<void> {
    const headers = { ...this.#headers, 'X-Auth-Resource-Group': group };
    await this.#client.send({ method: 'PATCH', path: `${PATH}/${segment(name)}`, headers });
  }

  /** For the operator: puts a namespace of any account into another resource group of that account. */
  async reassign(accountId: string, name: string, group: string): Promise<void> {
    const path = `/api/v1/accounts/${segment(accountId)}/namespaces/${segment(name)}/resource_group`;
    const json: NamespaceAssignment = { resource_group_id: group };
    await this.#client.send({ method: 'PUT', path, headers: this.#headers, json });
  }
}
