import { RegistryError } from '../../errors.ts';
import type { ListedTag, RepositoryEntry } from '../../registry/room.ts';
import {
  RepositoryList,
  RepositoryListQuery,
  type ListedRepository as RepositoryWire,
  TagList,
  TagListQuery,
  type ListedTag as TagWire,
} from '../../wire/listings.ts';
import { IdentityNames } from '../identity-names.ts';
import type { JsonApp } from '../json-app.ts';
import { accountHeader, regionOf } from '../json-request.ts';
import { listable } from '../listable.ts';
import { parsePlace, printPlace } from '../pages.ts';
import { timestamp } from '../timestamp.ts';
import type { V1Parts } from './parts.ts';

const PAGE = 50;

/** GET /api/v1/repositories and GET /api/v1/tags: ours. */
export const listingRoutes = (app: JsonApp, parts: V1Parts): void => {
  app.get(
    '/api/v1/repositories',
    {
      schema: {
        summary: 'Repositories whose images the caller may list, a page at a time',
        tags: ['registry'],
        querystring: RepositoryListQuery,
        response: { 200: RepositoryList },
      },
      config: { needs: 'signed-in' },
    },
    async (request): Promise<RepositoryList> => {
      const { namespace: only, filter, sort = 'newest', limit = PAGE } = request.query;
      const start = startOf(request.query.start, [sort]);
      const namespaces = await listable(request, parts, {
        accountId: accountHeader(request),
        action: 'container-registry.image.list',
        wanted: (each) => (only === undefined || only === each ? 'whole' : undefined),
      });
      const page = await parts.repositoryListing.page({
        regionId: regionOf(request).id,
        namespaces,
        order: sort,
        filter,
        after: start?.place,
        limit,
        counting: start === undefined,
      });
      return { repositories: page.rows.map(repositoryWire), ...totalsOf(page, start?.total) };
    },
  );

  app.get(
    '/api/v1/tags',
    {
      schema: {
        summary: 'Tags of a repository that the caller may list, a page at a time',
        tags: ['registry'],
        querystring: TagListQuery,
        response: { 200: TagList },
      },
      config: { needs: 'signed-in' },
    },
    async (request): Promise<TagList> => {
      const { repository, filter, sort = 'newest', limit = PAGE } = request.query;
      const start = startOf(request.query.start, sort === 'name' ? ['name', 'plain'] : [sort]);
      const host = parts.origin.registryHost(request.raw);
      const name = repository.startsWith(`${host}/`) ? repository.slice(host.length + 1) : repository;
      const accountId = accountHeader(request);
      const [listed] = await listable(request, parts, {
        accountId,
        action: 'container-registry.image.list',
        wanted: (each) => (name.startsWith(`${each}/`) ? [name] : undefined),
      });
      const [found] = (await listed?.repositories?.of([name])) ?? [];
      // what is not there and what the caller may not see look alike
      if (!listed || !found) return { tags: [], total: 0, total_is_exact: true };
      const page = await parts.tagListing.page({
        target: { regionId: regionOf(request).id, namespace: listed.namespace, name: found.name as never },
        only: found.tags,
        order: sort,
        filter,
        after: start?.place,
        limit,
        counting: start === undefined,
      });
      const names = new IdentityNames(parts, accountId);
      const there = page.rows.flatMap((row) => (row.manifest ? [{ ...row, manifest: row.manifest }] : []));
      await names.learn(there.map(({ manifest }) => manifest.pushedBy));
      return {
        tags: there.map((row) => tagWire(row, names.of(row.manifest.pushedBy))),
        ...totalsOf(page, start?.total),
      };
    },
  );
};

interface Place {
  readonly by: string;
  readonly key: string;
  readonly id: string;
}

interface Total {
  readonly count: number;
  readonly isExact: boolean;
}

/** A place in the list, with how many entries were counted on its first page. */
const printStart = ({ by, key, id }: Place, { count, isExact }: Total): string =>
  printPlace([by, key, id, String(count), isExact ? 'exact' : 'more']);

const startOf = (
  start: string | undefined,
  orders: readonly string[],
): { place: Place; total: Total } | undefined => {
  if (start === undefined) return undefined;
  const [by = '', key = '', id = '', count = '', exact] = parsePlace(start, 5) ?? [];
  const isTime = by === 'newest' || by === 'oldest';
  const isPlace = orders.includes(by) && (!isTime || NUMBER.test(key)) && NUMBER.test(count);
  if (!isPlace || TEXT.test(key + id))
    throw new RegistryError('BAD_REQUEST', {
      message: 'The start is not one of this list and sort; leave it out to begin at the start.',
    });
  return { place: { by, key, id }, total: { count: Number(count), isExact: exact === 'exact' } };
};

const NUMBER = /^\d{1,15}$/;
/** What is in no name: PostgreSQL takes no NUL. */
const TEXT = /[^\x20-\x7e]/;

const totalsOf = (
  { next, total }: { readonly next: Place | undefined; readonly total: Total | undefined },
  before: Total | undefined,
) => {
  const known = total ?? before ?? { count: 0, isExact: false };
  return {
    total: known.count,
    total_is_exact: known.isExact,
    ...(next ? { next: printStart(next, known) } : {}),
  };
};

const timeOrNull = (at: number | undefined): string | null => (at === undefined ? null : timestamp(at));

const repositoryWire = ({ name, namespace, facts }: RepositoryEntry): RepositoryWire => ({
  name,
  namespace,
  ...(facts
    ? {
        tags: facts.tags.count,
        tags_is_exact: facts.tags.isExact,
        untagged: facts.stored?.untaggedImages ?? 0,
        size: facts.stored ? facts.stored.tagged + facts.stored.untagged + facts.stored.waiting : 0,
        pushed_at: timestamp(facts.pushedAt),
        pulled_at: timeOrNull(facts.pulledAt),
      }
    : {}),
});

const tagWire = (
  row: ListedTag & { readonly manifest: NonNullable<ListedTag['manifest']> },
  name: string | undefined,
): TagWire => {
  const { tag, digest, taggedAt, manifest, pulledAt, protectedBy, isHeld } = row;
  const { signature, sbom, provenance, other } = manifest.referrers;
  return {
    tag,
    digest,
    media_type: manifest.mediaType,
    kind: manifest.kind,
    platforms: manifest.platforms.map(({ variant, size, ...platform }) => ({
      ...platform,
      ...(variant === undefined ? {} : { variant }),
      ...(size === undefined ? {} : { size }),
    })),
    size_min: manifest.sizes.smallest,
    size_max: manifest.sizes.largest,
    pushed_at: timestamp(taggedAt),
    pushed_by: manifest.pushedBy,
    ...(name === undefined ? {} : { pushed_by_name: name }),
    pulled_at: timeOrNull(pulledAt),
    referrers: { signatures: signature, sboms: sbom, provenance, other },
    ...(protectedBy === undefined ? {} : { protected_by: protectedBy }),
    held: isHeld,
  };
};
