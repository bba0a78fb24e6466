import assert from 'node:assert/strict';
import { Caller } from '../access/caller.ts';
import type { Holder, Identities } from '../access/identities.ts';
import { v1Policy, v2Policy } from '../access/policy-documents.ts';
import type { TestRegistry } from '../support/registry.ts';

// biome-ignore lint/suspicious/noExplicitAny: whatever the door answered
type Body = any;

/** An account in which its owner makes fresh things for others to try their rights on. */
export class Place {
  readonly registry: TestRegistry;
  readonly identities: Identities;
  readonly owner: Holder;
  readonly #caller: Caller;
  #made = 0;

  private constructor(registry: TestRegistry, identities: Identities, owner: Holder, caller: Caller) {
    this.registry = registry;
    this.identities = identities;
    this.owner = owner;
    this.#caller = caller;
  }

  static async open(registry: TestRegistry, identities: Identities, owner: Holder): Promise<Place> {
    return new Place(registry, identities, owner, await Caller.login(registry, owner.apikey));
  }

  get accountId(): string {
    return this.owner.accountId;
  }

  /** A name nothing here has yet. */
  name(): string {
    this.#made += 1;
    return `thing-${this.#made}-${this.accountId.slice(0, 6)}`;
  }

  /** The owner's request; it must succeed. */
  async make(method: string, path: string, body?: object): Promise<Body> {
    const answer = await this.#caller.send(method, path, body, { Account: this.accountId, 'If-Match': '*' });
    assert.ok(answer.status < 300, `${method} ${path}: ${answer.status} ${JSON.stringify(answer.body)}`);
    return answer.body;
  }

  serviceId(): Promise<{ id: string; iam_id: string; apikey: { id: string; apikey: string } }> {
    const body = { account_id: this.accountId, name: this.name(), apikey: { name: 'k' } };
    return this.make('POST', '/v1/serviceids', body);
  }

  async group(...members: string[]): Promise<string> {
    const { id } = await this.make('POST', `/v2/groups?account_id=${this.accountId}`, { name: this.name() });
    if (members.length > 0)
      await this.make('PUT', `/v2/groups/${id}/members`, { members: members.map((iam_id) => ({ iam_id })) });
    return id;
  }

  async profile(): Promise<string> {
    const made = await this.make('POST', '/v1/profiles', { name: this.name(), account_id: this.accountId });
    return made.id;
  }

  /** A policy's body for a subject that has none yet. */
  async policyBody(version: 'v1' | 'v2'): Promise<object> {
    const { iam_id: subject } = await this.serviceId();
    return (version === 'v1' ? v1Policy : v2Policy)(subject, 'Reader', this.accountId);
  }

  async policy(version: 'v1' | 'v2'): Promise<{ id: string; body: object }> {
    const body = await this.policyBody(version);
    const { id } = await this.make('POST', `/${version}/policies`, body);
    return { id, body };
  }

  roleBody(): object {
    const name = `Role${this.name().replaceAll('-', '')}`;
    const content = { display_name: name, actions: ['container-registry.image.pull'] };
    return { ...content, name, account_id: this.accountId, service_name: 'container-registry' };
  }

  async namespace(): Promise<string> {
    const name = this.name();
    await this.make('PUT', `/api/v1/namespaces/${name}`);
    return name;
  }
}
