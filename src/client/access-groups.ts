import type { Static } from 'typebox';
import {
  AccessGroup,
  type AccessGroupChange,
  type AccessGroupCreate,
  AccessGroupList,
  type GroupMember,
  GroupMemberList,
  MembersAdded,
  MembersRemoved,
  type Outcome,
} from '../wire/access-groups.ts';
import type { Client } from './client.ts';
import { ClientError } from './client-error.ts';
import { listAll } from './pages.ts';
import { segment } from './path.ts';

const PATH = '/v2/groups';
/** Members that one request adds or takes out. */
const AT_ONCE = 50;

/** A member for whom a request about several was refused. */
export interface MemberRefusal {
  readonly iamId: string;
  readonly status: number;
  readonly code: string;
  readonly message: string | undefined;
}

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

  /** The first groups. */
  async page(limit: number): Promise<AccessGroup[]> {
    const query = { account_id: this.#account, limit: String(limit) };
    return (await this.#client.send({ method: 'GET', path: PATH, query, answer: AccessGroupList })).body
      .groups;
  }

  async get(id: string): Promise<AccessGroup> {
    const path = `${PATH}/${segment(id)}`;
    return (await this.#client.send({ method: 'GET', path, answer: AccessGroup })).body;
  }

  /** A group as it stands, with its version for If-Match. */
  async current(id: string): Promise<AccessGroup & { entity_tag: string }> {
    const path = `${PATH}/${segment(id)}`;
    const { body, etag } = await this.#client.send({ method: 'GET', path, answer: AccessGroup });
    return { ...body, entity_tag: etag };
  }

  async create(json: Static<typeof AccessGroupCreate>): Promise<AccessGroup> {
    const query = { account_id: this.#account };
    const call = { method: 'POST', path: PATH, query, json, answer: AccessGroup } as const;
    return (await this.#client.send(call)).body;
  }

  /** Changes a group. Refused where another change came in between: since `entityTag` was read, or since now. */
  async update(id: string, json: Static<typeof AccessGroupChange>, entityTag?: string): Promise<AccessGroup> {
    const path = `${PATH}/${segment(id)}`;
    const headers = { 'If-Match': entityTag ?? (await this.current(id)).entity_tag };
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

  /** A page of members, of those by a rule too. `next`: where the following page starts. */
  async membersPage(
    id: string,
    { offset, limit }: { offset: number; limit: number },
  ): Promise<{ members: GroupMember[]; next: number | undefined; total: number }> {
    const { body } = await this.#client.send({
      method: 'GET',
      path: `${PATH}/${segment(id)}/members`,
      query: { verbose: 'true', membership_type: 'all', offset: String(offset), limit: String(limit) },
      answer: GroupMemberList,
    });
    const { members, total_count: total } = body;
    const next = offset + members.length;
    return { members, next: members.length > 0 && next < total ? next : undefined, total };
  }

  /** Adds several members, 50 at a time. Those that are refused come back, each with the reason; the others are added. */
  async addMembers(
    id: string,
    members: readonly { readonly iam_id: string; readonly type: GroupMember['type'] }[],
  ): Promise<MemberRefusal[]> {
    const path = `${PATH}/${segment(id)}/members`;
    const refused: MemberRefusal[] = [];
    for (let start = 0; start < members.length; start += AT_ONCE) {
      const json = { members: members.slice(start, start + AT_ONCE) };
      const { body } = await this.#client.send({ method: 'PUT', path, json, answer: MembersAdded });
      refused.push(...refusedOf(body.members));
    }
    return refused;
  }

  /** Takes several members out, as `addMembers` adds them. */
  async removeMembers(id: string, iamIds: readonly string[]): Promise<MemberRefusal[]> {
    const path = `${PATH}/${segment(id)}/members/delete`;
    const refused: MemberRefusal[] = [];
    for (let start = 0; start < iamIds.length; start += AT_ONCE) {
      const json = { members: iamIds.slice(start, start + AT_ONCE) };
      const { body } = await this.#client.send({ method: 'POST', path, json, answer: MembersRemoved });
      refused.push(...refusedOf(body.members));
    }
    return refused;
  }

  /** Adds one member. The door answers 207 with an outcome for each member; a refusal in it is thrown. */
  async addMember(id: string, iamId: string, type: GroupMember['type']): Promise<void> {
    const [refused] = await this.addMembers(id, [{ iam_id: iamId, type }]);
    if (!refused) return;
    const { code, message, status } = refused;
    throw new ClientError(code, message ?? `${iamId} was not added.`, { status });
  }

  async removeMember(id: string, iamId: string): Promise<void> {
    const path = `${PATH}/${segment(id)}/members/${segment(iamId)}`;
    await this.#client.send({ method: 'DELETE', path });
  }
}

const refusedOf = (members: readonly (Outcome & { readonly iam_id: string })[]): MemberRefusal[] =>
  members
    .filter(({ status_code: status }) => status >= 300)
    .map(({ iam_id: iamId, status_code: status, errors: [first] = [] }) => ({
      iamId,
      status,
      code: first?.code ?? 'REFUSED',
      message: first?.message,
    }));
