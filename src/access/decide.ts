import { accountOf, type Principal } from '../principal.ts';
import { type Action, type Resource, rowOfAction } from './actions.ts';
import type { GrantIndex } from './grants.ts';

export interface Decision {
  readonly allowed: boolean;
  /** Which grant allowed it, or why nothing did; for the log and for those allowed to know. */
  readonly because: string;
}

/**
 * The one place where rights are decided. Pure: `grants` are what the principal holds, `now` the time. Denies whatever
 * it does not understand (P3).
 */
export const decide = (
  principal: Principal,
  action: Action,
  resource: Resource,
  grants: GrantIndex,
  now: number,
): Decision => {
  const row = rowOfAction(action);
  if (!row) return { allowed: false, because: `there is no action ${action}` };
  if (row.self && principal.kind === 'user' && isSelf(principal, resource)) {
    return { allowed: true, because: 'everyone manages their own keys' };
  }
  if (accountOf(principal) !== resource.accountId && principal.kind !== 'anonymous') {
    return { allowed: false, because: 'the resource belongs to another account' };
  }
  const grant = grants.find(action, resource, now);
  if (grant) return { allowed: true, because: grant.source };
  return { allowed: false, because: `no policy grants ${action} on ${describe(resource)}` };
};

const isSelf = (principal: { iamId: string; accountId: string }, resource: Resource): boolean =>
  resource.owner === principal.iamId && resource.accountId === principal.accountId;

const describe = ({ repository, namespace, accountId }: Resource): string =>
  repository ? `repository ${repository}` : namespace ? `namespace ${namespace}` : `account ${accountId}`;
