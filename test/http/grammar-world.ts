import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { type Holder, Identities } from '../access/identities.ts';
import { ACCESS_REQUESTS } from '../matrix/access-requests.ts';
import { IDENTITY_REQUESTS } from '../matrix/identity-requests.ts';
import { Place } from '../matrix/place.ts';
import { REGISTRY_REQUESTS } from '../matrix/registry-requests.ts';
import type { Ask, Maker } from '../matrix/request.ts';
import { newManifest, OCI_MANIFEST } from '../spec/content.ts';
import { basic, TestRegistry } from '../support/registry.ts';
import type { Sample } from './grammar.ts';
import type { Random } from './random.ts';

const REQUESTS: Readonly<Record<string, Maker>> = {
  ...IDENTITY_REQUESTS,
  ...ACCESS_REQUESTS,
  ...REGISTRY_REQUESTS,
};

/** A sender of requests: its credential, and the account whose things it may see. */
export interface Sender {
  readonly name: string;
  readonly authorization: string | undefined;
  readonly accountId: string | undefined;
}

/** An account and what is in it that no request names: an answer to anybody else that has it tells of it. */
interface Account {
  readonly place: Place;
  readonly mark: string;
}

/** A registry with two accounts, what they have, who may do how much there, and a sensible request of every route. */
export class GrammarWorld implements AsyncDisposable {
  readonly registry: TestRegistry;
  readonly samples: Sample[] = [];
  readonly senders: Sender[] = [];
  readonly headers: (readonly [string, string])[] = [];
  readonly #accounts: Account[] = [];

  private constructor(registry: TestRegistry) {
    this.registry = registry;
  }

  static async open(): Promise<GrammarWorld> {
    const world = new GrammarWorld(await TestRegistry.start());
    try {
      await world.#fill();
      return world;
    } catch (error) {
      await world[Symbol.asyncDispose]();
      throw error;
    }
  }

  /** What of other accounts is in a text. */
  strangeIn(text: string, accountId: string | undefined): string | undefined {
    return this.#accounts.find(({ place, mark }) => place.accountId !== accountId && text.includes(mark))
      ?.mark;
  }

  /** Who sends a request about things of this account: mostly its owner, else anybody. */
  senderOf(accountId: string, random: Random, isRegistry: boolean): Sender {
    const name = isRegistry ? 'docker login' : 'owner';
    const owner = this.senders.find((each) => each.name === name && each.accountId === accountId);
    return owner && random.chance(0.5) ? owner : random.pick(this.senders);
  }

  /** False once requests have ended the owner's login: then there is little left to ask. */
  async isUsable(): Promise<boolean> {
    const [owner] = this.senders;
    const headers = { Authorization: owner?.authorization ?? '', Account: this.registry.accountId };
    return (await this.registry.fetch('/api/v1/namespaces', { headers })).status === 200;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.registry[Symbol.asyncDispose]();
  }

  async #fill(): Promise<void> {
    const { registry } = this;
    await registry.namespaceAdd('birds');
    const identities = new Identities(registry);
    const { accountId, ownerIamId: iamId, apikey } = registry;
    for (const owner of [{ accountId, iamId, apikey }, await identities.stranger()])
      await this.#addAccount(await Place.open(registry, identities, owner), owner);
    this.senders.push({ name: 'anonymous', authorization: undefined, accountId: undefined });
    this.senders.push({
      name: 'garbage',
      authorization: 'Bearer eyJhbGciOiJub25lIn0.e30.',
      accountId: undefined,
    });
    this.headers.push(
      ['If-Match', '*'],
      ['If-Match', '"1-0"'],
      ['If-Match', ''],
      ['If-None-Match', '*'],
      ['Entity-Lock', 'true'],
      ['Entity-Disable', 'true'],
      ['IAM-ApiKey', 'x'],
      ['Accept', 'text/html'],
      ['Range', 'bytes=0-1,5-'],
      ['Content-Range', '0-9'],
      ['Account', 'x'],
      ['X-Forwarded-For', '203.0.113.9'],
      ['X-Forwarded-Host', 'evil.example'],
      ['User-Agent', 'x'.repeat(500)],
    );
  }

  async #addAccount(place: Place, owner: Holder): Promise<void> {
    const mark = await this.#hide(place);
    this.#accounts.push({ place, mark });
    this.headers.push(['Account', place.accountId], ['X-Auth-Resource-Group', place.accountId]);
    await this.#addSenders(place, owner);
    for (const { method, path, schema, bodyLimit } of this.registry.routes) {
      const route = `${method.includes(',') ? 'ANY' : method} ${path}`;
      const make = REQUESTS[route];
      const headers = { Account: place.accountId };
      const sent = (await make?.(place)) ?? bare(path, schema.body !== undefined);
      const { accountId } = place;
      const sample = { ...sent, accountId, headers: { ...headers, ...sent.headers }, schema, bodyLimit };
      this.samples.push({ ...sample, method: method.includes(',') ? 'GET' : method });
    }
    await this.#addRegistrySamples(place);
  }

  /** Things whose names and descriptions stand in no request. */
  async #hide(place: Place): Promise<string> {
    const mark = `hid-${randomUUID().slice(0, 8)}`;
    const { accountId: account_id } = place;
    const hidden = { name: mark, description: mark };
    const { iam_id } = await place.make('POST', '/v1/serviceids', {
      account_id,
      ...hidden,
      apikey: { name: mark },
    });
    await place.make('POST', '/v1/profiles', { account_id, ...hidden });
    const { id } = await place.make('POST', `/v2/groups?account_id=${account_id}`, hidden);
    await place.make('PUT', `/v2/groups/${id}/members`, { members: [{ iam_id }] });
    await place.make('POST', '/v2/resource_groups', { account_id, name: mark });
    await place.make('PUT', `/api/v1/namespaces/${mark}`);
    await place.make('POST', `/api/v1/tokens?description=${mark}`);
    await this.#push(place, mark);
    return mark;
  }

  async #addSenders({ accountId, identities }: Place, owner: Holder): Promise<void> {
    const { registry } = this;
    const bearing = async (name: string, apikey: string): Promise<void> => {
      const { access_token: token } = await registry.login(apikey);
      this.senders.push({ name, authorization: `Bearer ${token}`, accountId });
    };
    await bearing('owner', owner.apikey);
    await bearing('service ID without policies', (await identities.serviceId(accountId)).apikey);
    const docker = await registry.bearer(
      ['repository:birds/a:pull,push', 'registry:catalog:*'],
      'iamapikey',
      owner.apikey,
    );
    this.senders.push({ name: 'docker bearer', authorization: `Bearer ${docker}`, accountId });
    this.senders.push({ name: 'docker login', authorization: basic('iamapikey', owner.apikey), accountId });
  }

  async #push({ owner }: Place, namespace: string): Promise<string> {
    const response = await this.registry.v2('PUT', `${namespace}/a/manifests/1`, {
      headers: { 'Content-Type': OCI_INDEX, Authorization: basic('iamapikey', owner.apikey) },
      body: JSON.stringify({
        schemaVersion: 2,
        mediaType: OCI_INDEX,
        manifests: [],
        annotations: { namespace },
      }),
    });
    assert.equal(response.status, 201, await response.text());
    return response.headers.get('docker-content-digest') ?? '';
  }

  async #addRegistrySamples(place: Place): Promise<void> {
    const namespace = await place.namespace();
    const digest = await this.#push(place, namespace);
    const name = `/v2/${namespace}/a`;
    const manifest = JSON.parse(newManifest().toString()) as object;
    const add = (method: string, path: string, more: Partial<Sample> = {}): void =>
      void this.samples.push({ method, path, accountId: place.accountId, ...more });
    add('GET', '/v2/');
    add('GET', '/v2/_catalog?n=5');
    add('GET', `/oauth/token?scope=repository:${namespace}/a:pull,push`);
    for (const reference of ['1', digest]) {
      for (const method of ['GET', 'HEAD']) add(method, `${name}/manifests/${reference}`);
      add('PUT', `${name}/manifests/${reference}`, {
        body: manifest,
        headers: { 'Content-Type': OCI_MANIFEST },
      });
    }
    add('DELETE', `${name}/manifests/2`);
    add('GET', `${name}/tags/list?n=2`);
    add('GET', `${name}/referrers/${digest}`);
    add('GET', `${name}/blobs/${digest}`);
    add('DELETE', `${name}/blobs/${digest}`);
    add('POST', `${name}/blobs/uploads/`);
    add('POST', `${name}/blobs/uploads/?mount=${digest}&from=${namespace}/b`);
    add('PATCH', `${name}/blobs/uploads/${randomUUID()}`, { body: manifest });
    add('PUT', `${name}/blobs/uploads/${randomUUID()}?digest=${digest}`, { body: manifest });
  }
}

/** Of a route of which only its pattern is known. */
const bare = (path: string, hasBody: boolean): Ask => ({
  path: path.replaceAll(/:\w+/g, 'x'),
  ...(hasBody ? { body: {} } : {}),
});

const OCI_INDEX = 'application/vnd.oci.image.index.v1+json';
