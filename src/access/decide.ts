import { accountOf, type Principal } from '../principal.ts';
import { type Action, type Resource, type Role, rowOfAction } from './actions.ts';

/** A role somebody holds, on what, and where it comes from. */
export interface Grant {
  readonly role: Role;
  readonly accountId: string;
  /** Undefined: the whole account. */
  readonly namespace?: string;
  readonly region?: string;
  /** For people: "the account's owner", "policy 4f…". */
  readonly source: string;
}

export interface Decision {
  readonly allowed: boolean;
  /** Which grant allowed it, or why nothing did; for the log and for those allowed to know. */
  readonly because: string;
}

/**
 * The one place where rights are decided. Pure: grants are what the principal holds at this moment. Denies whatever it
 * does not understand (P3).
 */
export const decide = (
  principal: Principal,
  action: Action,
  resource: Resource,
  grants: readonly Grant[],
): Decision => {
  const row = rowOfAction(action);
  if (!row) return { allowed: false, because: `there is no action ${action}` };
  if (row.self && principal.kind === 'user' && isSelf(principal, resource)) {
    return { allowed: true, because: 'everyone manages their own keys' };
  }
  if (accountOf(principal) !== resource.accountId && principal.kind !== 'anonymous') {
    return { allowed: false, because: 'the resource belongs to another account' };
  }
  const grant = grants.find(
    (each) => covers(each, row.on, resource) && row.roles.some((role) => role === each.role),
  );
  if (grant) return { allowed: true, because: `${grant.role} by ${grant.source}` };
  return { allowed: false, because: `no policy grants ${action} on ${describe(resource)}` };
};

const isSelf = (principal: { iamId: string; accountId: string }, resource: Resource): boolean =>
  resource.owner === principal.iamId && resource.accountId === principal.accountId;

const covers = (grant: Grant, on: 'namespace' | 'account', resource: Resource): boolean => {
  if (grant.accountId !== resource.accountId) return false;
  if (grant.region !== undefined && grant.region !== resource.region) return false;
  if (grant.namespace === undefined) return true;
  return on === 'namespace' && grant.namespace === resource.namespace;
};

const describe = ({ repository, namespace, accountId }: Resource): string =>
  repository ? `repository ${repository}` : namespace ? `namespace ${namespace}` : `account ${accountId}`;
