import assert from 'node:assert/strict';
import type { Role } from '../../src/access/roles/roles.ts';
import { crnOfRole } from '../../src/access/roles/roles.ts';
import type { ApiKey } from '../../src/wire/api-keys.ts';
import type { ServiceId } from '../../src/wire/service-ids.ts';
import { type Holder, Identities } from '../access/identities.ts';
import { v2Policy } from '../access/policy-documents.ts';
import type { TestRegistry } from '../support/registry.ts';

/** What a policy is on, beside its account. */
export type Scope = Readonly<Record<string, string>>;

/** Somebody with an API key. */
export interface Someone {
  readonly iamId: string;
  readonly apikey: string;
}

/** A registry's IAM, asked as somebody. */
export class IamLab {
  readonly registry: TestRegistry;

  constructor(registry: TestRegistry) {
    this.registry = registry;
  }

  get owner(): Someone {
    return { iamId: this.registry.ownerIamId, apikey: this.registry.apikey };
  }

  as(
    who: Someone,
    method: string,
    path: string,
    body?: object,
    headers: Record<string, string> = {},
  ): Promise<Response> {
    return this.registry.api(method, path, body, who.apikey, headers);
  }

  /** Asks as the owner and wants this status. */
  async want<Body>(
    status: number,
    method: string,
    path: string,
    body?: object,
    headers?: Record<string, string>,
  ): Promise<Body> {
    return wanted(await this.as(this.owner, method, path, body, headers), status);
  }

  serviceId(name: string, more: object = {}): Promise<ServiceId> {
    const body = { account_id: this.registry.accountId, name, ...more };
    return this.want(201, 'POST', '/v1/serviceids/', body);
  }

  key(iamId: string, more: object = {}, headers: Record<string, string> = {}): Promise<ApiKey> {
    const body = { name: 'k', iam_id: iamId, account_id: this.registry.accountId, ...more };
    return this.want(201, 'POST', '/v1/apikeys', body, headers);
  }

  /** A service ID with a key, and a role on a scope where one is given. */
  async someone(name: string, role?: Role, scope: Scope = {}): Promise<Someone & { readonly id: string }> {
    const { id, iam_id: iamId, apikey } = await this.serviceId(name, { apikey: { name: 'k' } });
    if (role) await this.grant(iamId, role, scope);
    return { id, iamId, apikey: apikey?.apikey ?? '' };
  }

  /** Grants a role, on the account or part of it. */
  async grant(iamId: string, role: Role, scope: Scope): Promise<void> {
    const policy = v2Policy(iamId, crnOfRole(role), this.registry.accountId, scope);
    await this.want(201, 'POST', '/v2/policies', policy);
  }

  /** A second account and its owner. */
  stranger(): Promise<Holder> {
    return new Identities(this.registry).stranger();
  }
}

export const wanted = async <Body>(response: Response, status: number): Promise<Body> => {
  const text = await response.text();
  assert.equal(response.status, status, text);
  return (text === '' ? undefined : JSON.parse(text)) as Body;
};
