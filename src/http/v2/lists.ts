import { RegistryError } from '../../errors.ts';
import { nextLink } from '../../oci/link.ts';
import { MEDIA_TYPES, mediaTypeOfQuery } from '../../oci/media-type.ts';
import { parsePageSize } from '../../oci/page-size.ts';
import type { Referrer, RepositoryTarget } from '../../registry/room.ts';
import {
  askerOf,
  countSent,
  type Exchange,
  quotaPlace,
  type RepositoryExchange,
  sendJson,
  sendPieces,
} from './exchange.ts';
import { digestOfPath } from './path.ts';
import type { TagRight } from './tag-rights.ts';

const PAGE = { default: 1000, maximum: 1000 };

/** end-1. */
export const base = (exchange: Exchange): void => sendJson(exchange, 200, '{}');

/** end-8. */
export const listTags = async (exchange: RepositoryExchange): Promise<void> => {
  const { query, target, rooms, byTag } = exchange;
  const limit = parsePageSize(query.get('n'), PAGE);
  const { tags, more } = byTag
    ? await coveredTags(byTag, target, afterOf(query), limit)
    : await rooms.tags.list(target, afterOf(query), limit);
  const path = `/v2/${target.name}/tags/list`;
  sendJson(
    exchange,
    200,
    JSON.stringify({ name: target.name, tags }),
    more ? linkAfter(path, limit, tags.at(-1)) : {},
  );
};

/** A repository without a tag that the right covers is answered like one that does not exist. */
const coveredTags = async (
  byTag: TagRight,
  { name }: RepositoryTarget,
  after: string,
  limit: number,
): Promise<{ tags: string[]; more: boolean }> => {
  const unknown = (): RegistryError => new RegistryError('NAME_UNKNOWN', { detail: { name } });
  if (limit === 0) {
    if (await byTag.coversOne()) return { tags: [], more: false };
    throw unknown();
  }
  const page = await byTag.list(after, limit);
  if (page.tags.length === 0) throw unknown();
  return page;
};

/** end-12: always an index, even for what does not exist. */
export const listReferrers = async (exchange: RepositoryExchange): Promise<void> => {
  const { query, target, rooms, path, hidden } = exchange;
  const subject = digestOfPath(path.last);
  const artifactType = mediaTypeOfQuery(query.get('artifactType'));
  const after = afterOf(query);
  const isHead = exchange.request.method === 'HEAD';
  if (!isHead) await rooms.quotas.admitPull(quotaPlace(target));
  const pieces: Buffer[] = [
    Buffer.from(`{"schemaVersion":2,"mediaType":"${MEDIA_TYPES.ociIndex}","manifests":[`),
  ];
  const next = hidden
    ? undefined
    : await rooms.referrers.page(
        target,
        { subject, artifactType, after, by: askerOf(exchange) },
        (entries) => {
          const comma = pieces.length > 1 && entries.length > 0 ? ',' : '';
          pieces.push(Buffer.from(comma + entries.map(descriptorOf).join(',')));
        },
      );
  // annotations are content: what refers to an image may have megabytes of them
  if (!isHead) countSent(exchange, sumOf(pieces.slice(1)));
  pieces.push(Buffer.from(']}'));
  const params = { ...(artifactType === undefined ? {} : { artifactType }), last: next ?? '' };
  sendPieces(exchange, pieces, {
    'Content-Type': MEDIA_TYPES.ociIndex,
    ...(artifactType === undefined ? {} : { 'OCI-Filters-Applied': 'artifactType' }),
    ...(next === undefined ? {} : { Link: nextLink(`/v2/${target.name}/referrers/${subject}`, params) }),
  });
};

const sumOf = (pieces: readonly Buffer[]): number => pieces.reduce((sum, { length }) => sum + length, 0);

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
export const afterOf = (query: URLSearchParams): string => (query.get('last') ?? '').split('\0', 1)[0] ?? '';
