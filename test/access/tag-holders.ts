import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { TestRepository } from '../spec/repository.ts';
import { basic, type TestRegistry } from '../support/registry.ts';
import { Caller } from './caller.ts';
import { type Holder, Identities } from './identities.ts';
import { onNamespace, v2Policy } from './policy-documents.ts';

export type Condition = readonly [key: string, operator: string, value: string];

/** Identities that hold roles on some tags of repositories of the namespace birds. */
export class TagHolders {
  readonly #on: { readonly registry: TestRegistry };

  /** A stage, whose registry is started before the first test. */
  constructor(on: { readonly registry: TestRegistry }) {
    this.#on = on;
  }

  /** A repository that no other test uses. */
  repository(): TestRepository {
    return new TestRepository(this.#on.registry, `birds/tags/${randomUUID().slice(0, 8)}`);
  }

  /** An identity with a role where these conditions hold. */
  async holding(role: string, ...conditions: readonly Condition[]): Promise<Holder> {
    const holder = await new Identities(this.#on.registry).serviceId();
    await this.give(holder.iamId, role, ...conditions);
    return holder;
  }

  async give(iamId: string, role: string, ...conditions: readonly Condition[]): Promise<void> {
    const { registry } = this.#on;
    const policy = v2Policy(iamId, role, registry.accountId, onNamespace('birds'));
    const more = conditions.map(([key, operator, value]) => ({ key, operator, value }));
    const resource = { attributes: [...policy.resource.attributes, ...more] };
    const made = await (await Caller.login(registry)).post('/v2/policies', { ...policy, resource });
    assert.equal(made.status, 201, JSON.stringify(made.body));
  }

  as(holder: Holder, method: string, path: string, init: RequestInit = {}): Promise<Response> {
    const headers = { ...init.headers, Authorization: basic('iamapikey', holder.apikey) };
    return this.#on.registry.v2(method, path, { ...init, headers });
  }

  async statusOf(holder: Holder, method: string, path: string): Promise<number> {
    const response = await this.as(holder, method, path);
    await response.arrayBuffer();
    return response.status;
  }
}
