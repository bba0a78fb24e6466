import { type Static, Type } from 'typebox';
import type { Client } from './client.ts';
import { ClientError } from './client-error.ts';
import { listAll } from './pages.ts';
import { segment } from './path.ts';

/** What the client reads of an access group. Source: IBM IAM Access Groups API. */
export const AccessGroup = Type.Object({
  id: Type.String(),
  name: Type.String(),
  description: Type.Optional(Type.String()),
  created_at: Type.Optional(Type.String()),
});
export type AccessGroup = Static<typeof AccessGroup>;

export type MemberType = 'user' | 'service' | 'profile';

export const GroupMember = Type.Object({
  iam_id: Type.String(),
  type: Type.String(),
  name: Type.Optional(Type.String()),
  email: Type.Optional(Type.String()),
  created_at: Type.Optional(Type.String()),
});
export type GroupMember = Static<typeof GroupMember>;

const Next = Type.Optional(Type.Object({ href: Type.Optional(Type.String()) }));

const Outcome = Type.Object({
  status_code: Type.Integer(),
  errors: Type.Optional(Type.Array(Type.Object({ code: Type.String(), message: Type.String() }))),
});

/** Access groups of one account and who is in them. */
export class AccessGroupClient {
  readonly #client: Client;
  readonly #account: string;

  constructor(client: Client, account: string) {
    this.#client = client;
    this.#account = account;
  }

  /** All groups, or those `iamId` is in. */
  list(iamId?: string): Promise<AccessGroup[]> {
    return listAll(this.#client, {
      path: '/v2/groups',
      query: { account_id: this.#account, iam_id: iamId, limit: '100' },
      answer: Type.Object({ groups: Type.Array(AccessGroup), next: Next }),
      items: ({ groups }) => groups,
      next: ({ next }) => next?.href,
      cursor: 'offset',
    });
  }

  async get(id: string): Promise<AccessGroup> {
    const path = `/v2/groups/${segment(id)}`;
    return (await this.#client.send({ method: 'GET', path, answer: AccessGroup })).body;
  }

  async create(json: object): Promise<AccessGroup> {
    const query = { account_id: this.#account };
    const { body } = await this.#client.send({
      method: 'POST',
      path: '/v2/groups',
      query,
      json,
      answer: AccessGroup,
    });
    return body;
  }

  /** Changes a group, unless somebody else was faster. */
  async update(id: string, json: object): Promise<AccessGroup> {
    const path = `/v2/groups/${segment(id)}`;
    const { etag } = await this.#client.send({ method: 'GET', path, answer: AccessGroup });
    const headers = { 'If-Match': etag };
    return (await this.#client.send({ method: 'PATCH', path, headers, json, answer: AccessGroup })).body;
  }

  async remove(id: string, force: boolean): Promise<void> {
    const query = force ? { force: 'true' } : {};
    await this.#client.send({ method: 'DELETE', path: `/v2/groups/${segment(id)}`, query });
  }

  members(id: string): Promise<GroupMember[]> {
    return listAll(this.#client, {
      path: `/v2/groups/${segment(id)}/members`,
      query: { limit: '100', verbose: 'true' },
      answer: Type.Object({ members: Type.Array(GroupMember), next: Next }),
      items: ({ members }) => members,
      next: ({ next }) => next?.href,
      cursor: 'offset',
    });
  }

  /** Adds one member. The door answers 207 with an outcome for each; a refusal in it is thrown as one. */
  async addMember(id: string, iamId: string, type: MemberType): Promise<void> {
    const { body } = await this.#client.send({
      method: 'PUT',
      path: `/v2/groups/${segment(id)}/members`,
      json: { members: [{ iam_id: iamId, type }] },
      answer: Type.Object({ members: Type.Array(Outcome) }),
    });
    const refused = body.members.find(({ status_code }) => status_code >= 300);
    if (!refused) return;
    const [first] = refused.errors ?? [];
    throw new ClientError(first?.code ?? 'REFUSED', first?.message ?? `${iamId} was not added.`, {
      status: refused.status_code,
    });
  }

  async removeMember(id: string, iamId: string): Promise<void> {
    const path = `/v2/groups/${segment(id)}/members/${segment(iamId)}`;
    await this.#client.send({ method: 'DELETE', path });
  }
}
