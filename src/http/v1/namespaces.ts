import { Type } from 'typebox';
import type { Access } from '../../access/access.ts';
import type { Namespace, Namespaces } from '../../tenancy/namespaces.ts';
import type { Region } from '../../tenancy/regions.ts';
import {
  type NamespaceDetails,
  NamespaceDetailsList,
  NamespaceList,
  NamespaceResult,
} from '../../wire/namespaces.ts';
import type { JsonApp } from '../json-app.ts';
import { accountHeader } from '../needs.ts';
import type { Request } from '../request.ts';
import { resourceOf } from '../resource.ts';
import { inAccount, regionOf, type V1Parts } from './parts.ts';

const Name = Type.Object({ name: Type.String({ maxLength: 255 }) });

/** /api/v1/namespaces (facts 2.2). */
export const namespaceRoutes = (app: JsonApp, parts: V1Parts): void => {
  const { namespaces, origin } = parts;

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
      const account = accountHeader(request, request.credential);
      const region = regionOf(request, origin);
      return (await visible(parts, request.credential.principal, account, region)).map(({ name }) => name);
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
      const account = accountHeader(request, request.credential);
      const region = regionOf(request, origin);
      return (await visible(parts, request.credential.principal, account, region)).map((row) =>
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
      config: { needs: { action: 'container-registry.namespace.create', on: inAccount(origin) } },
    },
    async (request, reply) => {
      const { name } = request.params;
      const account = accountHeader(request, request.credential);
      const isNew = await namespaces.add(
        account,
        regionOf(request, origin).id,
        name,
        (request.raw as Request).actor,
      );
      reply.code(isNew ? 201 : 200);
      return { namespace: name };
    },
  );

  app.delete(
    '/api/v1/namespaces/:name',
    {
      schema: { summary: 'Remove a namespace with its images', tags: ['registry'], params: Name },
      config: { needs: { action: 'container-registry.namespace.delete', on: inAccount(origin) } },
    },
    async (request, reply) => {
      const account = accountHeader(request, request.credential);
      await namespaces.remove(
        account,
        regionOf(request, origin).id,
        request.params.name,
        (request.raw as Request).actor,
      );
      reply.code(204);
    },
  );
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
    if ((await access.decide(principal, 'container-registry.namespace.list', resource)).allowed)
      rows.push(row);
  }
  return rows;
};

const detailsOf = (row: Namespace, region: string): NamespaceDetails => ({
  account: row.account_id,
  created_date: new Date(row.created_at).toISOString(),
  crn: `crn:v1:bluemix:public:container-registry:${region}:a/${row.account_id}::namespace:${row.name}`,
  name: row.name,
  resource_created_date: '',
  resource_group: '',
  updated_date: new Date(row.updated_at).toISOString(),
});
