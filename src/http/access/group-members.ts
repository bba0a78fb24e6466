import { setImmediate as turnOfLoop } from 'node:timers/promises';
import { Type } from 'typebox';
import type {
  AccessGroup,
  AccessGroups,
  MemberOutcome,
  RuledMember,
  GroupMember as StoredMember,
} from '../../access/room.ts';
import { type ErrorCode, RegistryError } from '../../errors.ts';
import {
  AccountQuery,
  type GroupMember,
  GroupMemberList,
  GroupMemberQuery,
  GroupsJoin,
  GroupsJoined,
  MembersAdd,
  MembersAdded,
  MembersRemove,
  MembersRemoved,
  type Outcome,
} from '../../wire/access-groups.ts';
import type { JsonApp, RequestHead } from '../json-app.ts';
import { offsetPage } from '../pages.ts';
import { timestamp } from '../timestamp.ts';
import { GroupId, groupId, handingOn, mayAdd, mayDoTo, onGroup, outcome, ownGroup } from './group-parts.ts';
import { type AccessParts, authorOf, ownAccount } from './parts.ts';

const Member = Type.Object({ ...GroupId.properties, iam_id: Type.String({ maxLength: 200 }) });
const tags = ['access'];
const PAGE = 50;

/** Members of access groups. Requests about several answer 207 with the status of each. */
export const groupMemberRoutes = (app: JsonApp, parts: AccessParts): void => {
  const { accessGroups, externalUrl } = parts;

  app.put(
    '/v2/groups/:id/members',
    {
      schema: {
        summary: 'Add members to an access group',
        tags,
        params: GroupId,
        body: MembersAdd,
        response: { 207: MembersAdded },
      },
      config: { needs: handingOn(parts, 'iam-groups.members.add') },
    },
    async (request, reply) => {
      const asked = request.body.members.map(({ iam_id, type }) => ({ iamId: iam_id, type }));
      const outcomes = await accessGroups.add(groupId(request), asked, authorOf(request));
      reply.code(207);
      return { members: outcomes.map((each) => addedWire(request, each)) };
    },
  );

  app.get(
    '/v2/groups/:id/members',
    {
      schema: {
        summary: 'Who is in an access group',
        tags,
        params: GroupId,
        querystring: GroupMemberQuery,
        response: { 200: GroupMemberList },
      },
      config: { needs: onGroup(parts, 'iam-groups.members.list') },
    },
    async (request) => {
      const { limit = PAGE, offset = 0, type, verbose = false, membership_type: by } = request.query;
      const group = await ownGroup(parts, request);
      const { members, total } = await membersOf(accessGroups, group, { limit, offset, type, by });
      const path = `${externalUrl}/v2/groups/${group.id}/members`;
      const wire = async (member: StoredMember | RuledMember): Promise<GroupMember> => ({
        ...('membership' in member ? ruledWire(member, path) : memberWire(member, path)),
        ...(verbose ? await accessGroups.called(group.accountId, member) : {}),
      });
      const page = offsetPage({ limit, offset, total }, path, request.query);
      return { ...page, members: await Promise.all(members.map(wire)) };
    },
  );

  app.head(
    '/v2/groups/:id/members/:iam_id',
    {
      schema: {
        summary: 'Whether an identity is in an access group',
        tags,
        params: Member,
        response: { 204: Type.Null() },
      },
      config: { needs: onGroup(parts, 'iam-groups.members.read') },
    },
    async (request, reply) => {
      const group = await ownGroup(parts, request);
      if (!(await accessGroups.hasMember(group.id, request.params.iam_id)))
        throw new RegistryError('NOT_FOUND');
      reply.code(204);
    },
  );

  app.delete(
    '/v2/groups/:id/members/:iam_id',
    {
      schema: {
        summary: 'Take a member out of an access group',
        tags,
        params: Member,
        response: { 204: Type.Null() },
      },
      config: { needs: onGroup(parts, 'iam-groups.members.delete') },
    },
    async (request, reply) => {
      const { iam_id: iamId } = request.params;
      const removed = await accessGroups.remove(groupId(request), [iamId], authorOf(request));
      if (!removed.has(iamId))
        throw new RegistryError('NOT_FOUND', { message: `${iamId} is not in the group` });
      reply.code(204);
    },
  );

  app.post(
    '/v2/groups/:id/members/delete',
    {
      schema: {
        summary: 'Take members out of an access group',
        tags,
        params: GroupId,
        body: MembersRemove,
        response: { 207: MembersRemoved },
      },
      config: { needs: onGroup(parts, 'iam-groups.members.delete') },
    },
    async (request, reply) => {
      const { members } = request.body;
      const removed = await accessGroups.remove(groupId(request), members, authorOf(request));
      reply.code(207);
      const wire = (iamId: string) => ({
        iam_id: iamId,
        ...outcome(
          request,
          204,
          removed.has(iamId) ? undefined : ['NOT_FOUND', `${iamId} is not in the group`],
        ),
      });
      return { access_group_id: groupId(request), members: members.map(wire) };
    },
  );

  everyGroupRoutes(app, parts);
};

/** Members that were added come first, then those by rules. */
const membersOf = async (
  accessGroups: AccessGroups,
  group: AccessGroup,
  {
    limit,
    offset,
    type,
    by = 'static',
  }: {
    limit: number;
    offset: number;
    type: StoredMember['type'] | undefined;
    by: 'static' | 'dynamic' | 'all' | undefined;
  },
): Promise<{ members: (StoredMember | RuledMember)[]; total: number }> => {
  if (by === 'static') return accessGroups.members(group.id, { limit, offset, type });
  const ruled = type === undefined || type === 'user' ? await accessGroups.ruledMembers(group) : [];
  if (by === 'dynamic') return { members: ruled.slice(offset, offset + limit), total: ruled.length };
  const { members, total } = await accessGroups.members(group.id, { limit, offset, type });
  const from = Math.max(0, offset - total);
  const rest = ruled.slice(from, from + limit - members.length);
  return { members: [...members, ...rest], total: total + ruled.length };
};

const everyGroupRoutes = (app: JsonApp, parts: AccessParts): void => {
  const { accessGroups, access } = parts;
  const OfAccount = Type.Object({ iam_id: Type.String({ maxLength: 200 }) });

  app.put(
    '/v2/groups/_allgroups/members/:iam_id',
    {
      schema: {
        summary: 'Add an identity to several access groups',
        tags,
        params: OfAccount,
        querystring: AccountQuery,
        body: GroupsJoin,
        response: { 207: GroupsJoined },
      },
      // each group is decided by itself; the answer has the status of each
      config: { needs: 'signed-in' },
    },
    async (request, reply) => {
      const { iam_id: iamId } = request.params;
      const accountId = ownAccount(request, request.query.account_id);
      const { type } = request.body;
      const work = access.governing(accountId);
      const join = async (id: string): Promise<Outcome> => {
        const group = await accessGroups.find(accountId, id);
        const may = group && (await mayAdd(access, request.credential.principal, group, work));
        if (!may && work.steps.exhausted)
          return outcome(request, 200, [
            'TOOMANYREQUESTS',
            'not decided: more policies are reached than one request can decide on; name fewer groups',
          ]);
        if (!may)
          return outcome(request, 200, [
            'NOT_FOUND',
            `there is no access group ${id} you may add members to`,
          ]);
        const [added] = await accessGroups.add(id, [{ iamId, type }], authorOf(request));
        return outcome(request, 200, added && faultOf(added));
      };
      reply.code(207);
      return { iam_id: iamId, groups: await eachGroup([...new Set(request.body.groups)], join) };
    },
  );

  app.delete(
    '/v2/groups/_allgroups/members/:iam_id',
    {
      schema: {
        summary: 'Take an identity out of every access group',
        tags,
        params: OfAccount,
        querystring: AccountQuery,
        response: { 207: GroupsJoined },
      },
      config: { needs: 'signed-in' },
    },
    async (request, reply) => {
      const { iam_id: iamId } = request.params;
      const accountId = ownAccount(request, request.query.account_id);
      const { principal } = request.credential;
      const seen: AccessGroup[] = [];
      for (const group of await accessGroups.list(accountId, iamId)) {
        if (await mayDoTo(access, principal, 'iam-groups.members.delete', group)) seen.push(group);
      }
      if (seen.length === 0)
        throw new RegistryError('NOT_FOUND', { message: `${iamId} is not in a group that you may change` });
      const leave = async (id: string): Promise<Outcome> => {
        await accessGroups.remove(id, [iamId], authorOf(request));
        return outcome(request, 204);
      };
      reply.code(207);
      return {
        iam_id: iamId,
        groups: await eachGroup(
          seen.map(({ id }) => id),
          leave,
        ),
      };
    },
  );
};

/** Groups after which other requests have their turn: one that is not there costs no write, and no wait. */
const TURN = 10;

/** One after the other: each is a write. */
const eachGroup = async (ids: readonly string[], act: (id: string) => Promise<Outcome>) => {
  const outcomes: ({ access_group_id: string } & Outcome)[] = [];
  for (const [at, id] of ids.entries()) {
    if (at % TURN === TURN - 1) await turnOfLoop();
    outcomes.push({ access_group_id: id, ...(await act(id)) });
  }
  return outcomes;
};

const FAULTS: Readonly<Record<NonNullable<MemberOutcome['fault']>, [ErrorCode, string]>> = {
  unknown: ['BAD_REQUEST', 'this is not an IAM id: it is written IBMid-…, iam-ServiceId-… or iam-Profile-…'],
  type: ['BAD_REQUEST', 'the type is not what this identity is; leave it out'],
  full: ['LIMIT_REACHED', 'a group has at most 10000 members; make another group for more'],
  limit: ['LIMIT_REACHED', 'an identity is in at most 50 groups; take it out of one first'],
};

const faultOf = ({ fault }: MemberOutcome): [ErrorCode, string] | undefined => fault && FAULTS[fault];

const addedWire = (request: RequestHead, { iamId, member, fault }: MemberOutcome) => ({
  iam_id: iamId,
  ...(member
    ? { type: member.type, created_at: timestamp(member.createdAt), created_by_id: member.createdBy }
    : {}),
  ...outcome(request, 200, fault && FAULTS[fault]),
});

const ruledWire = ({ iamId, type, membership }: RuledMember, path: string): GroupMember => ({
  iam_id: iamId,
  type,
  membership_type: 'dynamic',
  rule_id: membership.ruleId,
  until: timestamp(membership.until),
  href: `${path}/${encodeURIComponent(iamId)}`,
});

const memberWire = ({ iamId, type, createdAt, createdBy }: StoredMember, path: string): GroupMember => ({
  iam_id: iamId,
  type,
  membership_type: 'static',
  created_at: timestamp(createdAt),
  created_by_id: createdBy,
  href: `${path}/${encodeURIComponent(iamId)}`,
});
