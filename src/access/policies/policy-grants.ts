import { type Action, actionsOf, isAction, mayBeInCustomRole } from '../actions/actions.ts';
import type { Attribute } from '../decision/attributes.ts';
import type { Grant } from '../decision/grants.ts';
import { readRule } from '../decision/time-conditions.ts';
import { customRoleOfCrn, roleOfCrn } from '../roles/roles.ts';
import { faultOfAttributes } from './policy-check.ts';
import { type PolicyTerms, readPolicy } from './policy-terms.ts';
import type { DecidedRow } from './rows.ts';

/** The actions of an account's custom roles by their names. */
export type ActionsByRole = ReadonlyMap<string, readonly string[]>;

/** A stored policy's terms, or undefined for one this program cannot read: then it grants nothing. */
export const termsOfRow = (row: Pick<DecidedRow, 'version' | 'document'>): PolicyTerms | undefined => {
  try {
    const terms = readPolicy(row.version, JSON.parse(row.document));
    return typeof terms === 'string' ? undefined : terms;
  } catch {
    // no JSON: nothing to understand, nothing to grant
    return undefined;
  }
};

/** On what a stored policy is; the whole account where that cannot be read. */
export const scopeOfRow = (row: DecidedRow, terms = termsOfRow(row)): readonly Attribute[] =>
  terms?.attributes ?? [{ key: 'accountId', operator: 'stringEquals', value: row.account_id }];

/** Whether a policy gives a custom role. */
export const namesCustomRole = ({ roles }: PolicyTerms): boolean =>
  roles.some((crn) => roleOfCrn(crn) === undefined);

/** The actions of some roles together, by their CRNs; undefined where one is not known. */
export type RoleActions = (crns: readonly string[]) => ReadonlySet<Action> | undefined;

/** The roles of an account. Policies that give the same roles share one set of actions. */
export const rolesOfAccount = (accountId: string, customRoles: ActionsByRole): RoleActions => {
  const known = new Map<string, ReadonlySet<Action> | undefined>();
  return (crns) => {
    const key = crns.join(' ');
    if (!known.has(key)) known.set(key, actionsOfRoles(crns, accountId, customRoles));
    return known.get(key);
  };
};

/** What a policy grants. A policy of which any part is not understood grants nothing. */
export const grantOf = (
  row: DecidedRow,
  roleActions: RoleActions,
  terms = termsOfRow(row),
): Grant | undefined => {
  if (row.type !== 'access' || row.state !== 'active') return undefined;
  // a policy reaches no further than the account it lies in, whatever it says
  if (!terms || terms.subject !== row.subject || faultOfAttributes(terms.attributes, row.account_id))
    return undefined;
  const actions = roleActions(terms.roles);
  const during = terms.rule === undefined ? undefined : readRule(terms.rule, terms.pattern);
  if (!actions || typeof during === 'string') return undefined;
  return {
    actions,
    attributes: [...terms.attributes, ...terms.tags.map(asked)],
    source: `policy ${row.id}`,
    ...(during === undefined ? {} : { during }),
  };
};

/** A tag as an attribute: no resource has one of this key, so a policy with tags matches nothing. */
const asked = ({ key, operator, value }: Attribute): Attribute => ({ key: `tag ${key}`, operator, value });

const actionsOfRoles = (
  crns: readonly string[],
  accountId: string,
  customRoles: ActionsByRole,
): ReadonlySet<Action> | undefined => {
  const actions = new Set<Action>();
  for (const crn of crns) {
    const role = roleOfCrn(crn);
    const custom = role ? undefined : customRoles.get(customRoleOfCrn(accountId, crn) ?? '');
    if (!role && !custom) return undefined;
    const held = role ? actionsOf(role) : (custom ?? []).filter(isAction).filter(mayBeInCustomRole);
    for (const action of held) actions.add(action);
  }
  return actions;
};
