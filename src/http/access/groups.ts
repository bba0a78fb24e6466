import { type Static, Type } from 'typebox';
import type { AccessGroup as StoredGroup } from '../../access/room.ts';
import { RegistryError } from '../../errors.ts';
import { iamIdOf } from '../../principal.ts';
import {
  AccessGroup,
  AccessGroupChange,
  AccessGroupCreate,
  AccessGroupList,
  AccessGroupQuery,
  AccountQuery,
} from '../../wire/access-groups.ts';
import type { JsonApp, RequestHead } from '../json-app.ts';
import { ifMatchOf } from '../json-request.ts';
import { offsetPage } from '../pages.ts';
import { timestamp } from '../timestamp.ts';
import { GroupId, groupId, mayDoTo, onGroup, ownGroup, toDelete } from './group-parts.ts';
import { type AccessParts, authorOf, ownAccount } from './parts.ts';

const tags = ['access'];
const PAGE = 50;

/** /v2/groups */
export const groupRoutes = (app: JsonApp, parts: AccessParts): void => {
  const { accessGroups, externalUrl } = parts;
  const wire = async (group: StoredGroup): Promise<AccessGroup> =>
    wireGroup(group, (await accessGroups.rules(group.id)).length > 0, externalUrl);

  app.post(
    '/v2/groups',
    {
      schema: {
        summary: 'Create an access group',
        tags,
        querystring: AccountQuery,
        body: AccessGroupCreate,
        response: { 201: AccessGroup },
      },
      config: {
        needs: {
          action: 'iam-groups.groups.create',
          on: (request) => ({ accountId: accountAsked(request) }),
        },
      },
    },
    async (request, reply) => {
      const { name, description = '' } = request.body;
      const group = await accessGroups.create(
        accountAsked(request),
        { name, description },
        authorOf(request),
      );
      reply.code(201).header('ETag', group.entityTag);
      return wire(group);
    },
  );

  app.get(
    '/v2/groups',
    {
      schema: {
        summary: "An account's access groups the caller may see",
        tags,
        querystring: AccessGroupQuery,
        response: { 200: AccessGroupList },
      },
      config: { needs: 'signed-in' },
    },
    async (request) => {
      const { limit = PAGE, offset = 0, sort = 'name' } = request.query;
      const seen = (await visible(request, parts)).toSorted(orderOf(sort));
      const page = offsetPage(
        { limit, offset, total: seen.length },
        `${externalUrl}/v2/groups`,
        request.query,
      );
      return { ...page, groups: await Promise.all(seen.slice(offset, offset + limit).map(wire)) };
    },
  );

  app.get(
    '/v2/groups/:id',
    {
      schema: { summary: 'An access group', tags, params: GroupId, response: { 200: AccessGroup } },
      config: { needs: onGroup(parts, 'iam-groups.groups.read') },
    },
    async (request, reply) => {
      const group = await ownGroup(parts, request);
      reply.header('ETag', group.entityTag);
      return wire(group);
    },
  );

  app.patch(
    '/v2/groups/:id',
    {
      schema: {
        summary: 'Change the name or description of an access group (If-Match)',
        tags,
        params: GroupId,
        body: AccessGroupChange,
        response: { 200: AccessGroup },
      },
      config: { needs: onGroup(parts, 'iam-groups.groups.update') },
    },
    async (request, reply) => {
      const { name, description } = request.body;
      const set = {
        ...(name === undefined ? {} : { name }),
        ...(description === undefined ? {} : { description }),
      };
      const group = await accessGroups.change(groupId(request), set, ifMatchOf(request), authorOf(request));
      reply.header('ETag', group.entityTag);
      return wire(group);
    },
  );

  app.delete(
    '/v2/groups/:id',
    {
      schema: {
        summary: 'Delete an access group with its members and policies',
        tags,
        params: GroupId,
        querystring: Type.Object({ force: Type.Optional(Type.Boolean()) }),
        response: { 204: Type.Null() },
      },
      config: { needs: toDelete(parts) },
    },
    async (request, reply) => {
      await accessGroups.delete(groupId(request), request.query.force ?? false, authorOf(request));
      reply.code(204);
    },
  );
};

const accountAsked = (request: RequestHead): string =>
  ownAccount(request, (request.query as { account_id?: string }).account_id);

/** The groups a query asks for, of which the caller sees those it may read and those it is in. */
const visible = async (
  request: RequestHead,
  { accessGroups, access }: AccessParts,
): Promise<StoredGroup[]> => {
  const query = request.query as Static<typeof AccessGroupQuery>;
  const accountId = accountAsked(request);
  const { principal } = request.credential;
  const self = iamIdOf(principal) ?? '';
  // of which groups another identity is a member is told only where the caller may read the group
  const isAboutSelf = query.iam_id === undefined || query.iam_id === self;
  const own = new Set(isAboutSelf ? (await accessGroups.list(accountId, self)).map(({ id }) => id) : []);
  const rows = await accessGroups.list(accountId, query.iam_id, query.membership_type);
  const everyone = query.hide_public_access ? undefined : await accessGroups.publicAccess(accountId);
  const seen: StoredGroup[] = [];
  for (const row of [...rows, ...(everyone ? [everyone] : [])]) {
    if (!matches(row, query.search)) continue;
    if (own.has(row.id) || (await mayDoTo(access, principal, 'iam-groups.groups.read', row))) seen.push(row);
  }
  return seen;
};

const matches = ({ name, description }: StoredGroup, search: string | undefined): boolean =>
  search === undefined || `${name}\n${description}`.toLowerCase().includes(search.toLowerCase());

/** What groups can be sorted by. */
const SORTS: Readonly<Record<string, (row: StoredGroup) => string>> = {
  id: ({ id }) => id,
  name: ({ name }) => name,
  description: ({ description }) => description,
  created_at: ({ createdAt }) => timestamp(createdAt),
  last_modified_at: ({ modifiedAt }) => timestamp(modifiedAt),
};

const orderOf = (sort: string): ((a: StoredGroup, b: StoredGroup) => number) => {
  const name = sort.replace(/^-/, '');
  const key = Object.hasOwn(SORTS, name) ? SORTS[name] : undefined;
  if (!key)
    throw new RegistryError('BAD_REQUEST', { message: `sort is one of ${Object.keys(SORTS).join(', ')}` });
  const direction = sort.startsWith('-') ? -1 : 1;
  return (a, b) => direction * (key(a) < key(b) ? -1 : key(a) > key(b) ? 1 : a.id < b.id ? -1 : 1);
};

const wireGroup = (group: StoredGroup, federated: boolean, externalUrl: string): AccessGroup => ({
  id: group.id,
  name: group.name,
  description: group.description,
  account_id: group.accountId,
  created_at: timestamp(group.createdAt),
  created_by_id: group.createdBy,
  last_modified_at: timestamp(group.modifiedAt),
  last_modified_by_id: group.modifiedBy,
  href: `${externalUrl}/v2/groups/${group.id}`,
  is_federated: federated,
  crn: `crn:v1:bluemix:public:iam-groups::a/${group.accountId}::access-group:${group.id}`,
});
