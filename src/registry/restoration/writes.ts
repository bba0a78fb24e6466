import { recordEvent } from '../../audit/events/tx.ts';
import { defineWrite, type Tx } from '../../database/database.ts';
import { RegistryError } from '../../errors.ts';
import { type Manifest, parseStoredManifest, requiredBlobs } from '../../oci/manifest.ts';
import { isManifestType } from '../../oci/media-type.ts';
import { Accounts } from '../accounting/accounts.ts';
import { linkBlobs } from '../blobs/rows.ts';
import type { ContentChange } from '../record.ts';
import { findTags, putTag } from '../tags/rows.ts';
import { discardWith } from '../trash/discard.ts';
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
    const { by, repositoryId } = input;
    const found = await trash.findTrashed(tx.db, input);
    if (!found || found.expiresAt <= by.at) return { state: 'absent', tags: [], taken: [] };
    const accounts = await Accounts.of(tx, repositoryId);
    const restored = await restorePart({ tx, at: by.at, accounts }, input);
    await accounts?.settle();
    if (restored.state === 'done') await recordRestoration(tx, input, restored.tags);
    return restored;
  },
);

/** One transaction of a restoration. What it changes of the account's contents is counted once, at its end. */
interface Step {
  readonly tx: Tx;
  readonly at: number;
  readonly accounts: Accounts | undefined;
}

const restorePart = async (step: Step, input: Restoring): Promise<Restored> => {
  const { tx } = step;
  const left = await restoreNeeded(step, input, MANIFESTS_AT_ONCE);
  if (left === 0) return { state: 'more', tags: [], taken: [] };
  await restoreManifest(step, input);
  const { tags, taken, isMore } = await restoreTags(step, input, input.tag);
  if (isMore) return { state: 'more', tags, taken };
  // who restores a tag may have a right on it alone: what bore tags itself is restored by these, or by its digest
  const along = await rows.trashedAlong(tx.db, input, { limit: left, untagged: input.tag !== undefined });
  for (const digest of along) await restoreWhole(step, { repositoryId: input.repositoryId, digest });
  if (along.length === left) return { state: 'more', tags, taken };
  const isLeft = input.tag !== undefined && (await hasTags(tx, input));
  if (!isLeft && (await cleared(step, input)) === ROWS_AT_ONCE) return { state: 'more', tags, taken };
  return { state: 'done', tags, taken };
};

const cleared = ({ tx, accounts }: Step, key: trash.ImageKey): Promise<number> =>
  discardWith(accounts, tx, key, ROWS_AT_ONCE);

/** The manifests that an index lists, and theirs. Answers how many of `left` more may be restored here. */
const restoreNeeded = async (step: Step, key: trash.ImageKey, left: number, depth = 1): Promise<number> => {
  if (depth > MOST_DEPTH)
    throw new RegistryError('UNSUPPORTED', {
      message: `the image lists indexes more than ${MOST_DEPTH} levels deep; restore ${key.digest} first`,
    });
  let more = left;
  for (const digest of await rows.trashedChildren(step.tx.db, key, left)) {
    if (more === 0) return 0;
    const child = { repositoryId: key.repositoryId, digest };
    more = await restoreNeeded(step, child, more, depth + 1);
    if (more === 0) return 0;
    await restoreManifest(step, child);
    if (!(await hasTags(step.tx, child))) await cleared(step, child);
    more--;
  }
  return more;
};

/** What went along with an image comes back as it was. By a tag, only what bore none itself. */
const restoreWhole = async (step: Step, key: trash.ImageKey): Promise<void> => {
  await restoreManifest(step, key);
  await restoreTags(step, key, undefined);
  await cleared(step, key);
};

/**
 * The manifest, and links to what its repository held: what it merely names stays unknown. MANIFEST_BLOB_UNKNOWN where bytes
 * that it needs were lost.
 */
const restoreManifest = async ({ tx, at, accounts }: Step, key: trash.ImageKey): Promise<void> => {
  const held = await heldBefore(tx, key);
  const lost = held.filter(({ isStored }) => !isStored).map(digestOf);
  if (lost.length > 0) await refuseLost(tx, key, new Set(lost));
  const back = held.filter(({ isStored, isLinked }) => isStored && !isLinked).map(digestOf);
  await linkBlobs(tx, key.repositoryId, back, at);
  const isNew = await rows.copyFromTrash(tx, key, at);
  await accounts?.linkedDigests(back);
  if (isNew) await accounts?.added(key.digest);
};

const digestOf = ({ digest }: { digest: string }): string => digest;

/** Where nothing was written down of it, only what the repository had to hold when the manifest was pushed. */
const heldBefore = async (tx: Tx, key: trash.ImageKey): Promise<rows.TrashedContent[]> => {
  const contents = await rows.trashedContents(tx.db, key);
  if (contents.every(({ isNoted }) => isNoted)) return contents;
  const manifest = await manifestOf(tx, key);
  const required = new Set(manifest && requiredBlobs(manifest).map(digestOf));
  return contents.filter(({ isNoted, digest }) => isNoted || required.has(digest));
};

const manifestOf = async (tx: Tx, key: trash.ImageKey): Promise<Manifest | undefined> => {
  const manifest = await rows.trashedContent(tx.db, key);
  return manifest && parseStoredManifest(manifest.content, manifest.mediaType);
};

/** Layers that clients fetch elsewhere need not be here; the others do, and so do the blobs that an index lists. */
const refuseLost = async (tx: Tx, key: trash.ImageKey, lost: ReadonlySet<string>): Promise<void> => {
  const manifest = await manifestOf(tx, key);
  if (!manifest) return;
  const listed = manifest.children.filter(({ mediaType }) => !isManifestType(mediaType));
  const needed = [...requiredBlobs(manifest), ...listed];
  const missing = [...new Set(needed.map(digestOf))].filter((digest) => lost.has(digest));
  if (missing.length === 0) return;
  throw new RegistryError('MANIFEST_BLOB_UNKNOWN', {
    message: `${key.digest} cannot be restored: ${missing[0]}, which it needs, was lost; push the image again`,
    detail: missing.map((digest) => ({ digest })),
  });
};

const restoreTags = async (
  { tx, at, accounts }: Step,
  key: trash.ImageKey,
  only: string | undefined,
): Promise<{ tags: string[]; taken: string[]; isMore: boolean }> => {
  const { repositoryId, digest } = key;
  const names =
    only === undefined ? await trash.trashedTags(tx.db, { ...key, after: '', limit: TAGS_AT_ONCE }) : [only];
  const now = await findTags(tx.db, repositoryId, names);
  const isFree = (name: string): boolean => (now.get(name) ?? digest) === digest;
  if (only !== undefined && !isFree(only))
    throw new RegistryError('TAG_TAKEN', {
      message: `the tag ${only} names ${now.get(only)} now; untag that image, or restore ${digest} by its digest`,
    });
  const tags = names.filter(isFree);
  for (const name of tags) await putTag(tx, { repository_id: repositoryId, name, digest, updated_at: at });
  await trash.forgetTags(tx, key, names);
  await accounts?.reconsider([digest]);
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
