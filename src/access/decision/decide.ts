import { accountOf, isIdentity, type Principal } from '../../principal.ts';
import type { ActionRow } from '../actions/action-row.ts';
import { type Action, type Resource, rowOfAction } from '../actions/actions.ts';
import type { GrantIndex } from './grants.ts';
import { Steps } from './steps.ts';

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
 * The steps a decision may take over what is for everyone, and again over what is the principal's own: about a
 * millisecond. A thousand policies without patterns take less than a tenth.
 */
export const DECISION_STEPS = 200_000;

/**
 * The one place where rights are decided. Pure: `holdings` are what the principal holds, `now` the time. Anything that is
 * not understood, or not looked at because the steps are used up, is denied.
 */
export const decide = (
  principal: Principal,
  action: Action,
  resource: Resource,
  { own, everyone }: Holdings,
  now: number,
  steps = new Steps(DECISION_STEPS),
): Decision => {
  const row = rowOfAction(action);
  if (!row) return { allowed: false, because: `there is no action ${action}` };
  if (row.self && isSelf(principal, resource, row.self)) {
    return { allowed: true, because: 'everyone manages what is their own' };
  }
  const isForeign = principal.kind !== 'anonymous' && accountOf(principal) !== resource.accountId;
  if (row.notOnUsers && (resource.entity === undefined || resource.entity.type === 'user')) {
    // does not tell what an id is in another account
    return { allowed: false, because: isForeign ? FOREIGN : 'only a user makes secrets for that user' };
  }
  const shared = everyone.find(action, resource, now, steps);
  if (shared) return { allowed: true, because: shared.source };
  if (isForeign) return { allowed: false, because: FOREIGN };
  const exhausted = steps.exhausted;
  steps.renew();
  const grant = own.find(action, resource, now, steps);
  if (grant) return { allowed: true, because: grant.source };
  const granted = `no policy grants ${action} on ${describe(resource)}`;
  return { allowed: false, because: exhausted || steps.exhausted ? `${granted}${EXHAUSTED}` : granted };
};

const FOREIGN = 'the resource belongs to another account';

const EXHAUSTED =
  '; not every pattern was looked at, because there are too many: name namespaces and repositories exactly, or delete policies';

/** Only a person has something of its own: what a service ID or profile may do is said by policies alone. */
const isSelf = (principal: Principal, resource: Resource, of: NonNullable<ActionRow['self']>): boolean =>
  isIdentity(principal) &&
  (principal.kind === 'user' || of === 'every-identity') &&
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
