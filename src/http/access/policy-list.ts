import type { Governing, Policy } from '../../access/room.ts';
import { RegistryError } from '../../errors.ts';
import { iamIdOf } from '../../principal.ts';
import type { PolicyQuery } from '../../wire/policies.ts';
import type { RequestHead } from '../json-app.ts';
import { mayDo, mayGovern } from '../may-do.ts';
import { linkTo, parsePlace, printPlace } from '../pages.ts';
import { timestamp } from '../timestamp.ts';
import { type AccessParts, ownAccount } from './parts.ts';

/** One page of policies and where it lies among the others. */
export interface PolicyPage {
  readonly policies: readonly Policy[];
  readonly limit?: number;
  readonly first?: { href: string };
  readonly next?: { href: string; start: string };
}

/** What one answer may hold, in characters of documents; then it has a next page also where no limit was asked for. */
const MOST_CHARACTERS = 4 << 20;

/** The policies a query asks for that the caller may see: all for a Viewer, else their own and those they could change. */
export const listPage = async (
  request: RequestHead,
  path: string,
  query: PolicyQuery,
  parts: AccessParts,
): Promise<PolicyPage> => {
  const accountId = ownAccount(request, query.account_id);
  const order = orderOf(query.sort ?? 'id');
  const after = query.start === undefined ? undefined : readPlace(query.start);
  if (query.type === 'authorization') return { policies: [] };
  const { limit = Number.POSITIVE_INFINITY } = query;
  const seen: Seen = (look) => visible(request, query, accountId, parts, look);
  const work = (): Governing => parts.access.governing(accountId);
  const look: Look = { work: work(), from: after?.[1] };
  const { policies, more } =
    query.sort === undefined || query.sort === 'id'
      ? await filled(seen(look), limit)
      : await filled(inOrder(seen, work, order, after, limit + 1), limit);
  const last = more ? policies.at(-1) : look.stoppedAt;
  const href = (start?: string): string => linkTo(`${parts.externalUrl}${path}`, { ...query, start });
  const start = last && printPlace(order.place(last));
  return {
    policies,
    ...(query.limit === undefined ? {} : { limit: query.limit, first: { href: href() } }),
    ...(start === undefined ? {} : { next: { href: href(start), start } }),
  };
};

/** The first of some policies: as many as an answer may hold. */
const filled = async (
  policies: AsyncIterable<Policy>,
  limit: number,
): Promise<{ policies: Policy[]; more: boolean }> => {
  const page: Policy[] = [];
  let characters = 0;
  for await (const policy of policies) {
    if (page.length >= limit || characters >= MOST_CHARACTERS) return { policies: page, more: true };
    page.push(policy);
    characters += policy.size;
  }
  return { policies: page, more: false };
};

/** One walk through an account's policies, by their ids. */
interface Look {
  /** Deciding on policies takes a bounded number of steps; then the walk stops. */
  readonly work: Governing;
  /** After this id. */
  readonly from?: string | undefined;
  /** Of these alone. */
  readonly ids?: ReadonlySet<string>;
  /** The last policy that was decided on, where the walk stopped before its end. */
  stoppedAt?: Policy;
}

type Seen = (look: Look) => AsyncIterable<Policy>;

/** The same policies in another order than that of their ids: their places first, then those that a page may hold. */
async function* inOrder(
  seen: Seen,
  work: () => Governing,
  { place, compare }: Order,
  after: Place | undefined,
  most: number,
): AsyncGenerator<Policy> {
  const places: { place: Place; size: number }[] = [];
  for await (const policy of whole(seen, { work: work() }))
    if (after === undefined || compare(place(policy), after) > 0)
      places.push({ place: place(policy), size: policy.size });
  places.sort((a, b) => compare(a.place, b.place));
  const ids = new Set<string>();
  let characters = 0;
  for (const { place, size } of places.slice(0, most)) {
    ids.add(place[1]);
    characters += size;
    if (characters >= 2 * MOST_CHARACTERS) break;
  }
  const wanted: Policy[] = [];
  for await (const policy of whole(seen, { work: work(), ids })) wanted.push(policy);
  yield* wanted.sort((a, b) => compare(place(a), place(b)));
}

/** All that a walk sees. What comes first in another order is known only at its end. */
async function* whole(seen: Seen, look: Look): AsyncGenerator<Policy> {
  yield* seen(look);
  if (look.stoppedAt)
    throw new RegistryError('TOOMANYREQUESTS', {
      message: 'Your policies have too many patterns for a sorted list; leave out sort, and follow next.',
    });
}

/** The policies of a query that the caller may see, by their ids. */
async function* visible(
  { credential: { principal } }: RequestHead,
  query: PolicyQuery,
  accountId: string,
  { access, policies }: AccessParts,
  look: Look,
): AsyncGenerator<Policy> {
  const { work, from: after = '', ids } = look;
  const all = await mayDo(access, principal, 'iam-access-management.policy.list', { accountId });
  const { iam_id: iamId, access_group_id: groupId, state = 'active' } = query;
  let last: Policy | undefined;
  for await (const policy of policies.each(accountId, { subject: iamId ?? groupId, state, after })) {
    const wanted =
      (ids?.has(policy.id) ?? true) &&
      has(policy, 'serviceType', query.service_type) &&
      has(policy, 'serviceName', query.service_name) &&
      (groupId === undefined || policy.subject === groupId);
    if (!wanted) continue;
    const own = all || policy.subject === iamIdOf(principal);
    const may = own || (await mayGovern(access, principal, accountId, [policy.scope], work));
    // one that takes more steps than a whole list is not the caller's; another one has not been decided on
    if (work.steps.exhausted && last) {
      look.stoppedAt = last;
      return;
    }
    if (may) yield policy;
    last = policy;
  }
}

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

/** Where a policy stands in the order: what it is sorted by, and its id. */
type Place = readonly [string, string];

interface Order {
  place(policy: Policy): Place;
  compare(a: Place, b: Place): number;
}

const orderOf = (sort: string): Order => {
  const name = sort.replace(/^-/, '');
  const key = Object.hasOwn(SORTS, name) ? SORTS[name] : undefined;
  if (!key)
    throw new RegistryError('BAD_REQUEST', { message: `sort is one of ${Object.keys(SORTS).join(', ')}` });
  const direction = sort.startsWith('-') ? -1 : 1;
  const by = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);
  return {
    place: (policy) => [key(policy), policy.id],
    compare: (a, b) => direction * (by(a[0], b[0]) || by(a[1], b[1])),
  };
};

const readPlace = (start: string): Place => {
  const [key, id] = parsePlace(start, 2) ?? [];
  if (key !== undefined && id !== undefined) return [key, id];
  throw new RegistryError('BAD_REQUEST', {
    message: 'start is not a token of an earlier page; leave it out',
  });
};
