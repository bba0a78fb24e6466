import type { Policy } from '../../access/room.ts';
import { RegistryError } from '../../errors.ts';
import { iamIdOf } from '../../principal.ts';
import type { PolicyQuery } from '../../wire/policies.ts';
import type { RequestHead } from '../json-app.ts';
import { linkTo, parsePlace, printPlace } from '../pages.ts';
import { type AccessParts, ownAccount, timestamp } from './parts.ts';

/** One page of policies and where it lies among the others. */
export interface PolicyPage {
  readonly policies: readonly Policy[];
  readonly limit?: number;
  readonly first?: { href: string };
  readonly next?: { href: string; start: string };
}

/** The policies a query asks for that the caller may see: all for a Viewer, else their own and those they could change. */
export const listPage = async (
  request: RequestHead,
  path: string,
  query: PolicyQuery,
  parts: AccessParts,
): Promise<PolicyPage> => {
  const accountId = ownAccount(request, query.account_id);
  if (query.type === 'authorization') return { policies: [] };
  const subject = query.iam_id ?? query.access_group_id;
  const policies = await parts.policies.list(accountId, subject, query.state ?? 'active');
  const wanted = policies.filter(
    (policy) =>
      has(policy, 'serviceType', query.service_type) &&
      has(policy, 'serviceName', query.service_name) &&
      (query.iam_id === undefined || policy.subject === query.iam_id) &&
      (query.access_group_id === undefined || policy.subject === query.access_group_id),
  );
  return page(await visible(wanted, accountId, request, parts), path, query, parts.externalUrl);
};

const visible = async (
  policies: readonly Policy[],
  accountId: string,
  { credential: { principal } }: RequestHead,
  { access }: AccessParts,
): Promise<Policy[]> => {
  const all = await access.decide(principal, 'iam-access-management.policy.list', { accountId });
  if (all.allowed) return [...policies];
  const seen: Policy[] = [];
  for (const policy of policies) {
    const isOwn = policy.subject === iamIdOf(principal);
    if (isOwn || (await access.governs(principal, accountId, [policy.scope])).allowed) seen.push(policy);
  }
  return seen;
};

const has = ({ scope }: Policy, name: string, value: string | undefined): boolean =>
  value === undefined || scope.some((attribute) => attribute.key === name && attribute.value === value);

/** What policies can be sorted by. */
const SORTS: Readonly<Record<string, (policy: Policy) => string>> = {
  id: ({ id }) => id,
  type: ({ type }) => type,
  href: ({ version, id }) => `${version}/${id}`,
  created_at: ({ createdAt }) => timestamp(createdAt),
  created_by_id: ({ createdBy }) => createdBy,
  last_modified_at: ({ modifiedAt }) => timestamp(modifiedAt),
  last_modified_by_id: ({ modifiedBy }) => modifiedBy,
  state: ({ state }) => state,
};

const page = (
  listed: readonly Policy[],
  path: string,
  query: PolicyQuery,
  externalUrl: string,
): PolicyPage => {
  const compare = orderOf(query.sort ?? 'id');
  const place = (policy: Policy): Place => [compare.key(policy), policy.id];
  const after = query.start === undefined ? undefined : readPlace(query.start);
  const left = listed
    .filter((policy) => after === undefined || compare.places(place(policy), after) > 0)
    .toSorted((a, b) => compare.places(place(a), place(b)));
  const { limit } = query;
  if (limit === undefined) return { policies: left };
  const policies = left.slice(0, limit);
  const last = left.length > limit ? policies.at(-1) : undefined;
  const href = (start?: string): string => linkTo(`${externalUrl}${path}`, { ...query, start });
  const start = last && printPlace(place(last));
  return {
    policies,
    limit,
    first: { href: href() },
    ...(start === undefined ? {} : { next: { href: href(start), start } }),
  };
};

/** Where a policy stands in the order: what it is sorted by, and its id. */
type Place = readonly [string, string];

const orderOf = (
  sort: string,
): { key: (policy: Policy) => string; places: (a: Place, b: Place) => number } => {
  const name = sort.replace(/^-/, '');
  const key = Object.hasOwn(SORTS, name) ? SORTS[name] : undefined;
  if (!key)
    throw new RegistryError('BAD_REQUEST', { message: `sort is one of ${Object.keys(SORTS).join(', ')}` });
  const direction = sort.startsWith('-') ? -1 : 1;
  const by = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);
  return { key, places: (a, b) => direction * (by(a[0], b[0]) || by(a[1], b[1])) };
};

const readPlace = (start: string): Place => {
  const [key, id] = parsePlace(start, 2) ?? [];
  if (key !== undefined && id !== undefined) return [key, id];
  throw new RegistryError('BAD_REQUEST', {
    message: 'start is not a token of an earlier page; leave it out',
  });
};
