import { type Client, client } from '../support/clients.ts';
import {
  type RegistryProcess,
  type RegistryProcessOptions,
  startRegistryProcess,
} from '../support/registry-process.ts';
import { type Content, contentInRegistry } from './content.ts';
import { type Fault, Wire } from './wire.ts';

export const namespace = 'birds';

export interface Referrer {
  readonly digest: string;
  readonly artifactType?: string;
}

/** A registry with one namespace, behind a wire that hears what clients say to it. */
export class Stand implements AsyncDisposable {
  readonly registry: RegistryProcess;
  readonly wire: Wire;
  readonly #rooms = new DisposableStack();

  private constructor(registry: RegistryProcess, wire: Wire) {
    this.registry = registry;
    this.wire = wire;
  }

  static async open(fault?: Fault, options: RegistryProcessOptions = {}): Promise<Stand> {
    const registry = await startRegistryProcess(options);
    try {
      await registry.namespaceAdd(namespace);
      return new Stand(registry, await Wire.before(registry.url, fault));
    } catch (error) {
      await registry[Symbol.asyncDispose]();
      throw error;
    }
  }

  /** `127.0.0.1:PORT`, of the wire. */
  get host(): string {
    return this.wire.host;
  }

  get apikey(): string {
    return this.registry.apikey;
  }

  /** A repository of the namespace, as clients name it. */
  at(repository: string): string {
    return `${this.host}/${namespace}/${repository}`;
  }

  /** What the registry gives away under a tag or digest, every byte checked. */
  content(repository: string, reference: string): Promise<Content> {
    return contentInRegistry(this.registry, `${namespace}/${repository}`, reference);
  }

  /** A client that has not logged in; its room goes with the stand. */
  client(name: string, suite = 'sid'): Client {
    return this.#rooms.use(client(name, suite));
  }

  /** A registry token, read-write. */
  async registryToken(): Promise<string> {
    const query = new URLSearchParams({ description: 'a machine', permanent: 'true', write: 'true' });
    const response = await this.registry.request(`/api/v1/tokens?${query}`, { method: 'POST' });
    if (!response.ok) throw new Error(`token-add: ${response.status} ${await response.text()}`);
    return ((await response.json()) as { token: string }).token;
  }

  /** The status of a GET below the namespace, as the owner. */
  async status(path: string): Promise<number> {
    const response = await this.#get(path);
    await response.arrayBuffer();
    return response.status;
  }

  async tags(repository: string): Promise<string[]> {
    return ((await (await this.#get(`${repository}/tags/list`)).json()) as { tags: string[] }).tags;
  }

  async referrers(repository: string, digest: string): Promise<{ manifests: Referrer[] }> {
    return (await (await this.#get(`${repository}/referrers/${digest}`)).json()) as { manifests: Referrer[] };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#rooms.dispose();
    await this.wire[Symbol.asyncDispose]();
    await this.registry[Symbol.asyncDispose]();
  }

  #get(path: string): Promise<Response> {
    const basic = Buffer.from(`iamapikey:${this.apikey}`).toString('base64');
    return fetch(`${this.registry.url}/v2/${namespace}/${path}`, {
      headers: { Authorization: `Basic ${basic}` },
    });
  }
}
