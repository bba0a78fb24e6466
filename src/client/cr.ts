import type { Static, TSchema } from 'typebox';
import { type RemoteApiImage, RemoteApiImageList } from '../wire/images.ts';
import {
  type NamespaceDetails,
  NamespaceDetailsList,
  NamespaceList,
  NamespaceResult,
} from '../wire/namespaces.ts';
import { type Region, RegionList } from '../wire/regions.ts';
import type { Client } from './client.ts';
import { segment } from './path.ts';

export interface ImageRestriction {
  namespace?: string;
  /** `namespace/repository`. */
  repository?: string;
}

/** The region `endpoint` stands for: the one that has its host name, else the default. */
const regionAt = (endpoint: string, { default: fallback, regions }: RegionList): Region | undefined => {
  const { host, hostname } = new URL(endpoint);
  return (
    regions.find(({ hosts }) => hosts.includes(host) || hosts.includes(hostname)) ??
    regions.find(({ name }) => name === fallback)
  );
};

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

  /** False where the account had the namespace already. */
  async addNamespace(name: string): Promise<boolean> {
    const { status } = await this.#client.send({
      method: 'PUT',
      path: `/api/v1/namespaces/${segment(name)}`,
      headers: this.#headers,
      answer: NamespaceResult,
    });
    return status === 201;
  }

  /** Deletes the namespace with everything in it. */
  async removeNamespace(name: string): Promise<void> {
    const path = `/api/v1/namespaces/${segment(name)}`;
    await this.#client.send({ method: 'DELETE', path, headers: this.#headers });
  }

  images(restriction: ImageRestriction = {}): Promise<RemoteApiImage[]> {
    return this.#get('/api/v1/images', RemoteApiImageList, { ...restriction });
  }

  regions(): Promise<RegionList> {
    return this.#get('/api/v1/regions', RegionList);
  }

  /** The region this endpoint stands for; undefined where the server names none. */
  async region(): Promise<Region | undefined> {
    return regionAt(this.#client.endpoint, await this.regions());
  }
}
