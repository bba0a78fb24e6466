import { Type } from 'typebox';
import type { Access, AccessGroup, Action, Governing, Resource } from '../../access/room.ts';
import { type ErrorCode, RegistryError, rowOf } from '../../errors.ts';
import type { Principal } from '../../principal.ts';
import type { Outcome } from '../../wire/access-groups.ts';
import type { RequestHead } from '../json-app.ts';
import { accountOf } from '../json-request.ts';
import { mayDo, mayGovern } from '../may-do.ts';
import type { ActionNeeds, Needs } from '../needs.ts';
import type { AccessParts } from './parts.ts';

export const GroupId = Type.Object({ id: Type.String({ maxLength: 100 }) });
export const groupId = (request: RequestHead): string => (request.params as { id: string }).id;

/** The group a request names. One of another account is answered as one that does not exist. */
export const ownGroup = async ({ accessGroups }: AccessParts, request: RequestHead): Promise<AccessGroup> => {
  const group = await accessGroups.find(accountOf(request), groupId(request));
  if (!group) throw new RegistryError('NOT_FOUND');
  return group;
};

const resourceOf = ({ accountId, id }: AccessGroup): Resource => ({
  accountId,
  entity: { type: 'access-group', id },
});

/** An action on the group in the address. */
export const onGroup = (parts: AccessParts, action: Action): ActionNeeds => ({
  action,
  hide: true,
  on: async (request) => resourceOf(await ownGroup(parts, request)),
});

/** The same, where an identity gets what the group's policies give: the caller must administer all that they reach. */
export const handingOn = (parts: AccessParts, action: Action): Needs => ({
  action,
  hide: true,
  on: async (request) => resourceOf(await ownGroup(parts, request)),
  reaching: (request) => [groupId(request)],
});

/** Deleting the group in the address deletes its policies: the caller must be able to delete each of them. */
export const toDelete = (parts: AccessParts): Needs => ({
  ...onGroup(parts, 'iam-groups.groups.delete'),
  and: [
    {
      action: 'iam-access-management.policy.delete',
      governing: async (request) => {
        const { accountId, id } = await ownGroup(parts, request);
        return { accountId, scopes: await parts.access.policyScopesOf(accountId, id) };
      },
    },
  ],
});

/** Whether the caller may add members to a group: as `handingOn` decides, for one group of several. */
export const mayAdd = async (
  access: Access,
  principal: Principal,
  group: AccessGroup,
  work: Governing,
): Promise<boolean> => {
  if (!(await mayDo(access, principal, 'iam-groups.members.add', resourceOf(group)))) return false;
  const scopes = await access.reachOf(group.accountId, group.id);
  return mayGovern(access, principal, group.accountId, scopes, work);
};

export const mayDoTo = (
  access: Access,
  principal: Principal,
  action: Action,
  group: AccessGroup,
): Promise<boolean> => mayDo(access, principal, action, resourceOf(group));

/** The result for one of several: its own status, and its own errors where it failed. */
export const outcome = (request: RequestHead, status: number, fault?: [ErrorCode, string]): Outcome => ({
  status_code: fault ? rowOf(fault[0]).status : status,
  trace: request.raw.id,
  ...(fault ? { errors: [{ code: rowOf(fault[0]).access ?? 'not_found', message: fault[1] }] } : {}),
});
