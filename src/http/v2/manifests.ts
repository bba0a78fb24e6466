import { RegistryError } from '../../errors.ts';
import { parsePrecondition } from '../../oci/entity-tags.ts';
import { isReferrersTag } from '../../oci/fallback-tag.ts';
import { MANIFEST_LIMIT, parseManifest } from '../../oci/manifest.ts';
import { parseTag, type Tag } from '../../oci/reference.ts';
import { wholeBody } from './body.ts';
import { sendNotModified } from './conditional.ts';
import { askerOf, countSent, quotaPlace, type RepositoryExchange, sendEmpty, writeHead } from './exchange.ts';
import { referenceOf } from './path.ts';
import type { TagRight } from './tag-rights.ts';

/** A reference is immutable exactly when it is a digest. */
const BY_DIGEST = 'private, max-age=31536000, immutable';

/** end-3. What is stored is what is sent: Accept is ignored, an index is never flattened. */
export const getManifest = async (exchange: RepositoryExchange): Promise<void> => {
  const { request, response, path, target, rooms } = exchange;
  const reference = referenceOf(path.last);
  const { digest, mediaType, latin1 } = await rooms.manifests.get(target, reference);
  await rooms.turns.forBytes(askerOf(exchange), latin1.length, async () => {});
  const known = {
    'Docker-Content-Digest': digest,
    ETag: `"${digest}"`,
    'Cache-Control': reference.kind === 'digest' ? BY_DIGEST : 'private, no-cache',
  };
  const isHead = request.method === 'HEAD';
  void rooms.pulls.note(request, { target, reference, digest, isHead });
  if (sendNotModified(exchange, known)) return;
  if (!isHead) await rooms.quotas.admitPull(quotaPlace(target));
  writeHead(exchange, 200, { 'Content-Type': mediaType, 'Content-Length': latin1.length, ...known });
  if (isHead) {
    response.end();
    return;
  }
  countSent(exchange, latin1.length);
  response.end(latin1, 'latin1');
};

/** end-7a, and 7b with `?tag=`. */
export const putManifest = async (exchange: RepositoryExchange): Promise<void> => {
  const { request, path, target, rooms } = exchange;
  const reference = referenceOf(path.last);
  const tags = extraTags(exchange);
  const bytes = await wholeBody(exchange, MANIFEST_LIMIT);
  const contentType = request.headers['content-type'];
  const precondition = parsePrecondition(request.headers);
  const put = async () => {
    if (exchange.byTag) await refuseForeignSubject(exchange.byTag, bytes, contentType);
    await rooms.quotas.admitPush(quotaPlace(target));
    return rooms.manifests.put(target, {
      reference,
      tags,
      bytes,
      contentType,
      actor: request.actor,
      precondition,
    });
  };
  const pushed = await rooms.turns.forBytes(askerOf(exchange), bytes.length, put);
  sendEmpty(exchange, 201, {
    Location: `/v2/${target.name}/manifests/${pushed.digest}`,
    'Docker-Content-Digest': pushed.digest,
    ...(pushed.subject ? { 'OCI-Subject': pushed.subject } : {}),
    ...(tags.length > 0 ? { 'OCI-Tag': tags.join(', ') } : {}),
    ...(reference.kind === 'tag' && isReferrersTag(reference.tag) ? { Warning: NEEDLESS_TAG } : {}),
  });
};

/** What refers to an image is shown with it: a right on some tags does not cover what hangs on others. */
const refuseForeignSubject = async (
  byTag: TagRight,
  bytes: Uint8Array,
  contentType: string | undefined,
): Promise<void> => {
  const { subject } = parseManifest(bytes, contentType);
  if (subject && !(await byTag.covers({ of: 'digest', digest: subject.digest })))
    throw new RegistryError('INSUFFICIENT_SCOPE', {
      message: `You need a policy that allows push on a tag of the subject ${subject.digest}.`,
      reason: 'the right on tags does not cover the subject',
    });
};

/** RFC 7234 5.5; clients print it. The spec's only warn-code is 299, its agent -. */
const NEEDLESS_TAG =
  '299 - "this registry lists referrers itself: manifests that name their subject need no referrers tag"';

/**
 * end-9. By tag the tag alone goes, by digest the manifest with every tag on it and what refers to it: of that, a right on
 * some tags leaves what bears tags itself.
 */
export const deleteManifest = async (exchange: RepositoryExchange): Promise<void> => {
  const { request, path, target, rooms } = exchange;
  const precondition = parsePrecondition(request.headers);
  const tagged = exchange.byTag ? 'stay' : 'go';
  await rooms.manifests.remove(target, referenceOf(path.last), precondition, request.actor, tagged);
  sendEmpty(exchange, 202, {});
};

const MOST_TAGS = 100;

const extraTags = ({ query }: RepositoryExchange): Tag[] => {
  const texts = query.getAll('tag');
  if (texts.length > MOST_TAGS) throw new RegistryError('TOO_MANY_TAGS');
  const tags = texts.map((text) => {
    const tag = parseTag(text);
    if (!tag) throw new RegistryError('TAG_INVALID');
    return tag;
  });
  return [...new Set(tags)];
};
