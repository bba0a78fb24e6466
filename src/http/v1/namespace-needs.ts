import type { FastifyRequest } from 'fastify';
import type { Resource } from '../../access/actions/actions.ts';
import type { Attribute } from '../../access/decision/attributes.ts';
import { RegistryError } from '../../errors.ts';
import type { Credential } from '../../identity/login/credential.ts';
import type { Region } from '../../tenancy/room.ts';
import { accountHeader, type Governed, type Needs } from '../needs.ts';
import { resourceOf } from '../resource.ts';
import { inAccount, regionOf, type V1Parts } from './parts.ts';

/** The id of the resource group that a request names, undefined where it names none. */
export const groupNamed = ({ headers }: FastifyRequest): string | undefined => {
  const id = headers['x-auth-resource-group'];
  return typeof id === 'string' && id !== '' ? id : undefined;
};

/** The same where one must be named. */
export const groupToAssign = (request: FastifyRequest): string => {
  const id = groupNamed(request);
  if (id !== undefined) return id;
  throw new RegistryError('FIELD_MISSING', {
    message: 'Send the id of the resource group in the header X-Auth-Resource-Group.',
  });
};

/** To add a namespace: the action on the account, and Viewer on the resource group it is to be in, as at IBM. */
export const toCreate = (parts: V1Parts): Needs => ({
  action: 'container-registry.namespace.create',
  on: async (request, credential) => {
    const place = inAccount(parts.origin)(request, credential);
    const group = groupNamed(request);
    if (group !== undefined) await refuseUnseenGroup(place.accountId, group, credential, parts);
    return place;
  },
});

const refuseUnseenGroup = async (
  accountId: string,
  id: string,
  { principal }: Credential,
  { access, resourceGroups }: V1Parts,
): Promise<void> => {
  const group: Resource = { accountId, entity: { type: 'resource-group', id } };
  const seen = await access.decide(principal, 'resource-controller.group.retrieve', group);
  if (seen.allowed && (await resourceGroups.find(accountId, id))) return;
  throw new RegistryError('NOT_FOUND', {
    message: `there is no resource group ${id} that you may see; you need the role Viewer on it`,
  });
};

/**
 * To put a namespace into a resource group: Administrator, without a time limit, over the namespace and over what the
 * group holds. The move gives rights on the namespace to all who have rights on the group, and it cannot be undone.
 */
export const toAssign = (parts: V1Parts): Needs => ({
  action: 'container-registry.namespace.create',
  governing: async (request, credential): Promise<Governed> => {
    const accountId = accountHeader(request, credential);
    const region = regionOf(request, parts.origin);
    const { name } = request.params as { name: string };
    const account: Attribute[] = [
      equal('accountId', accountId),
      equal('serviceName', 'container-registry'),
      ...region.names.map((each) => equal('region', each)),
    ];
    const namespace = [...account, equal('resourceType', 'namespace'), equal('resource', name)];
    const now = await presentGroup(accountId, region, name, credential, parts);
    return {
      accountId,
      scopes: [
        now === undefined ? namespace : [...namespace, equal('resourceGroupId', now)],
        [...account, equal('resourceGroupId', groupToAssign(request))],
      ],
    };
  },
});

/** The group a namespace is in now, so that rights on that group count. Told only to those who may list the namespace. */
const presentGroup = async (
  accountId: string,
  region: Region,
  name: string,
  { principal }: Credential,
  { access, namespaces }: V1Parts,
): Promise<string | undefined> => {
  const namespace = await namespaces.find(region.id, name);
  if (namespace?.accountId !== accountId) return undefined;
  const resource = resourceOf(region, namespace);
  const listed = await access.decide(principal, 'container-registry.namespace.list', resource);
  return listed.allowed ? namespace.resourceGroupId : undefined;
};

const equal = (key: string, value: string): Attribute => ({ key, operator: 'stringEquals', value });
