import { type Action, type Resource, rowOfAction } from './actions.ts';
import { type Attribute, isNarrowing, matches } from './attributes.ts';

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
}

interface Bucket {
  readonly byNamespace: Map<string, Grant[]>;
  readonly anywhere: Grant[];
}

/** Indexes grants by action and, where a grant names one namespace exactly, by that. */
export const indexGrants = (grants: readonly Grant[]): GrantIndex => {
  const buckets = new Map<Action, Bucket>();
  for (const grant of grants) for (const action of grant.actions) file(buckets, action, grant);
  return {
    find: (action, resource, now) => {
      const bucket = buckets.get(action);
      if (!bucket) return undefined;
      const allows = (grant: Grant): boolean => covers(grant, action, resource, now);
      const named = resource.namespace === undefined ? undefined : bucket.byNamespace.get(resource.namespace);
      return named?.find(allows) ?? bucket.anywhere.find(allows);
    },
  };
};

const file = (buckets: Map<Action, Bucket>, action: Action, grant: Grant): void => {
  // an account-wide action is never granted by less than an account-wide grant
  if (rowOfAction(action)?.on === 'account' && grant.attributes.some(isNarrowing)) return;
  const bucket: Bucket = buckets.get(action) ?? { byNamespace: new Map(), anywhere: [] };
  buckets.set(action, bucket);
  const named = grant.attributes.find(
    ({ key, operator }) => key === 'resource' && operator === 'stringEquals',
  );
  if (!named) {
    bucket.anywhere.push(grant);
    return;
  }
  const list = bucket.byNamespace.get(named.value) ?? [];
  bucket.byNamespace.set(named.value, list);
  list.push(grant);
};

/** A grant without an account covers nothing: whose resource it is must always be said. */
const covers = (grant: Grant, action: Action, resource: Resource, now: number): boolean =>
  grant.attributes.some(({ key, operator }) => key === 'accountId' && operator === 'stringEquals') &&
  grant.attributes.every((attribute) => matches(attribute, resource, action)) &&
  (grant.during === undefined || grant.during(now));
