import type { PolicyRow } from '../metadata/iam-schema.ts';
import { type Action, actionsOf, isAction } from './actions.ts';
import type { Grant } from './grants.ts';
import { type PolicyTerms, readPolicy } from './policy-terms.ts';
import { customRoleOfCrn, roleOfCrn } from './roles.ts';
import { duringOf } from './time-conditions.ts';

/** The actions of an account's own roles by their names. */
export type CustomRoles = ReadonlyMap<string, readonly string[]>;

/** A stored policy's terms, or undefined for one this program cannot read: then it grants nothing. */
export const termsOfRow = (row: PolicyRow): PolicyTerms | undefined => {
  try {
    const terms = readPolicy(row.version, JSON.parse(row.document));
    return typeof terms === 'string' ? undefined : terms;
  } catch {
    // no JSON: nothing to understand, nothing to grant
    return undefined;
  }
};

/** Whether a policy names a role only its account knows. */
export const namesCustomRole = (row: PolicyRow): boolean =>
  termsOfRow(row)?.roles.some((crn) => roleOfCrn(crn) === undefined) ?? false;

/** What a policy grants. Anything in it that is not understood makes it grant nothing (P3). */
export const grantOf = (row: PolicyRow, customRoles: CustomRoles): Grant | undefined => {
  if (row.type !== 'access' || row.state !== 'active') return undefined;
  const terms = termsOfRow(row);
  if (!terms || terms.subject !== row.subject) return undefined;
  const actions = actionsOfRoles(terms.roles, row.account_id, customRoles);
  const during = terms.rule === undefined ? undefined : duringOf(terms.rule);
  if (!actions || (terms.rule !== undefined && during === undefined)) return undefined;
  // a policy reaches no further than the account it lies in, whatever it says
  if (terms.attributes.some(({ key, value }) => key === 'accountId' && value !== row.account_id))
    return undefined;
  return {
    actions,
    attributes: terms.attributes,
    source: `policy ${row.id}`,
    ...(during === undefined ? {} : { during }),
  };
};

const actionsOfRoles = (
  crns: readonly string[],
  accountId: string,
  customRoles: CustomRoles,
): ReadonlySet<Action> | undefined => {
  const actions = new Set<Action>();
  for (const crn of crns) {
    const role = roleOfCrn(crn);
    const custom = role ? undefined : customRoles.get(customRoleOfCrn(accountId, crn) ?? '');
    if (!role && !custom) return undefined;
    for (const action of role ? actionsOf(role) : (custom ?? []).filter(isAction)) actions.add(action);
  }
  return actions;
};
