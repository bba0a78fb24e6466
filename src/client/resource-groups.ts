import { type Static, Type } from 'typebox';
import type { Client } from './client.ts';

/** What the client reads of a resource group. Source: IBM Resource Manager API. */
export const ResourceGroup = Type.Object({
  id: Type.String(),
  name: Type.String(),
  default: Type.Optional(Type.Boolean()),
  state: Type.Optional(Type.String()),
});
export type ResourceGroup = Static<typeof ResourceGroup>;

export const resourceGroupsOf = async (client: Client, account: string): Promise<ResourceGroup[]> => {
  const { body } = await client.send({
    method: 'GET',
    path: '/v2/resource_groups',
    query: { account_id: account },
    answer: Type.Object({ resources: Type.Array(ResourceGroup) }),
  });
  return body.resources;
};
