import type { Static } from 'typebox';
import {
  AccessGroup,
  type AccessGroupChange,
  type AccessGroupCreate,
  AccessGroupList,
  type GroupMember,
  GroupMemberList,
  MembersAdded,
} from '../wire/access-groups.ts';
import type { Client } from './client.ts';
import { ClientError } from './client-error.ts';
import { listAll } from './pages.ts';
import { segment } from './path.ts';

const PATH = '/v2/groups';

/** Access groups of one account and their members. */
export class AccessGroupClient {
  readonly #client: Client;
  readonly #account: string;

  constructor(client: Client, account: string) {
    this.#client = client;
    this.#account = account;
  }

  /** All groups, or those that have `iamId` as a member. */
  list(iamId?: string): Promise<AccessGroup[]> {
    return listAll(this.#client, {
      path: PATH,
      query: { account_id: this.#account, iam_id: iamId, limit: '100' },
      answer: AccessGroupList,
      items: ({ groups }) => groups,
      next: ({ next }) => next?.href,
      cursor: 'offset',
    });
  }

  async get(id: string): Promise<AccessGroup> {
    const path = `${PATH}/${segment(id)}`;
    return (await this.#client.send({ method: 'GET', path, answer: AccessGroup })).body;
  }

  async create(json: Static<typeof AccessGroupCreate>): Promise<AccessGroup> {
    const query = { account_id: this.#account };
    const call = { method: 'POST', path: PATH, query, json, answer: AccessGroup } as const;
    return (await this.#client.send(call)).body;
  }

  /** Changes a group. Refused where another change came in between. */
  async update(id: string, json: Static<typeof AccessGroupChange>): Promise<AccessGroup> {
    const path = `${PATH}/${segment(id)}`;
    const { etag } = await this.#client.send({ method: 'GET', path, answer: AccessGroup });
    const headers = { 'If-Match': etag };
    return (await this.#client.send({ method: 'PATCH', path, headers, json, answer: AccessGroup })).body;
  }

  async remove(id: string, force: boolean): Promise<void> {
    const query = force ? { force: 'true' } : {};
    await this.#client.send({ method: 'DELETE', path: `${PATH}/${segment(id)}`, query });
  }

  members(id: string): Promise<GroupMember[]> {
    return listAll(this.#client, {
      path: `${PATH}/${segment(id)}/members`,
      query: { limit: '100', verbose: 'true' },
      answer: GroupMemberList,
      items: ({ members }) => members,
      next: ({ next }) => next?.href,
      cursor: 'offset',
    });
  }

  /** Adds one member. The door answers 207 with an outcome for each member; a refusal in it is thrown. */
  async addMember(id: string, iamId: string, type: GroupMember['type']): Promise<void> {
    const { body } = await this.#client.send({
      method: 'PUT',
      path: `${PATH}/${segment(id)}/members`,
      json: { members: [{ iam_id: iamId, type }] },
      answer: MembersAdded,
    });
    const refused = body.members.find(({ status_code }) => status_code >= 300);
    if (!refused) return;
    const [first] = refused.errors ?? [];
    throw new ClientError(first?.code ?? 'REFUSED', first?.message ?? `${iamId} was not added.`, {
      status: refused.status_code,
    });
  }

  async removeMember(id: string, iamId: string): Promise<void> {
    const path = `${PATH}/${segment(id)}/members/${segment(iamId)}`;
    await this.#client.send({ method: 'DELETE', path });
  }
}
