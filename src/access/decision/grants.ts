import { type Action, type Resource, rowOfAction } from '../actions/actions.ts';
import { type Attribute, isImplied, isNarrowing, matches } from './attributes.ts';

/** What somebody holds: actions on whatever has all these attributes, while the condition holds. */
export interface Grant {
  readonly actions: ReadonlySet<Action>;
  readonly attributes: readonly Attribute[];
  /** Undefined: always. Epoch milliseconds. */
  readonly during?: (now: number) => boolean;
  /** For people: "Manager, as the account's owner", "policy 4f…". */
  readonly source: string;
}

/** The grants of one principal, laid out so that a decision looks only at those that could match. */
export interface GrantIndex {
  /** The first grant that allows it, in no particular order: grants only ever add. */
  find(action: Action, resource: Resource, now: number): Grant | undefined;
  /** The first grant of the action that reaches everything these attributes could ever match, at any time. */
  covering(action: Action, scope: readonly Attribute[]): Grant | undefined;
}

/** Holds nothing. */
export const NOTHING: GrantIndex = { find: () => undefined, covering: () => undefined };

/** Several indexes as one: whatever any of them grants. */
export const anyOf = (indexes: readonly GrantIndex[]): GrantIndex => {
  const holding = indexes.filter((index) => index !== NOTHING);
  const [only] = holding;
  if (holding.length <= 1) return only ?? NOTHING;
  const first = (ask: (index: GrantIndex) => Grant | undefined): Grant | undefined => {
    for (const index of holding) {
      const grant = ask(index);
      if (grant) return grant;
    }
    return undefined;
  };
  return {
    find: (action, resource, now) => first((index) => index.find(action, resource, now)),
    covering: (action, scope) => first((index) => index.covering(action, scope)),
  };
};

interface Bucket {
  readonly byName: Map<string, Grant[]>;
  readonly anywhere: Grant[];
}

/** Indexes grants by action and, where a grant names one namespace or entity exactly, by that. */
export const indexGrants = (grants: readonly Grant[]): GrantIndex => {
  if (grants.length === 0) return NOTHING;
  const buckets = new Map<Action, Bucket>();
  for (const grant of grants) for (const action of grant.actions) file(buckets, action, grant);
  return {
    find: (action, resource, now) => {
      const bucket = buckets.get(action);
      if (!bucket) return undefined;
      const allows = (grant: Grant): boolean => covers(grant, action, resource, now);
      const name = resource.namespace ?? resource.entity?.id;
      const named = name === undefined ? undefined : bucket.byName.get(name);
      return named?.find(allows) ?? bucket.anywhere.find(allows);
    },
    covering: (action, scope) =>
      grants.find(
        (grant) =>
          grant.actions.has(action) &&
          bindsAccount(grant) &&
          grant.during === undefined &&
          grant.attributes.every((attribute) => isImplied(attribute, scope)),
      ),
  };
};

const file = (buckets: Map<Action, Bucket>, action: Action, grant: Grant): void => {
  // an account-wide action is never granted by less than an account-wide grant
  if (rowOfAction(action)?.on === 'account' && grant.attributes.some(isNarrowing)) return;
  const bucket: Bucket = buckets.get(action) ?? { byName: new Map(), anywhere: [] };
  buckets.set(action, bucket);
  const named = grant.attributes.find(
    ({ key, operator }) => key === 'resource' && operator === 'stringEquals',
  );
  if (!named) {
    bucket.anywhere.push(grant);
    return;
  }
  const list = bucket.byName.get(named.value) ?? [];
  bucket.byName.set(named.value, list);
  list.push(grant);
};

/** A grant without an account covers nothing: whose resource it is must always be said. */
const bindsAccount = ({ attributes }: Grant): boolean =>
  attributes.some(({ key, operator }) => key === 'accountId' && operator === 'stringEquals');

const covers = (grant: Grant, action: Action, resource: Resource, now: number): boolean =>
  bindsAccount(grant) &&
  grant.attributes.every((attribute) => matches(attribute, resource, action)) &&
  (grant.during === undefined || grant.during(now));
