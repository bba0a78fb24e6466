import { accountOf, type Principal } from '../../principal.ts';
import { type Action, type Resource, rowOfAction } from '../actions/actions.ts';
import type { GrantIndex } from './grants.ts';

export interface Decision {
  readonly allowed: boolean;
  /** Which grant allowed it, or why nothing did; for the log and for those allowed to know. */
  readonly because: string;
}

/** What a principal holds: by its own policies and groups, and what a resource's account gives everyone. */
export interface Holdings {
  readonly own: GrantIndex;
  readonly everyone: GrantIndex;
}

/**
 * The one place where rights are decided. Pure: `holdings` are what the principal holds, `now` the time. Denies
 * whatever it does not understand (P3).
 */
export const decide = (
  principal: Principal,
  action: Action,
  resource: Resource,
  { own, everyone }: Holdings,
  now: number,
): Decision => {
  const row = rowOfAction(action);
  if (!row) return { allowed: false, because: `there is no action ${action}` };
  if (row.self && isSelf(principal, resource)) {
    return { allowed: true, because: 'everyone manages what is their own' };
  }
  const isForeign = principal.kind !== 'anonymous' && accountOf(principal) !== resource.accountId;
  if (row.notOnUsers && (resource.entity === undefined || resource.entity.type === 'user')) {
    // what an id is in another account is told to nobody
    return { allowed: false, because: isForeign ? FOREIGN : 'nobody makes a secret for another user' };
  }
  const shared = everyone.find(action, resource, now);
  if (shared) return { allowed: true, because: shared.source };
  if (isForeign) return { allowed: false, because: FOREIGN };
  const grant = own.find(action, resource, now);
  if (grant) return { allowed: true, because: grant.source };
  return { allowed: false, because: `no policy grants ${action} on ${describe(resource)}` };
};

const FOREIGN = 'the resource belongs to another account';

/** Only a person has something of its own: what a service ID or profile may is said by policies alone. */
const isSelf = (principal: Principal, resource: Resource): boolean =>
  principal.kind === 'user' &&
  resource.owner === principal.iamId &&
  resource.accountId === principal.accountId;

export const describe = ({ repository, namespace, entity, accountId }: Resource): string =>
  repository
    ? `repository ${repository}`
    : namespace
      ? `namespace ${namespace}`
      : entity
        ? `${entity.type} ${entity.id}`
        : `account ${accountId}`;
