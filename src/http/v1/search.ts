import { setImmediate as turnOfLoop } from 'node:timers/promises';
import type { Action, Policy } from '../../access/room.ts';
import { type SearchHit, SearchQuery, SearchResult } from '../../wire/search.ts';
import type { JsonApp, RequestHead } from '../json-app.ts';
import { accountHeader, principalOf, regionOf } from '../json-request.ts';
import { hasListable, listable } from '../listable.ts';
import { mayDo } from '../may-do.ts';
import { inAccount, scopeOf, type V1Parts } from './parts.ts';

/** Hits of each kind where it is not said. */
const SHOWN = 5;
/** Rows of one statement, and how many of them one kind looks at. */
const ROWS = 199;
const STATEMENTS = 5;
/** Groups, namespaces and API keys with the name that are decided on one by one. */
const MOST_DECIDED = 50;

/** GET /api/v1/search: ours. */
export const searchRoutes = (app: JsonApp, parts: V1Parts): void => {
  app.get(
    '/api/v1/search',
    {
      schema: {
        summary: 'Things by a part of their name, of those the caller may see: a few of each kind',
        tags: ['registry'],
        querystring: SearchQuery,
        response: { 200: SearchResult },
      },
      config: { needs: 'signed-in' },
    },
    async (request): Promise<SearchResult> => {
      const { q, limit = SHOWN } = request.query;
      const asked = q.toLowerCase();
      const look: Look = {
        request,
        parts,
        accountId: accountHeader(request),
        limit,
        q,
        fits: (...texts) => texts.some((text) => text?.toLowerCase().includes(asked)),
      };
      const hits: SearchHit[] = [];
      const more: SearchResult['more'] = [];
      for (const [kind, find] of Object.entries(FINDERS) as [SearchHit['kind'], Finder][]) {
        const found = await find(look);
        hits.push(...found.hits.slice(0, limit).map((hit) => ({ kind, ...hit })));
        if (found.isCut || found.hits.length > limit) more.push(kind);
        await turnOfLoop();
      }
      return { hits, more };
    },
  );
};

interface Look {
  readonly request: RequestHead;
  readonly parts: V1Parts;
  readonly accountId: string;
  readonly limit: number;
  readonly q: string;
  /** Whether one of these has the text. */
  readonly fits: (...texts: (string | undefined)[]) => boolean;
}

type Hit = Omit<SearchHit, 'kind'>;

interface Found {
  readonly hits: readonly Hit[];
  /** There may be more that were not looked at. */
  readonly isCut: boolean;
}

type Finder = (look: Look) => Promise<Found>;

const NOTHING: Found = { hits: [], isCut: false };

const namespaces: Finder = async ({ request, parts, accountId, fits, limit }) => {
  const found = await listable(request, parts, {
    accountId,
    action: 'container-registry.namespace.list',
    wanted: (name) => (fits(name) ? 'whole' : undefined),
  });
  const hits: Hit[] = [];
  for (const each of found.slice(0, MOST_DECIDED)) {
    const { name } = each.namespace;
    if (await hasListable(request, parts, each)) hits.push({ id: name, name });
    if (hits.length > limit) break;
  }
  return { hits, isCut: found.length > MOST_DECIDED };
};

const repositories: Finder = async ({ request, parts, accountId, q, limit }) => {
  const action = 'container-registry.image.list';
  const page = await parts.repositoryListing.page({
    regionId: regionOf(request).id,
    namespaces: await listable(request, parts, { accountId, action }),
    order: 'newest',
    filter: q,
    after: undefined,
    limit,
    counting: false,
  });
  return { hits: page.rows.map(({ name }) => ({ id: name, name })), isCut: page.next !== undefined };
};

/** Whether the caller may do this in the whole account. */
const mayInAccount = ({ request, parts, accountId }: Look, action: Action): Promise<boolean> =>
  mayDo(parts.access, principalOf(request), action, { accountId });

/** Looks through pages of rows until there are enough hits. */
const throughPages = async <Row>(
  { limit }: Look,
  read: (after: string | undefined) => Promise<{ rows: readonly Row[]; next: string | undefined }>,
  hitOf: (row: Row) => Promise<Hit | undefined> | Hit | undefined,
): Promise<Found> => {
  const hits: Hit[] = [];
  let after: string | undefined;
  for (let statements = 0; statements < STATEMENTS; statements++) {
    const { rows, next } = await read(after);
    for (const row of rows) {
      const hit = await hitOf(row);
      if (hit) hits.push(hit);
      if (hits.length > limit) return { hits, isCut: true };
    }
    await turnOfLoop();
    if (next === undefined) return { hits, isCut: false };
    after = next;
  }
  return { hits, isCut: true };
};

const pageOf = (token: string | undefined) => ({
  size: ROWS,
  token,
  sort: undefined,
  descending: false,
  filter: undefined,
});

const serviceIds: Finder = async (look) => {
  const { parts, accountId, fits } = look;
  if (!(await mayInAccount(look, 'iam-identity.serviceid.list'))) return NOTHING;
  return throughPages(
    look,
    async (after) => {
      const { entities, next } = await parts.serviceIds.list(accountId, undefined, pageOf(after));
      return { rows: entities, next };
    },
    ({ id, name }) => (fits(name, id) ? { id, name } : undefined),
  );
};

const users: Finder = async (look) => {
  const { parts, accountId, fits, limit } = look;
  if (!(await mayInAccount(look, 'user-management.user.list'))) return NOTHING;
  const { members, next } = await parts.users.search(
    { accountId, from: '', limit },
    // the name of a person who has not accepted is not told
    ({ userName, firstName, lastName, iamId }) => fits(userName, `${firstName} ${lastName}`, iamId),
  );
  return {
    hits: members.map(({ iamId, userName }) => ({ id: iamId, name: userName })),
    isCut: next !== undefined,
  };
};

const accessGroups: Finder = async ({ request, parts, accountId, fits, limit }) => {
  const principal = principalOf(request);
  const own = new Set((await parts.accessGroups.list(accountId, principal.iamId)).map(({ id }) => id));
  const named = (await parts.accessGroups.list(accountId, undefined)).filter(({ name, id }) =>
    fits(name, id),
  );
  const hits: Hit[] = [];
  for (const group of named.slice(0, MOST_DECIDED)) {
    const { id, name } = group;
    const resource = { accountId, entity: { type: 'access-group', id } } as const;
    if (own.has(id) || (await mayDo(parts.access, principal, 'iam-groups.groups.read', resource)))
      hits.push({ id, name });
    if (hits.length > limit) break;
  }
  return { hits, isCut: named.length > MOST_DECIDED };
};

const profiles: Finder = async (look) => {
  const { parts, accountId, fits } = look;
  if (!(await mayInAccount(look, 'iam-identity.profile.list'))) return NOTHING;
  return throughPages(
    look,
    async (after = '') => {
      const { profiles: rows, more } = await parts.profiles.list(accountId, after, ROWS);
      return { rows, next: more ? rows.at(-1)?.id : undefined };
    },
    ({ id, name }) => (fits(name, id) ? { id, name } : undefined),
  );
};

/** Policies have no names: they are found by their description and their id. */
const policies: Finder = async (look) => {
  const { parts, accountId, fits, limit } = look;
  if (!(await mayInAccount(look, 'iam-access-management.policy.list'))) return NOTHING;
  const hits: Hit[] = [];
  let looked = 0;
  for await (const policy of parts.policies.each(accountId, { subject: undefined, state: 'active' })) {
    const name = descriptionOf(policy);
    if (fits(name, policy.id)) hits.push({ id: policy.id, name });
    if (hits.length > limit || ++looked >= ROWS * STATEMENTS) return { hits, isCut: true };
  }
  return { hits, isCut: false };
};

const descriptionOf = ({ document }: Policy): string => {
  const { description } = document as { description?: unknown };
  return typeof description === 'string' ? description : '';
};

const apiKeys: Finder = async (look) => {
  const { request, parts, accountId, fits } = look;
  const principal = principalOf(request);
  const isAll = await mayInAccount(look, 'iam-identity.apikey.list');
  const of = { accountId, iamId: isAll ? undefined : principal.iamId, kind: undefined };
  return throughPages(
    look,
    async (after) => {
      const { entities, next } = await parts.apiKeys.list(of, pageOf(after));
      return { rows: entities, next };
    },
    ({ id, name, iamId }) => (fits(name, id) ? { id, name, iam_id: iamId } : undefined),
  );
};

const registryTokens: Finder = async (look) => {
  const { request, parts, fits } = look;
  const action = 'container-registry.registrytoken.list';
  if (!(await mayDo(parts.access, principalOf(request), action, inAccount(request)))) return NOTHING;
  return throughPages(
    look,
    async (after = '') => {
      const { tokens: rows, more } = await parts.registryTokens.list(scopeOf(request), after, ROWS);
      return { rows, next: more ? rows.at(-1)?.id : undefined };
    },
    ({ id, description }) => (fits(description, id) ? { id, name: description } : undefined),
  );
};

/** In the order in which hits are answered. */
const FINDERS: Readonly<Record<SearchHit['kind'], Finder>> = {
  namespace: namespaces,
  repository: repositories,
  'service-id': serviceIds,
  user: users,
  'access-group': accessGroups,
  profile: profiles,
  policy: policies,
  'api-key': apiKeys,
  'registry-token': registryTokens,
};
