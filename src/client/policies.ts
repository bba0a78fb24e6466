import { type Static, Type } from 'typebox';
import type { Client } from './client.ts';
import { listAll } from './pages.ts';
import { segment } from './path.ts';

/** Which of IBM's two policy APIs: their documents differ. */
export type PolicyVersion = 'v1' | 'v2';

const Attribute = Type.Object({
  name: Type.Optional(Type.String()),
  key: Type.Optional(Type.String()),
  value: Type.Unknown(),
  operator: Type.Optional(Type.String()),
});

const Roles = Type.Array(Type.Object({ role_id: Type.String(), display_name: Type.Optional(Type.String()) }));

const Attributes = Type.Object({ attributes: Type.Optional(Type.Array(Attribute)) });

/** What the client reads of a policy, whichever API it comes from. Source: IBM IAM Policy Management API. */
export const Policy = Type.Object({
  id: Type.String(),
  type: Type.String(),
  state: Type.Optional(Type.String()),
  description: Type.Optional(Type.String()),
  created_at: Type.Optional(Type.String()),
  subjects: Type.Optional(Type.Array(Attributes)),
  roles: Type.Optional(Roles),
  resources: Type.Optional(Type.Array(Attributes)),
  subject: Type.Optional(Attributes),
  resource: Type.Optional(Attributes),
  control: Type.Optional(Type.Object({ grant: Type.Optional(Type.Object({ roles: Roles })) })),
});
export type Policy = Static<typeof Policy>;

const PolicyPage = Type.Object({
  policies: Type.Array(Policy),
  next: Type.Optional(Type.Object({ href: Type.Optional(Type.String()) })),
});

/** Whose policies: an identity's or an access group's. */
export type PolicySubject = { readonly iam_id: string } | { readonly access_group_id: string };

/** Access policies of one account. */
export class PolicyClient {
  readonly #client: Client;
  readonly #account: string;

  constructor(client: Client, account: string) {
    this.#client = client;
    this.#account = account;
  }

  list(version: PolicyVersion, subject: PolicySubject): Promise<Policy[]> {
    return listAll(this.#client, {
      path: `/${version}/policies`,
      query: { account_id: this.#account, type: 'access', ...subject },
      answer: PolicyPage,
      items: ({ policies }) => policies,
      next: ({ next }) => next?.href,
      cursor: 'start',
    });
  }

  /** The policy, and its version for If-Match. */
  async get(version: PolicyVersion, id: string): Promise<{ policy: Policy; etag: string }> {
    const path = `/${version}/policies/${segment(id)}`;
    const { body, etag } = await this.#client.send({ method: 'GET', path, answer: Policy });
    return { policy: body, etag };
  }

  async create(version: PolicyVersion, json: object): Promise<Policy> {
    const { body } = await this.#client.send({
      method: 'POST',
      path: `/${version}/policies`,
      json,
      answer: Policy,
    });
    return body;
  }

  /** Replaces a policy whole, unless somebody else was faster. */
  async replace(version: PolicyVersion, id: string, etag: string, json: object): Promise<Policy> {
    const { body } = await this.#client.send({
      method: 'PUT',
      path: `/${version}/policies/${segment(id)}`,
      headers: { 'If-Match': etag },
      json,
      answer: Policy,
    });
    return body;
  }

  async remove(version: PolicyVersion, id: string): Promise<void> {
    await this.#client.send({ method: 'DELETE', path: `/${version}/policies/${segment(id)}` });
  }
}
