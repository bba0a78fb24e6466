import { type Static, Type } from 'typebox';
import type { Client } from './client.ts';
import { segment } from './path.ts';

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

const PATH = '/v2/resource_groups';

/** Answers the new group's id. */
export const createResourceGroup = async (client: Client, account: string, name: string): Promise<string> => {
  const json = { name, account_id: account };
  const answer = Type.Object({ id: Type.String() });
  return (await client.send({ method: 'POST', path: PATH, json, answer })).body.id;
};

export const renameResourceGroup = async (client: Client, id: string, name: string): Promise<void> => {
  await client.send({ method: 'PATCH', path: `${PATH}/${segment(id)}`, json: { name } });
};

export const removeResourceGroup = async (client: Client, id: string): Promise<void> => {
  await client.send({ method: 'DELETE', path: `${PATH}/${segment(id)}` });
};
