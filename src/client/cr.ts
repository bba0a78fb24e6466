import type { Static, TSchema } from 'typebox';
import { type AccountCreate, NewAccount } from '../wire/accounts.ts';
import { AuthOptions, type AuthOptionsPatch } from '../wire/auth.ts';
import { type RemoteApiImage, RemoteApiImageList } from '../wire/images.ts';
import {
  type NamespaceAssignment,
  type NamespaceDetails,
  NamespaceDetailsList,
  NamespaceList,
  NamespaceResult,
} from '../wire/namespaces.ts';
import type { Client } from './client.ts';
import { segment } from './path.ts';

export interface ImageRestriction {
  namespace?: string;
  /** `namespace/repository`. */
  repository?: string;
}

/** The registry's own API, /api/v1, for one account. */
export class RegistryClient {
  readonly #client: Client;
  readonly #headers: { Account: string };

  constructor(client: Client, account: string) {
    this.#client = client;
    this.#headers = { Account: account };
  }

  async #get<Answer extends TSchema>(
    path: string,
    answer: Answer,
    query: Record<string, string | undefined> = {},
  ): Promise<Static<Answer>> {
    const { body } = await this.#client.send({ method: 'GET', path, query, headers: this.#headers, answer });
    return body;
  }

  /** Names of the account's namespaces that the caller may see. */
  namespaces(): Promise<NamespaceList> {
    return this.#get('/api/v1/namespaces', NamespaceList);
  }

  namespaceDetails(): Promise<NamespaceDetails[]> {
    return this.#get('/api/v1/namespaces/details', NamespaceDetailsList);
  }

  /** False where the account had the namespace already. `group`: ID of a resource group; default: the account's own. */
  async addNamespace(name: string, group?: string): Promise<boolean> {
    const { status } = await this.#client.send({
      method: 'PUT',
      path: `/api/v1/namespaces/${segment(name)}`,
      headers: { ...this.#headers, ...(group === undefined ? {} : { 'X-Auth-Resource-Group': group }) },
      answer: NamespaceResult,
    });
    return status === 201;
  }

  /** Deletes the namespace with everything in it. Answers the ids of policies that name it, which stay. */
  async removeNamespace(name: string): Promise<string[]> {
    const path = `/api/v1/namespaces/${segment(name)}`;
    const { headers } = await this.#client.send({ method: 'DELETE', path, headers: this.#headers });
    return headers.get('x-policies-naming')?.split(', ') ?? [];
  }

  /** Puts a namespace into a resource group. */
  async assignNamespace(name: string, group: string): Promise<void> {
    const path = `/api/v1/namespaces/${segment(name)}`;
    const headers = { ...this.#headers, 'X-Auth-Resource-Group': group };
    await this.#client.send({ method: 'PATCH', path, headers });
  }

  /** For the operator: puts a namespace of any account into another resource group of that account. */
  async reassignNamespace(accountId: string, name: string, group: string): Promise<void> {
    const path = `/api/v1/accounts/${segment(accountId)}/namespaces/${segment(name)}/resource_group`;
    const json: NamespaceAssignment = { resource_group_id: group };
    await this.#client.send({ method: 'PUT', path, headers: this.#headers, json });
  }

  images(restriction: ImageRestriction = {}): Promise<RemoteApiImage[]> {
    return this.#get('/api/v1/images', RemoteApiImageList, { ...restriction });
  }

  /** How the account may be reached in this region. */
  authOptions(): Promise<AuthOptions> {
    return this.#get('/api/v1/auth', AuthOptions);
  }

  async setAuthOptions(options: AuthOptionsPatch): Promise<void> {
    await this.#client.send({
      method: 'PATCH',
      path: '/api/v1/auth',
      headers: this.#headers,
      json: options,
    });
  }

  /** A new account with an owner, and the owner's API key: nothing can show it again. For the operator. */
  async createAccount(name: string): Promise<NewAccount> {
    const { body } = await this.#client.send({
      method: 'POST',
      path: '/api/v1/accounts',
      headers: this.#headers,
      json: { name } satisfies AccountCreate,
      answer: NewAccount,
    });
    return body;
  }
}
