import { recordEvent } from '../../audit/events/tx.ts';
import { defineWrite, type Tx } from '../../database/database.ts';
import { RegistryError } from '../../errors.ts';
import { parseStoredManifest, requiredBlobs } from '../../oci/manifest.ts';
import { Accounts } from '../accounting/accounts.ts';
import { linkBlobs } from '../blobs/rows.ts';
import type { ContentChange } from '../record.ts';
import { findTags, putTag } from '../tags/rows.ts';
import { discard } from '../trash/discard.ts';
import * as trash from '../trash/rows.ts';
import * as rows from './rows.ts';

/** Tags that one transaction restores, and manifests: it holds up every other write for so long. */
const TAGS_AT_ONCE = 200;
const MANIFESTS_AT_ONCE = 20;
/** Indexes inside of indexes. */
const MOST_DEPTH = 5;
/** Rows of the trash that one transaction clears away. */
const ROWS_AT_ONCE = 2500;

export interface Restoring extends trash.ImageKey {
  /** This tag alone, which must be free; undefined: every tag that is free. */
  readonly tag: string | undefined;
  readonly by: ContentChange;
}

export interface Restored {
  /** 'more': the write must be asked again with the same input. 'absent': there is nothing to restore (any more). */
  readonly state: 'done' | 'more' | 'absent';
  readonly tags: readonly string[];
  /** Tags that stand for something else by now, and stay so. */
  readonly taken: readonly string[];
}

/**
 * Puts an image back: what it needs, itself, its tags, and what went along with it. Each transaction does a bounded part.
 * The image's entry in the trash goes as the last, so that whatever happens the rest can be restored.
 */
export const restoreImage = defineWrite(
  'registry.image.restore',
  async (tx: Tx, input: Restoring): Promise<Restored> => {
    const { by } = input;
    const found = await trash.findTrashed(tx.db, input);
    if (!found || found.expiresAt <= by.at) return { state: 'absent', tags: [], taken: [] };
    const left = await restoreNeeded(tx, input, by.at, MANIFESTS_AT_ONCE);
    if (left === 0) return { state: 'more', tags: [], taken: [] };
    await restoreManifest(tx, input, by.at);
    const { tags, taken, isMore } = await restoreTags(tx, input, input.tag, by.at);
    if (isMore) return { state: 'more', tags, taken };
    const along = await rows.trashedAlong(tx.db, input, left);
    for (const digest of along) await restoreWhole(tx, { repositoryId: input.repositoryId, digest }, by.at);
    if (along.length === left) return { state: 'more', tags, taken };
    const isLeft = input.tag !== undefined && (await hasTags(tx, input));
    if (!isLeft && (await discard(tx, input, ROWS_AT_ONCE)) === ROWS_AT_ONCE)
      return { state: 'more', tags, taken };
    await recordRestoration(tx, input, tags);
    return { state: 'done', tags, taken };
  },
);

/** The manifests that an index lists, and theirs. Answers how many of `left` more may be restored here. */
const restoreNeeded = async (
  tx: Tx,
  key: trash.ImageKey,
  at: number,
  left: number,
  depth = 1,
): Promise<number> => {
  if (depth > MOST_DEPTH)
    throw new RegistryError('UNSUPPORTED', {
      message: `the image lists indexes more than ${MOST_DEPTH} levels deep; restore ${key.digest} first`,
    });
  let more = left;
  for (const digest of await rows.trashedChildren(tx.db, key, left)) {
    if (more === 0) return 0;
    const child = { repositoryId: key.repositoryId, digest };
    more = await restoreNeeded(tx, child, at, more, depth + 1);
    if (more === 0) return 0;
    await restoreManifest(tx, child, at);
    if (!(await hasTags(tx, child))) await discard(tx, child, ROWS_AT_ONCE);
    more--;
  }
  return more;
};

/** What went along with an image comes back as it was. */
const restoreWhole = async (tx: Tx, key: trash.ImageKey, at: number): Promise<void> => {
  await restoreManifest(tx, key, at);
  await restoreTags(tx, key, undefined, at);
  await discard(tx, key, ROWS_AT_ONCE);
};

/** The manifest and its links. MANIFEST_BLOB_UNKNOWN where bytes that it needs were lost. */
const restoreManifest = async (tx: Tx, key: trash.ImageKey, at: number): Promise<void> => {
  const unlinked = await rows.unlinkedContents(tx.db, key);
  const isLost = unlinked.some(({ isStored }) => !isStored);
  if (isLost) await refuseLost(tx, key, new Set(unlinked.filter((each) => !each.isStored).map(digestOf)));
  const stored = unlinked.filter(({ isStored }) => isStored).map(digestOf);
  await linkBlobs(tx, key.repositoryId, stored, at);
  const isNew = await rows.copyFromTrash(tx, key, at);
  const accounts = await Accounts.of(tx, key.repositoryId);
  await accounts?.linked(stored);
  if (isNew) await accounts?.added(key.digest);
  await accounts?.settle();
};

const digestOf = ({ digest }: { digest: string }): string => digest;

/** Layers that clients fetch elsewhere need not be here; the others do. */
const refuseLost = async (tx: Tx, key: trash.ImageKey, lost: ReadonlySet<string>): Promise<void> => {
  const manifest = await rows.trashedContent(tx.db, key);
  if (!manifest) return;
  const needed = requiredBlobs(parseStoredManifest(manifest.content, manifest.mediaType));
  const missing = needed.map(({ digest }) => digest).filter((digest) => lost.has(digest));
  if (missing.length === 0) return;
  throw new RegistryError('MANIFEST_BLOB_UNKNOWN', {
    message: `${key.digest} cannot be restored: ${missing[0]}, which it needs, was lost; push the image again`,
    detail: missing.map((digest) => ({ digest })),
  });
};

const restoreTags = async (
  tx: Tx,
  key: trash.ImageKey,
  only: string | undefined,
  at: number,
): Promise<{ tags: string[]; taken: string[]; isMore: boolean }> => {
  const { repositoryId, digest } = key;
  const names =
    only === undefined ? await trash.trashedTags(tx.db, { ...key, after: '', limit: TAGS_AT_ONCE }) : [only];
  const now = await findTags(tx.db, repositoryId, names);
  const isFree = (name: string): boolean => (now.get(name) ?? digest) === digest;
  if (only !== undefined && !isFree(only))
    throw new RegistryError('TAG_TAKEN', {
      message: `the tag ${only} stands for ${now.get(only)} by now; untag that, or restore ${digest} by its digest`,
    });
  const tags = names.filter(isFree);
  for (const name of tags) await putTag(tx, { repository_id: repositoryId, name, digest, updated_at: at });
  await trash.forgetTags(tx, key, names);
  const accounts = await Accounts.of(tx, repositoryId);
  await accounts?.reconsider([digest]);
  await accounts?.settle();
  const isMore = only === undefined && names.length === TAGS_AT_ONCE;
  return { tags, taken: names.filter((name) => !isFree(name)), isMore };
};

const hasTags = async (tx: Tx, key: trash.ImageKey): Promise<boolean> =>
  (await trash.trashedTags(tx.db, { ...key, after: '', limit: 1 })).length > 0;

const recordRestoration = (tx: Tx, { by, digest, tag }: Restoring, tags: readonly string[]): Promise<void> =>
  recordEvent(tx, by.actor, {
    accountId: by.accountId,
    at: by.at,
    action: 'container-registry.trash.restore',
    target: by.repository,
    targetType: 'image',
    reference: tag ?? digest,
    digest,
    changed: tags.length > 0 ? { tags: { to: tags } } : {},
  });
