import { Type } from 'typebox';
import type { Access } from '../../access/room.ts';
import type { Namespace, Namespaces, Region } from '../../tenancy/room.ts';
import {
  NamespaceAssignment,
  type NamespaceDetails,
  NamespaceDetailsList,
  NamespaceList,
  NamespaceResult,
} from '../../wire/namespaces.ts';
import type { JsonApp, RequestHead } from '../json-app.ts';
import { accountHeader, actorOf, principalOf, regionOf } from '../json-request.ts';
import { mayDo } from '../may-do.ts';
import { resourceOf } from '../resource.ts';
import { groupNamed, groupToAssign, toAssign, toCreate } from './namespace-needs.ts';
import { inAccount, operator, type V1Parts } from './parts.ts';

const Name = Type.Object({ name: Type.String({ maxLength: 255 }) });

/** /api/v1/namespaces, as in IBM's Container Registry API. */
export const namespaceRoutes = (app: JsonApp, parts: V1Parts): void => {
  const { namespaces } = parts;

  app.get(
    '/api/v1/namespaces',
    {
      schema: {
        summary: "The account's namespaces the caller may list",
        tags: ['registry'],
        response: { 200: NamespaceList },
      },
      config: { needs: 'signed-in' },
    },
    async (request) => {
      const account = accountHeader(request);
      const region = regionOf(request);
      return (await visible(parts, principalOf(request), account, region)).map(({ name }) => name);
    },
  );

  app.get(
    '/api/v1/namespaces/details',
    {
      schema: {
        summary: 'The same with their details',
        tags: ['registry'],
        response: { 200: NamespaceDetailsList },
      },
      config: { needs: 'signed-in' },
    },
    async (request) => {
      const account = accountHeader(request);
      const region = regionOf(request);
      return (await visible(parts, principalOf(request), account, region)).map((row) =>
        detailsOf(row, region.name),
      );
    },
  );

  app.put(
    '/api/v1/namespaces/:name',
    {
      schema: {
        summary: 'Add a namespace',
        tags: ['registry'],
        params: Name,
        response: { '2xx': NamespaceResult },
      },
      config: { needs: toCreate(parts) },
    },
    async (request, reply) => {
      const { name } = request.params;
      const account = accountHeader(request);
      const { id: regionId } = regionOf(request);
      const isNew = await namespaces.add(account, regionId, name, actorOf(request), groupNamed(request));
      reply.code(isNew ? 201 : 200);
      return { namespace: name };
    },
  );

  app.patch(
    '/api/v1/namespaces/:name',
    {
      schema: {
        summary: 'Put a namespace into a resource group, once (header X-Auth-Resource-Group)',
        tags: ['registry'],
        params: Name,
        response: { 200: NamespaceResult },
      },
      config: { needs: toAssign(parts) },
    },
    async (request) => {
      const { name } = request.params;
      const accountId = accountHeader(request);
      const { id: regionId } = regionOf(request);
      await namespaces.assign({ accountId, regionId, name }, groupToAssign(request), actorOf(request));
      return { namespace: name };
    },
  );

  app.put(
    '/api/v1/accounts/:account_id/namespaces/:name/resource_group',
    {
      schema: {
        summary: 'Put a namespace of any account into another resource group of that account (operator)',
        tags: ['registry'],
        params: Type.Object({ account_id: Type.String({ maxLength: 100 }), name: Name.properties.name }),
        body: NamespaceAssignment,
        response: { 200: NamespaceResult },
      },
      config: { needs: operator('tidegate.namespace.assign', parts.accounts) },
    },
    async (request) => {
      const { account_id: accountId, name } = request.params;
      const { id: regionId } = regionOf(request);
      const { resource_group_id: group } = request.body;
      await namespaces.reassign({ accountId, regionId, name }, group, actorOf(request));
      return { namespace: name };
    },
  );

  app.delete(
    '/api/v1/namespaces/:name',
    {
      schema: {
        summary: 'Remove a namespace with its images',
        tags: ['registry'],
        params: Name,
        response: { 204: Type.Null() },
      },
      config: { needs: { action: 'container-registry.namespace.delete', on: inAccount } },
    },
    async (request, reply) => {
      const account = accountHeader(request);
      await namespaces.remove(account, regionOf(request).id, request.params.name, actorOf(request));
      const naming = await policiesNaming(request, account, parts);
      if (naming.length > 0) reply.header('X-Policies-Naming', naming.join(', '));
      reply.code(204);
    },
  );
};

/** Policies match names: these would reach a namespace of the same name again. Told to those who may list policies. */
const policiesNaming = async (
  request: RequestHead,
  accountId: string,
  { access, policies }: V1Parts,
): Promise<string[]> => {
  const principal = principalOf(request);
  if (!(await mayDo(access, principal, 'iam-access-management.policy.list', { accountId }))) return [];
  const named = await policies.naming(accountId, (request.params as { name: string }).name);
  return named.slice(0, 50).map(({ id }) => id);
};

/** The account's namespaces in this region that the principal may list. */
const visible = async (
  { namespaces, access }: { namespaces: Namespaces; access: Access },
  principal: Parameters<Access['decide']>[0],
  accountId: string,
  region: Region,
): Promise<Namespace[]> => {
  const rows: Namespace[] = [];
  for (const row of await namespaces.list(accountId, region.id)) {
    const resource = resourceOf(region, row);
    if (await mayDo(access, principal, 'container-registry.namespace.list', resource)) rows.push(row);
  }
  return rows;
};

const detailsOf = (row: Namespace, region: string): NamespaceDetails => ({
  account: row.accountId,
  created_date: new Date(row.createdAt).toISOString(),
  crn: `crn:v1:bluemix:public:container-registry:${region}:a/${row.accountId}::namespace:${row.name}`,
  name: row.name,
  resource_created_date: new Date(row.updatedAt).toISOString(),
  resource_group: row.resourceGroupId,
  updated_date: new Date(row.updatedAt).toISOString(),
});
