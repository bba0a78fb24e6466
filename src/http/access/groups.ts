import { Type } from 'typebox';
import type { AccessGroup as StoredGroup } from '../../access/access-groups/access-groups.ts';
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
import { GroupId, groupId, mayDo, onGroup, ownGroup, pageOf } from './group-parts.ts';
import { type AccessParts, authorOf, ownAccount, timestamp } from './parts.ts';

const tags = ['access'];
const PAGE = 50;

/** /v2/groups (facts 3.5). */
export const groupRoutes = (app: JsonApp, parts: AccessParts): void => {
  const { groups, externalUrl } = parts;
  const wire = async (row: StoredGroup): Promise<AccessGroup> =>
    wireGroup(row, (await groups.rules(row.id)).length > 0, externalUrl);

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
          action: 'iam-groups.group.create',
          on: (request) => ({ accountId: accountAsked(request) }),
        },
      },
    },
    async (request, reply) => {
      const { name, description = '' } = request.body;
      const row = await groups.create(accountAsked(request), { name, description }, authorOf(request));
      reply.code(201).header('ETag', row.entity_tag);
      return wire(row);
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
      const page = pageOf({ limit, offset, total: seen.length }, `${externalUrl}/v2/groups`, request.query);
      return { ...page, groups: await Promise.all(seen.slice(offset, offset + limit).map(wire)) };
    },
  );

  app.get(
    '/v2/groups/:id',
    {
      schema: { summary: 'An access group', tags, params: GroupId, response: { 200: AccessGroup } },
      config: { needs: onGroup(parts, 'iam-groups.group.get') },
    },
    async (request, reply) => {
      const row = await ownGroup(parts, request);
      reply.header('ETag', row.entity_tag);
      return wire(row);
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
      config: { needs: onGroup(parts, 'iam-groups.group.update') },
    },
    async (request, reply) => {
      const { name, description } = request.body;
      const set = {
        ...(name === undefined ? {} : { name }),
        ...(description === undefined ? {} : { description }),
      };
      const row = await groups.change(groupId(request), set, ifMatchOf(request), authorOf(request));
      reply.header('ETag', row.entity_tag);
      return wire(row);
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
      config: { needs: onGroup(parts, 'iam-groups.group.delete') },
    },
    async (request, reply) => {
      await groups.delete(groupId(request), request.query.force ?? false, authorOf(request));
      reply.code(204);
    },
  );
};

const accountAsked = (request: RequestHead): string =>
  ownAccount(request, (request.query as { account_id?: string }).account_id);

/** Those a query asks for that the caller may see: each it may read, and those it is in. */
const visible = async (request: RequestHead, { groups, access }: AccessParts): Promise<StoredGroup[]> => {
  const query = request.query as { iam_id?: string; search?: string; hide_public_access?: boolean };
  const accountId = accountAsked(request);
  const { principal } = request.credential;
  const self = iamIdOf(principal) ?? '';
  // who else is in a group of one's own is for those who may read it
  const isAboutSelf = query.iam_id === undefined || query.iam_id === self;
  const own = new Set(isAboutSelf ? (await groups.list(accountId, self)).map(({ id }) => id) : []);
  const rows = await groups.list(accountId, query.iam_id);
  const everyone = query.hide_public_access ? undefined : await groups.publicAccess(accountId);
  const seen: StoredGroup[] = [];
  for (const row of [...rows, ...(everyone ? [everyone] : [])]) {
    if (!matches(row, query.search)) continue;
    if (own.has(row.id) || (await mayDo(access, principal, 'iam-groups.group.get', row))) seen.push(row);
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
  created_at: ({ created_at }) => timestamp(created_at),
  last_modified_at: ({ modified_at }) => timestamp(modified_at),
};

const orderOf = (sort: string): ((a: StoredGroup, b: StoredGroup) => number) => {
  const name = sort.replace(/^-/, '');
  const key = Object.hasOwn(SORTS, name) ? SORTS[name] : undefined;
  if (!key)
    throw new RegistryError('BAD_REQUEST', { message: `sort is one of ${Object.keys(SORTS).join(', ')}` });
  const direction = sort.startsWith('-') ? -1 : 1;
  return (a, b) => direction * (key(a) < key(b) ? -1 : key(a) > key(b) ? 1 : a.id < b.id ? -1 : 1);
};

const wireGroup = (row: StoredGroup, federated: boolean, externalUrl: string): AccessGroup => ({
  id: row.id,
  name: row.name,
  description: row.description,
  account_id: row.account_id,
  created_at: timestamp(row.created_at),
  created_by_id: row.created_by,
  last_modified_at: timestamp(row.modified_at),
  last_modified_by_id: row.modified_by,
  href: `${externalUrl}/v2/groups/${row.id}`,
  is_federated: federated,
  crn: `crn:v1:bluemix:public:iam-groups::a/${row.account_id}::access-group:${row.id}`,
});
