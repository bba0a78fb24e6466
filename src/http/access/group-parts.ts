import { Type } from 'typebox';
import type { AccessGroup } from '../../access/access-groups/access-groups.ts';
import type { Action, Resource } from '../../access/actions/actions.ts';
import type { Access } from '../../access/decision/access.ts';
import { type ErrorCode, RegistryError, rowOf } from '../../errors.ts';
import type { Principal } from '../../principal.ts';
import type { Outcome } from '../../wire/access-groups.ts';
import type { RequestHead } from '../json-app.ts';
import { accountOf } from '../json-request.ts';
import type { Needs } from '../needs.ts';
import type { AccessParts } from './parts.ts';

export const GroupId = Type.Object({ id: Type.String({ maxLength: 100 }) });
export const groupId = (request: RequestHead): string => (request.params as { id: string }).id;

/** The group a request names, if it is of the caller's account: that of another is not there. */
export const ownGroup = async ({ groups }: AccessParts, request: RequestHead): Promise<AccessGroup> => {
  const group = await groups.find(accountOf(request), groupId(request));
  if (!group) throw new RegistryError('NOT_FOUND');
  return group;
};

const resourceOf = ({ account_id: accountId, id }: Pick<AccessGroup, 'account_id' | 'id'>): Resource => ({
  accountId,
  entity: { type: 'access-group', id },
});

/** An action on the group in the address. */
export const onGroup = (parts: AccessParts, action: Action): Needs => ({
  action,
  hide: true,
  on: async (request) => resourceOf(await ownGroup(parts, request)),
});

/** The same, where it hands to somebody all the group's policies give. */
export const handingOn = (parts: AccessParts, action: Action): Needs => ({
  action,
  hide: true,
  on: async (request) => resourceOf(await ownGroup(parts, request)),
  reaching: (request) => [groupId(request)],
});

/** Whether somebody may put members into a group: as `handingOn` decides, for one group of several. */
export const mayAdd = async (access: Access, principal: Principal, group: AccessGroup): Promise<boolean> => {
  if (!(await access.decide(principal, 'iam-groups.member.add', resourceOf(group))).allowed) return false;
  const scopes = await access.reachOf(group.account_id, group.id);
  return (await access.governs(principal, group.account_id, scopes)).allowed;
};

export const mayDo = async (
  access: Access,
  principal: Principal,
  action: Action,
  group: AccessGroup,
): Promise<boolean> => (await access.decide(principal, action, resourceOf(group))).allowed;

/** How it went with one of several: its own status, and its own errors where it failed. */
export const outcome = (request: RequestHead, status: number, fault?: [ErrorCode, string]): Outcome => ({
  status_code: fault ? rowOf(fault[0]).status : status,
  trace: request.raw.id,
  ...(fault ? { errors: [{ code: rowOf(fault[0]).access ?? 'not_found', message: fault[1] }] } : {}),
});

interface Slice {
  readonly limit: number;
  readonly offset: number;
  readonly total: number;
}

/** The links of a page by offset. */
export const pageOf = (
  { limit, offset, total }: Slice,
  path: string,
  query: Readonly<Record<string, unknown>>,
) => {
  const href = (start: number): { href: string } => {
    const fields = Object.entries({ ...query, limit, offset: start }).map(([name, value]) => [
      name,
      String(value),
    ]);
    return { href: `${path}?${new URLSearchParams(fields)}` };
  };
  const last = Math.max(0, Math.floor((total - 1) / limit) * limit);
  return {
    limit,
    offset,
    total_count: total,
    first: href(0),
    ...(offset > 0 ? { previous: href(Math.max(0, offset - limit)) } : {}),
    ...(offset + limit < total ? { next: href(offset + limit) } : {}),
    last: href(last),
  };
};
