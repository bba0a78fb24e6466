import type { Db } from '../../database/database.ts';
import { windows } from '../../database/windows.ts';
import { isAttachmentTag } from '../../oci/fallback-tag.ts';
import { referrersAfter } from '../../registry/tx.ts';
import {
  type Decision,
  type DecisionContext,
  decide,
  type ImageFacts,
  keptAsPulled,
  keptAsReferred,
} from './decision.ts';
import { keptByProtection } from './protection.ts';
import * as rows from './rows.ts';

/** Rows that one statement reads. An image with as many tags is kept: no statement needs to read more of them. */
const PAGE = 200;
/** Manifests of an index whose pulls are looked at. */
const MOST_CHILDREN = 1000;
/** Manifests that refer to an image, or to one that does. Of an image with more of them all stay. */
const MOST_ALONG = 1000;

/** All that is known of some images of a repository, at most a page of them. Other work has its turn meanwhile. */
export const factsOf = async (
  db: Db,
  repositoryId: string,
  images: readonly rows.StoredImage[],
): Promise<ImageFacts[]> => {
  const facts: ImageFacts[] = [];
  const read = (some: readonly rows.StoredImage[], limit: number) =>
    rows.someTags(db, { repositoryId, digests: some.map(({ digest }) => digest), limit });
  for await (const { parents, rows: tags } of windows(images, PAGE, read))
    facts.push(...(await factsWithTags(db, repositoryId, parents, tags)));
  return facts;
};

/** The same of one image, for a transaction: in one go. */
export const factsOfOne = async (
  db: Db,
  repositoryId: string,
  image: rows.StoredImage,
): Promise<ImageFacts | undefined> => {
  const tags = await rows.someTags(db, { repositoryId, digests: [image.digest], limit: PAGE });
  const whole = tags.length < PAGE ? tags : undefined;
  return (await factsWithTags(db, repositoryId, [image], whole))[0];
};

/** `tags`: all tags of these images; undefined where there are too many of the one image. */
const factsWithTags = async (
  db: Db,
  repositoryId: string,
  images: readonly rows.StoredImage[],
  tags: readonly rows.TagOfImage[] | undefined,
): Promise<ImageFacts[]> => {
  const attached = await attachedTo(db, repositoryId, tags ?? []);
  const byDigest = Map.groupBy(tags ?? [], ({ digest }) => digest);
  const protections = await keptByProtection(db, repositoryId, taggedOf(images, byDigest));
  return images.map((image) => {
    const own = byDigest.get(image.digest) ?? [];
    return {
      digest: image.digest,
      mediaType: image.mediaType,
      builtAt: image.builtAt,
      // restoring counts as a push
      pushedAt: Math.max(image.pushedAt, image.restoredAt ?? 0),
      rankedAt: image.restoredAt ?? image.builtAt,
      tags: own.filter(({ name }) => !isAttachmentTag(name)),
      isMore: tags === undefined,
      heldBy: image.heldBy ?? undefined,
      subject: image.subject ?? undefined,
      isReferredTo: image.referrer !== null,
      attachedTo: own.map(({ name }) => attached.get(name)).find((digest) => digest !== undefined),
      protection: protections.get(image.digest),
    };
  });
};

/** Images with the names of their tags. */
const taggedOf = (
  images: readonly { readonly digest: string }[],
  byDigest: ReadonlyMap<string, readonly rows.TagOfImage[]>,
): { digest: string; tags: string[] }[] =>
  images.map(({ digest }) => ({ digest, tags: (byDigest.get(digest) ?? []).map(({ name }) => name) }));

/**
 * Of tags by which clients attach something to an image (`sha256-<hex>.sig`), those whose image is there or can be restored,
 * with its digest. Of a sha512 digest such a tag has only half, so it always counts as attached.
 */
const attachedTo = async (
  db: Db,
  repositoryId: string,
  tags: readonly rows.TagOfImage[],
): Promise<Map<string, string>> => {
  const named = new Map(
    tags.flatMap(({ name }) => {
      const [digest = ''] = name.replace('-', ':').split('.');
      return isAttachmentTag(name) ? [[name, digest] as const] : [];
    }),
  );
  if (named.size === 0) return new Map();
  const there = await rows.thereOrInTrash(db, repositoryId, [...new Set(named.values())]);
  return new Map([...named].filter(([, digest]) => there.has(digest) || digest.startsWith('sha512:')));
};

/** Decides about an image; looks for pulls, and at what would go with it, where the decision depends on them. */
export const decideOn = async (
  db: Db,
  repositoryId: string,
  context: DecisionContext,
  image: ImageFacts,
  surplus: ReadonlySet<number>,
): Promise<Decision> => {
  const decision = await decideByPulls(db, repositoryId, context, image, surplus);
  if (!decision.isDeleted || !image.isReferredTo) return decision;
  return (await keptReferrer(db, repositoryId, context, image.digest)) ?? decision;
};

const decideByPulls = async (
  db: Db,
  repositoryId: string,
  context: DecisionContext,
  image: ImageFacts,
  surplus: ReadonlySet<number>,
): Promise<Decision> => {
  const decision = decide(context, image, surplus);
  const since = decision.ifNotPulledSince;
  if (since === undefined) return decision;
  const lastAt = await pulledAfter(db, repositoryId, image, since);
  return lastAt === undefined ? decision : keptAsPulled(lastAt);
};

const NO_SURPLUS: ReadonlySet<number> = new Set();

/**
 * Manifests that refer to an image, and those that refer to them, go to the trash with it. It stays while one of them is
 * kept by a tag of its own, or by protection.
 */
const keptReferrer = async (
  db: Db,
  repositoryId: string,
  context: DecisionContext,
  digest: string,
): Promise<Decision | undefined> => {
  const seen = new Set([digest]);
  for (const subject of seen) {
    for (let after = ''; ; ) {
      const page = await referrersAfter(db, { repositoryId, digest: subject }, after, PAGE);
      for (const each of page) seen.add(each);
      if (seen.size > MOST_ALONG)
        return keptAsReferred(`More than ${MOST_ALONG} manifests`, 'they are too many');
      const kept = await keptOf(db, repositoryId, context, page);
      if (kept) return kept;
      after = page.at(-1) ?? '';
      if (page.length < PAGE) break;
    }
  }
  return undefined;
};

/** The decision that one of these referrers demands. Without a tag and without protection they demand nothing. */
const keptOf = async (
  db: Db,
  repositoryId: string,
  context: DecisionContext,
  referrers: readonly string[],
): Promise<Decision | undefined> => {
  if (referrers.length === 0) return undefined;
  const tags = await rows.someTags(db, { repositoryId, digests: referrers, limit: PAGE });
  const byDigest = Map.groupBy(tags, ({ digest }) => digest);
  const [first = ''] = byDigest.keys();
  if (tags.length === PAGE) return keptAsReferred(first, 'it has many tags');
  const images = referrers.map((digest) => ({ digest }));
  const [held] = await keptByProtection(db, repositoryId, taggedOf(images, byDigest));
  if (held) return keptAsReferred(...held);
  for (const digest of byDigest.keys()) {
    const stored = await rows.findImage(db, repositoryId, digest);
    const facts = stored && (await factsOfOne(db, repositoryId, stored));
    if (!facts || facts.tags.length === 0) continue;
    const free = { ...facts, subject: undefined, heldBy: undefined };
    const decision = await decideByPulls(db, repositoryId, context, free, NO_SURPLUS);
    if (!decision.isDeleted) return keptAsReferred(digest, decision.because);
  }
  return undefined;
};

/**
 * When an image was pulled after `since`, if it was: by its tags, by its digest, or by a manifest that it lists, also
 * through an index in the index. Of more manifests than are looked at it is taken to be one.
 */
const pulledAfter = async (
  db: Db,
  repositoryId: string,
  { digest, tags }: ImageFacts,
  since: number,
): Promise<number | undefined> => {
  const ask = async (kind: 'tag' | 'digest', references: readonly string[]): Promise<number | undefined> => {
    if (references.length === 0) return undefined;
    const lastAt = await rows.lastPulled(db, { repositoryId, kind, references });
    return lastAt !== undefined && lastAt > since ? lastAt : undefined;
  };
  const names = tags.map(({ name }) => name);
  const own = (await ask('tag', names)) ?? (await ask('digest', [digest]));
  if (own !== undefined) return own;
  const seen = new Set([digest]);
  for (const each of seen) {
    for (let after = ''; ; ) {
      const read = await rows.referencesAfter(db, { repositoryId, from: each, after, limit: PAGE });
      const page = read.filter(({ from }) => from === each);
      const children = page.flatMap(({ digest: child, kind }) => (kind === 'manifest' ? [child] : []));
      const lastAt = await ask('digest', children);
      if (lastAt !== undefined) return lastAt;
      for (const child of children) seen.add(child);
      if (seen.size > MOST_CHILDREN) return since + 1;
      after = page.at(-1)?.digest ?? '';
      if (page.length < PAGE) break;
    }
  }
  return undefined;
};
