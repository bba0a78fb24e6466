import { RegistryError } from '../../errors.ts';
import { nextLink } from '../../oci/link.ts';
import { MEDIA_TYPES, mediaTypeOfQuery } from '../../oci/media-type.ts';
import { parsePageSize } from '../../oci/page-size.ts';
import { parseRepositoryName } from '../../oci/repository-name.ts';
import type { Referrer } from '../../registry/room.ts';
import { PULL } from './authorize.ts';
import { type Exchange, type RepositoryExchange, sendJson } from './exchange.ts';
import { digestOfPath } from './path.ts';

const PAGE = { default: 1000, maximum: 1000 };

/** end-1. */
export const base = (exchange: Exchange): void => sendJson(exchange, 200, '{}');

/** end-8. */
export const listTags = async (exchange: RepositoryExchange): Promise<void> => {
  const { query, target, rooms } = exchange;
  const limit = parsePageSize(query.get('n'), PAGE);
  const { tags, more } = await rooms.tags.list(target, afterOf(query), limit);
  const path = `/v2/${target.name}/tags/list`;
  sendJson(
    exchange,
    200,
    JSON.stringify({ name: target.name, tags }),
    more ? linkAfter(path, limit, tags.at(-1)) : {},
  );
};

/** Not OCI, but asked for by crane, oras and podman: the repositories the caller may read. */
export const catalog = async (exchange: Exchange): Promise<void> => {
  const { query, caller } = exchange;
  if (caller.bearer && !caller.bearer.catalog)
    throw new RegistryError('INSUFFICIENT_SCOPE', { reason: 'the token was not asked for the catalog' });
  const limit = parsePageSize(query.get('n'), PAGE);
  const names = await readableNames(exchange, afterOf(query), limit + 1);
  const page = names.slice(0, limit);
  const more = names.length > limit && limit > 0;
  sendJson(
    exchange,
    200,
    JSON.stringify({ repositories: page }),
    more ? linkAfter('/v2/_catalog', limit, page.at(-1)) : {},
  );
};

/** Repositories asked about one by one in one request, where the caller may not read the namespace as a whole. */
const MOST_DECIDED = 2000;

const readableNames = async (exchange: Exchange, after: string, limit: number): Promise<string[]> => {
  const { rooms, caller, region } = exchange;
  const { whole, others } = await rooms.authorizer.readable(caller, region);
  const names = await rooms.repositories.names(whole, after, limit);
  const end = names.length === limit ? names.at(-1) : undefined;
  const single: string[] = [];
  for (const text of await rooms.repositories.names(others, after, MOST_DECIDED)) {
    if (single.length === limit || (end !== undefined && text > end)) break;
    const name = parseRepositoryName(text);
    if (name && (await rooms.authorizer.may(caller, region, name, PULL))) single.push(name);
  }
  return [...names, ...single].sort().slice(0, limit);
};

/** end-12: always an index, even for what does not exist. */
export const listReferrers = async (exchange: RepositoryExchange): Promise<void> => {
  const { query, target, rooms, path } = exchange;
  const subject = digestOfPath(path.last);
  const artifactType = mediaTypeOfQuery(query.get('artifactType'));
  const after = afterOf(query);
  const { referrers, next } = await rooms.referrers.page(target, { subject, artifactType, after });
  const manifests = referrers.map(descriptorOf).join(',');
  const index = `{"schemaVersion":2,"mediaType":"${MEDIA_TYPES.ociIndex}","manifests":[${manifests}]}`;
  const params = { ...(artifactType === undefined ? {} : { artifactType }), last: next ?? '' };
  sendJson(exchange, 200, index, {
    'Content-Type': MEDIA_TYPES.ociIndex,
    ...(artifactType === undefined ? {} : { 'OCI-Filters-Applied': 'artifactType' }),
    ...(next === undefined ? {} : { Link: nextLink(`/v2/${target.name}/referrers/${subject}`, params) }),
  });
};

/** JSON of an entry. The annotations are JSON already, of up to 4 MiB: they are not parsed to be written again. */
const descriptorOf = ({ digest, mediaType, artifactType, annotations, size }: Referrer): string => {
  const typed = artifactType === null ? {} : { artifactType };
  const entry = JSON.stringify({ mediaType, digest, size: Number(size), ...typed });
  return annotations === '{}' ? entry : `${entry.slice(0, -1)},"annotations":${annotations}}`;
};

const linkAfter = (path: string, limit: number, last: string | undefined): Record<string, string> => ({
  Link: nextLink(path, { n: String(limit), last: last ?? '' }),
});

/**
 * Where a page begins. No name has a NUL, which PostgreSQL takes in no text: what follows one cannot matter, since the
 * part before it is excluded and the next name is greater than both.
 */
const afterOf = (query: URLSearchParams): string => (query.get('last') ?? '').split('\0', 1)[0] ?? '';
