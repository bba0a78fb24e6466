import { randomUUID } from 'node:crypto';
import { PASSWORD } from '../identity/people.ts';
import type { TestRegistry } from '../support/registry.ts';
import { type Answer, Caller } from './caller.ts';
import { v2Policy } from './policy-documents.ts';

/** An identity with an API key in an account. */
export interface Holder {
  readonly iamId: string;
  readonly accountId: string;
  readonly apikey: string;
}

/** People and service IDs of a registry, made through its API; every one is new. */
export class Identities {
  readonly #registry: TestRegistry;
  /** The key of an account's owner, by the account's id. */
  readonly #owners: Map<string, string>;

  constructor(registry: TestRegistry) {
    this.#registry = registry;
    this.#owners = new Map([[registry.accountId, registry.apikey]]);
  }

  async serviceId(accountId = this.#registry.accountId, locked = false): Promise<Holder> {
    const owner = await this.#owner(accountId);
    const asked = { account_id: accountId, name: 'ci', apikey: { name: 'key' } };
    const { id, iam_id: iamId, apikey } = made(await owner.post('/v1/serviceids', asked), 201);
    if (locked) made(await owner.post(`/v1/serviceids/${id}/lock`, {}), 204);
    return { iamId, accountId, apikey: apikey.apikey };
  }

  /** A service ID with a role in the first account, on the registry where nothing else is said. */
  async holding(role: string, attributes?: Readonly<Record<string, string>>): Promise<Holder> {
    const { accountId } = this.#registry;
    const holder = await this.serviceId(accountId);
    const owner = await this.#owner(accountId);
    made(await owner.post('/v2/policies', v2Policy(holder.iamId, role, accountId, attributes)), 201);
    return holder;
  }

  /** A user with an API key, which only they can make. */
  async user(accountId = this.#registry.accountId): Promise<Holder> {
    const { iamId, email } = await this.member(accountId);
    const form = { grant_type: 'password', username: email, password: PASSWORD };
    const response = await this.#registry.fetch('/identity/token', {
      method: 'POST',
      body: new URLSearchParams(form),
    });
    const { access_token: token } = (await response.json()) as { access_token: string };
    const self = Caller.bearing(this.#registry, token);
    const asked = { name: 'key', iam_id: iamId, account_id: accountId };
    return { iamId, accountId, apikey: made(await self.post('/v1/apikeys', asked), 201).apikey };
  }

  /** A user with a password and nothing else: for whom an id is enough. */
  async member(accountId = this.#registry.accountId): Promise<{ iamId: string; email: string }> {
    const owner = await this.#owner(accountId);
    const email = `${randomUUID()}@example.com`;
    const asked = { users: [{ email, account_role: 'Member' }] };
    const invitation = made(await owner.post(`/v2/accounts/${accountId}/users`, asked), 202);
    const [{ id: iamId, invitation_code: code }] = invitation.resources;
    const accepting = { code, password: PASSWORD, first_name: 'Ada', last_name: 'Lovelace' };
    made(await Caller.bearing(this.#registry).post('/v1/invitations/accept', accepting), 200);
    return { iamId, email };
  }

  /** Another account with its owner. */
  async stranger(): Promise<Holder> {
    const operator = await this.#owner(this.#registry.accountId);
    const body = made(await operator.post('/api/v1/accounts', { name: 'Strangers' }), 201);
    this.#owners.set(body.account_id, body.apikey);
    return { iamId: body.owner_iam_id, accountId: body.account_id, apikey: body.apikey };
  }

  #owner(accountId: string): Promise<Caller> {
    const apikey = this.#owners.get(accountId);
    if (apikey === undefined) throw new Error(`no owner is known of the account ${accountId}`);
    return Caller.login(this.#registry, apikey);
  }
}

const made = ({ status, body }: Answer, wanted: number): Answer['body'] => {
  if (status !== wanted) throw new Error(`${status}: ${JSON.stringify(body)}`);
  return body;
};
