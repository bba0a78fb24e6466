import { Type } from 'typebox';
import {
  NamespaceAssignment,
  type NamespaceDetails,
  NamespaceDetailsList,
  NamespaceList,
  NamespaceResult,
} from '../../wire/namespaces.ts';
import type { JsonApp, RequestHead } from '../json-app.ts';
import { accountHeader, actorOf, principalOf, regionOf } from '../json-request.ts';
import { hasListable, type ListableNamespace, listable } from '../listable.ts';
import { mayDo } from '../may-do.ts';
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
      return (await visible(request, parts)).map(({ namespace }) => namespace.name);
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
      const region = regionOf(request);
      return (await visible(request, parts)).map((each) => detailsOf(each, region.name));
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

/** The account's namespaces here that the caller may list, or of which it may see something. */
const visible = async (request: RequestHead, parts: V1Parts): Promise<ListableNamespace[]> => {
  const accountId = accountHeader(request);
  const found: ListableNamespace[] = [];
  for (const each of await listable(request, parts, {
    accountId,
    action: 'container-registry.namespace.list',
  }))
    if (await hasListable(request, parts, each)) found.push(each);
  return found;
};

/** What a right on a repository shows of its namespace does not include the resource group. */
const detailsOf = (
  { namespace: row, repositories }: ListableNamespace,
  region: string,
): NamespaceDetails => ({
  account: row.accountId,
  created_date: new Date(row.createdAt).toISOString(),
  crn: `crn:v1:bluemix:public:container-registry:${region}:a/${row.accountId}::namespace:${row.name}`,
  name: row.name,
  resource_created_date: new Date(row.updatedAt).toISOString(),
  ...(repositories ? {} : { resource_group: row.resourceGroupId }),
  updated_date: new Date(row.updatedAt).toISOString(),
});
