import { Type } from 'typebox';
import type { Action, Resource } from '../../access/room.ts';
import { RegistryError } from '../../errors.ts';
import type { ResourceGroup as StoredGroup } from '../../tenancy/room.ts';
import {
  QuotaDefinition,
  QuotaDefinitionList,
  ResourceGroup,
  ResourceGroupChange,
  ResourceGroupCreate,
  ResourceGroupCreated,
  ResourceGroupList,
  ResourceGroupQuery,
} from '../../wire/resource-groups.ts';
import type { JsonApp, RequestHead } from '../json-app.ts';
import { accountOf } from '../json-request.ts';
import { mayDo } from '../may-do.ts';
import type { Needs } from '../needs.ts';
import { timestamp } from '../timestamp.ts';
import { type AccessParts, authorOf, ownAccount } from './parts.ts';

const Id = Type.Object({ id: Type.String({ maxLength: 100 }) });
const tags = ['access'];
const QUOTA: QuotaDefinition = { id: 'unlimited', name: 'Unlimited', type: 'unlimited', resource_quotas: [] };

/** /v2/resource_groups and /v2/quota_definitions */
export const resourceGroupRoutes = (app: JsonApp, parts: AccessParts): void => {
  const { resourceGroups, access } = parts;
  const on = (action: Action): Needs => ({
    action,
    hide: true,
    on: async (request) => resourceOf(await own(parts, request)),
  });

  app.get(
    '/v2/resource_groups',
    {
      schema: {
        summary: "An account's resource groups the caller may see",
        tags,
        querystring: ResourceGroupQuery,
        response: { 200: ResourceGroupList },
      },
      config: { needs: 'signed-in' },
    },
    async (request) => {
      const { account_id: asked, name, default: onlyDefault } = request.query;
      const accountId = asked === undefined ? accountOf(request) : ownAccount(request, asked);
      const { principal } = request.credential;
      const seen: StoredGroup[] = [];
      for (const row of await resourceGroups.list(accountId)) {
        if (name !== undefined && row.name !== name) continue;
        if (onlyDefault !== undefined && row.isDefault !== onlyDefault) continue;
        if (await mayDo(access, principal, 'resource-controller.group.retrieve', resourceOf(row)))
          seen.push(row);
      }
      return { resources: seen.map(wire) };
    },
  );

  app.post(
    '/v2/resource_groups',
    {
      schema: {
        summary: 'Create a resource group',
        tags,
        body: ResourceGroupCreate,
        response: { 201: ResourceGroupCreated },
      },
      config: {
        needs: {
          onBody: [
            {
              action: 'resource-controller.group.create',
              on: ({ body }) => ({ accountId: (body as { account_id: string }).account_id }),
            },
          ],
        },
      },
    },
    async (request, reply) => {
      const { account_id: accountId, name } = request.body;
      const row = await resourceGroups.create(accountId, name, authorOf(request).actor);
      reply.code(201);
      return { id: row.id, crn: crnOf(row) };
    },
  );

  app.get(
    '/v2/resource_groups/:id',
    {
      schema: { summary: 'A resource group', tags, params: Id, response: { 200: ResourceGroup } },
      config: { needs: on('resource-controller.group.retrieve') },
    },
    async (request) => wire(await own(parts, request)),
  );

  app.patch(
    '/v2/resource_groups/:id',
    {
      schema: {
        summary: 'Rename a resource group',
        tags,
        params: Id,
        body: ResourceGroupChange,
        response: { 200: ResourceGroup },
      },
      config: { needs: on('resource-controller.group.update') },
    },
    async (request) => {
      const row = await own(parts, request);
      const { name } = request.body;
      return wire(name === undefined ? row : await resourceGroups.rename(row, name, authorOf(request).actor));
    },
  );

  app.delete(
    '/v2/resource_groups/:id',
    {
      schema: {
        summary: 'Delete a resource group no namespace is in',
        tags,
        params: Id,
        response: { 204: Type.Null() },
      },
      config: { needs: on('resource-controller.group.delete') },
    },
    async (request, reply) => {
      await resourceGroups.delete(await own(parts, request), authorOf(request).actor);
      reply.code(204);
    },
  );

  app.get(
    '/v2/quota_definitions',
    {
      schema: { summary: 'Quotas of resource groups', tags, response: { 200: QuotaDefinitionList } },
      config: { needs: 'signed-in' },
    },
    async () => ({ resources: [QUOTA] }),
  );

  app.get(
    '/v2/quota_definitions/:id',
    {
      schema: { summary: 'A quota of resource groups', tags, params: Id, response: { 200: QuotaDefinition } },
      config: { needs: 'signed-in' },
    },
    async (request) => {
      if (request.params.id !== QUOTA.id) throw new RegistryError('NOT_FOUND');
      return QUOTA;
    },
  );
};

const own = async ({ resourceGroups }: AccessParts, request: RequestHead): Promise<StoredGroup> => {
  const row = await resourceGroups.find(accountOf(request), (request.params as { id: string }).id);
  if (!row) throw new RegistryError('NOT_FOUND');
  return row;
};

const resourceOf = ({ accountId, id }: StoredGroup): Resource => ({
  accountId,
  entity: { type: 'resource-group', id },
});

const crnOf = (row: StoredGroup): string =>
  `crn:v1:bluemix:public:resource-controller::a/${row.accountId}::resource-group:${row.id}`;

const wire = (row: StoredGroup): ResourceGroup => ({
  id: row.id,
  crn: crnOf(row),
  account_id: row.accountId,
  name: row.name,
  state: row.state,
  default: row.isDefault,
  quota_id: QUOTA.id,
  quota_url: `/v2/quota_definitions/${QUOTA.id}`,
  resource_linkages: [],
  created_at: timestamp(row.createdAt),
  updated_at: timestamp(row.updatedAt),
});
