import type { Tx } from '../../database/database.ts';
import type { Accounts } from '../accounting/accounts.ts';
import { noteLinksOfManifestWanted } from '../blobs/rows.ts';
import { findHold } from '../holds/rows.ts';
import { deleteManifest, manifestsReferringTo } from '../manifests/rows.ts';
import { areProtected } from '../protection/refuse-protected.ts';
import { referrersAfter } from '../referrers/rows.ts';
import { deleteTagsOfManifest, tagsOfManifest } from '../tags/rows.ts';
import * as trash from './rows.ts';

/** Tags that one transaction moves: it holds up every other write for so long. */
const TAGS_AT_ONCE = 1000;
/** Referrers that one transaction moves: each is a manifest with what it refers to. */
const REFERRERS_AT_ONCE = 20;
/** A referrer with more tags than this is an image of its own. */
const TAGS_OF_REFERRER = 100;

/** What one transaction moved into the trash, the manifest that was named last of all. */
export interface Moved {
  /** Tags of the manifest that was named. */
  readonly tags: readonly string[];
  /** Manifests that went along. */
  readonly referrers: readonly string[];
  /** There is more to move; the manifest that was named is still there. */
  readonly isMore: boolean;
}

/**
 * Moves a manifest's tags and what refers to it into the trash, and a copy of the manifest. Each transaction moves a
 * bounded part. When nothing is left, the caller removes the manifest itself. A crash between two of them loses nothing:
 * what went can be restored, and deleting the manifest again moves the rest.
 */
export const moveToTrash = async (
  tx: Tx,
  key: trash.ImageKey,
  deletion: trash.Deletion,
  { accounts, tagged }: { accounts: Accounts | undefined; tagged: TaggedReferrers },
): Promise<Moved> => {
  const known = await trash.findTrashed(tx.db, key);
  if (known?.deletedAt !== deletion.deletedAt || known.deletedWith !== key.digest)
    await keepCopy(tx, key, deletion, accounts);
  const tags = await moveTags(tx, key, deletion.deletedAt);
  if (tags.length === TAGS_AT_ONCE) return { tags, referrers: [], isMore: true };
  const referrers: string[] = [];
  for (let looked = 0; looked < REFERRERS_AT_ONCE; looked++) {
    const next = await trash.unfinishedOf(tx.db, key.repositoryId, key.digest);
    if (!next) return { tags, referrers, isMore: false };
    const subject = { repositoryId: key.repositoryId, digest: next.digest };
    const [digest] = await referrersAfter(tx.db, subject, next.after, 1);
    await trash.noteLookedAt(tx, subject, digest ?? null);
    if (digest !== undefined && (await mayGoAlong(tx, { ...key, digest }, tagged))) {
      await moveReferrer(tx, { ...key, digest }, deletion, accounts);
      referrers.push(digest);
    }
  }
  return { tags, referrers, isMore: true };
};

/** `stay`: of one who may delete only some tags, since a referrer's own tags may be others. */
export type TaggedReferrers = 'go' | 'stay';

/**
 * What an index lists stays: the index could not be pulled without it. So does what is held, what bears a protected tag, and
 * what has more tags than one step moves.
 */
const mayGoAlong = async (
  tx: Tx,
  { repositoryId, digest }: trash.ImageKey,
  tagged: TaggedReferrers,
): Promise<boolean> => {
  const holders = await manifestsReferringTo(tx.db, repositoryId, digest, 1);
  if (holders.length > 0) return false;
  if (await findHold(tx.db, repositoryId, digest)) return false;
  const tags = await tagsOfManifest(tx.db, repositoryId, digest, TAGS_OF_REFERRER + 1);
  if (tagged === 'stay' && tags.length > 0) return false;
  return tags.length <= TAGS_OF_REFERRER && !(await areProtected(tx.db, repositoryId, tags));
};

const moveReferrer = async (
  tx: Tx,
  key: trash.ImageKey,
  deletion: trash.Deletion,
  accounts: Accounts | undefined,
): Promise<void> => {
  await keepCopy(tx, key, deletion, accounts);
  await moveTags(tx, key, deletion.deletedAt);
  await noteLinksOfManifestWanted(tx, key.repositoryId, key.digest, deletion.deletedAt);
  const removed = await accounts?.removing(key.digest);
  await deleteManifest(tx, key.repositoryId, key.digest);
  await removed?.();
};

/**
 * A copy in the trash, which counts once however often the manifest is deleted: what is there already is counted anew, since
 * the trash may hold more of it now.
 */
const keepCopy = async (
  tx: Tx,
  key: trash.ImageKey,
  deletion: trash.Deletion,
  accounts: Accounts | undefined,
): Promise<void> => {
  await accounts?.trashed(key.digest, -1);
  await trash.copyToTrash(tx, key, deletion);
  await accounts?.trashed(key.digest, 1);
};

const moveTags = async (tx: Tx, key: trash.ImageKey, at: number): Promise<string[]> => {
  const tags = await deleteTagsOfManifest(tx, key.repositoryId, key.digest, TAGS_AT_ONCE);
  await trash.keepTags(tx, key, tags, at);
  return tags;
};
