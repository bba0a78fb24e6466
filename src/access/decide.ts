import { accountOf, type Principal } from '../principal.ts';
import { type Action, type Resource, type Role, rowOfAction } from './actions.ts';

/** What somebody holds, on what, and where it comes from. */
export interface Grant {
  /** A role, or, for a registry token, the few actions it was made for. */
  readonly holds: Role | readonly Action[];
  readonly accountId: string;
  /** Undefined: the whole account. */
  readonly namespace?: string;
  /** The namespace by its id: a recreated one is another. */
  readonly namespaceId?: string;
  /** The region by its name, or by its id. */
  readonly region?: string;
  readonly regionId?: string;
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
  const grant = grants.find((each) => covers(each, row.on, resource) && includes(each, action, row.roles));
  if (grant) return { allowed: true, because: grant.source };
  return { allowed: false, because: `no policy grants ${action} on ${describe(resource)}` };
};

const isSelf = (principal: { iamId: string; accountId: string }, resource: Resource): boolean =>
  resource.owner === principal.iamId && resource.accountId === principal.accountId;

const includes = ({ holds }: Grant, action: Action, roles: readonly Role[]): boolean =>
  typeof holds === 'string' ? roles.includes(holds) : holds.includes(action);

const covers = (grant: Grant, on: 'namespace' | 'account', resource: Resource): boolean => {
  if (grant.accountId !== resource.accountId) return false;
  if (grant.region !== undefined && grant.region !== resource.region) return false;
  if (grant.regionId !== undefined && grant.regionId !== resource.regionId) return false;
  if (grant.namespace === undefined && grant.namespaceId === undefined) return true;
  if (on !== 'namespace') return false;
  if (grant.namespaceId !== undefined && grant.namespaceId !== resource.namespaceId) return false;
  return grant.namespace === undefined || grant.namespace === resource.namespace;
};

const describe = ({ repository, namespace, accountId }: Resource): string =>
  repository ? `repository ${repository}` : namespace ? `namespace ${namespace}` : `account ${accountId}`;
