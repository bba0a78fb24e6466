import type { Attribute } from '../../access/room.ts';
import { RegistryError } from '../../errors.ts';
import type { Principal } from '../../principal.ts';
import type { Region } from '../../tenancy/room.ts';
import type { RequestHead } from '../json-app.ts';
import { accountHeader, principalOf, regionOf } from '../json-request.ts';
import type { Governed, Needs } from '../needs.ts';
import { resourceOf } from '../resource.ts';
import { inAccount, type V1Parts } from './parts.ts';

/** The id of the resource group that a request names, undefined where it names none. */
export const groupNamed = ({ headers }: RequestHead): string | undefined => {
  const id = headers['x-auth-resource-group'];
  return typeof id === 'string' && id !== '' ? id : undefined;
};

/** The same where one must be named. */
export const groupToAssign = (request: RequestHead): string => {
  const id = groupNamed(request);
  if (id !== undefined) return id;
  throw new RegistryError('FIELD_MISSING', {
    message: 'Send the id of the resource group in the header X-Auth-Resource-Group.',
  });
};

/** To add a namespace: the action on the account, and Viewer on the resource group it is to be in, as at IBM. */
export const toCreate = ({ resourceGroups }: V1Parts): Needs => ({
  action: 'container-registry.namespace.create',
  on: inAccount,
  and: [
    {
      action: 'resource-controller.group.retrieve',
      when: (request) => groupNamed(request) !== undefined,
      hide: true,
      on: async (request) => {
        const accountId = accountHeader(request);
        const group = await resourceGroups.find(accountId, groupNamed(request) ?? '');
        return group && { accountId, entity: { type: 'resource-group', id: group.id } };
      },
      saying: (request) =>
        `there is no resource group ${groupNamed(request)} that you may see; you need the role Viewer on it`,
    },
  ],
});

/**
 * To put a namespace into a resource group: Administrator, without a time limit, over the namespace and over what the
 * group holds. The move gives rights on the namespace to all who have rights on the group, and it cannot be undone.
 */
export const toAssign = (parts: V1Parts): Needs => ({
  action: 'container-registry.namespace.create',
  governing: async (request): Promise<Governed> => {
    const accountId = accountHeader(request);
    const region = regionOf(request);
    const { name } = request.params as { name: string };
    const account: Attribute[] = [
      equal('accountId', accountId),
      equal('serviceName', 'container-registry'),
      ...region.names.map((each) => equal('region', each)),
    ];
    const namespace = [...account, equal('resourceType', 'namespace'), equal('resource', name)];
    const now = await presentGroup(accountId, region, name, principalOf(request), parts);
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
  principal: Principal,
  { access, namespaces }: V1Parts,
): Promise<string | undefined> => {
  const namespace = await namespaces.find(region.id, name);
  if (namespace?.accountId !== accountId) return undefined;
  const resource = resourceOf(region, namespace);
  const listed = await access.decide(principal, 'container-registry.namespace.list', resource);
  return listed.allowed ? namespace.resourceGroupId : undefined;
};

const equal = (key: string, value: string): Attribute => ({ key, operator: 'stringEquals', value });
