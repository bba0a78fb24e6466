import { isContracted } from '../../database/contractions.ts';
import { defineWrite, type Tx } from '../../database/database.ts';
import type { ManifestRow } from '../../database/schema.ts';
import type { Reference } from '../../oci/reference.ts';
import { Accounts } from '../accounting/accounts.ts';
import { noteLinksOfManifestWanted } from '../blobs/rows.ts';
import { refuseHold } from '../holds/refuse-held.ts';
import { refuseProtected } from '../protection/refuse-protected.ts';
import {
  type ContentChange,
  eventsOfDeletion,
  eventsOfPush,
  eventsOfTags,
  recordContent,
} from '../record.ts';
import { type Place, repositoryAt } from '../repositories/place.ts';
import { deleteTagsOfManifest, findTags, putTag, tagsOfManifest } from '../tags/rows.ts';
import { type Moved, moveToTrash, type TaggedReferrers } from '../trash/moving.ts';
import type { ImageKey } from '../trash/rows.ts';
import { type Content, refuseContents } from './contents.ts';
import { type Guard, refuseUnmet } from './guard.ts';
import { refuseHeld } from './holders.ts';
import * as manifests from './rows.ts';

export interface NewManifest {
  readonly place: Place;
  readonly guard: Guard | undefined;
  readonly row: Omit<ManifestRow, 'repository_id'>;
  /** What the request named. */
  readonly reference: Reference;
  readonly by: ContentChange;
  readonly tags: readonly string[];
  readonly contents: readonly Content[];
  /** It is copied from another repository here: nothing was pushed, and the event is of the tag alone. */
  readonly isCopy?: boolean;
}

/** A manifest of more than these waits behind other writes; an image has a few, and an index a dozen. */
const MANY_CONTENTS = 100;

/**
 * Stores a manifest, what it refers to, and its tags, at once. Refuses what could not be pulled (contents.ts), and to move
 * a protected tag.
 */
export const putManifest = defineWrite(
  'registry.manifest.put',
  async (tx: Tx, input: NewManifest): Promise<void> => {
    const { place, row, by, reference, tags } = input;
    const repository_id = await repositoryAt(tx, place);
    await refuseUnmet(tx.db, repository_id, input.guard);
    await refuseContents(tx.db, { id: repository_id, regionId: place.regionId }, input.contents);
    const { digest } = row;
    const references = referencesOf(input.contents);
    const isNew = await manifests.insertManifest(tx, { ...row, repository_id }, references);
    const before = await findTags(tx.db, repository_id, tags);
    const moved = tags.filter((tag) => (before.get(tag) ?? digest) !== digest);
    await refuseProtected(tx.db, repository_id, moved);
    for (const name of tags) await putTag(tx, { repository_id, name, digest, updated_at: place.at });
    const accounts = await Accounts.of(tx, repository_id);
    if (isNew) await accounts?.added(digest);
    const former = moved.map((tag) => before.get(tag) ?? digest);
    await accounts?.reconsider([...new Set(isNew ? former : [digest, ...former])]);
    await accounts?.settle();
    const events = input.isCopy
      ? eventsOfTags({ digest, tags, before })
      : eventsOfPush({ digest, reference, tags, isNew, before });
    await recordContent(tx, by, events);
  },
  // a manifest may refer to a thousand blobs: a row each, in several indexes
  { bulk: ({ contents }) => contents.length > MANY_CONTENTS },
);

/** Everything the manifest holds on to, each digest once. */
const referencesOf = (contents: readonly Content[]): manifests.Reference[] => {
  const kinds = new Map<string, manifests.Reference['kind']>();
  for (const { digest, kind } of contents)
    if (!kinds.has(digest)) kinds.set(digest, kind === 'blob' ? 'blob' : 'manifest');
  return [...kinds].map(([target, kind]) => ({ target, kind }));
};

/** Tags that one transaction moves or looks at: it holds up every other write for so long. */
const TAGS_AT_ONCE = 1000;

export interface ManifestRemoval {
  readonly repositoryId: string;
  readonly digest: string;
  readonly guard: Guard | undefined;
  readonly by: ContentChange;
  /** Until when it can be restored. */
  readonly expiresAt: number;
  /** Whether referrers that bear tags go along. */
  readonly tagged?: TaggedReferrers;
}

/**
 * Moves a manifest with every tag on it and with what refers to it to the trash: 'gone', or 'more' where that is so much
 * that the write must be asked again with the same input. 'absent' when there is no such manifest. UNSUPPORTED while an
 * index needs it. As long as a replica of the version before runs, which knows no trash, it is deleted as there: for good.
 */
export const deleteManifest = defineWrite(
  'registry.manifest.delete',
  async (
    tx: Tx,
    { repositoryId, digest, guard, by, expiresAt, tagged = 'go' }: ManifestRemoval,
  ): Promise<'gone' | 'more' | 'absent'> => {
    await refuseUnmet(tx.db, repositoryId, guard);
    if (!(await manifests.heldManifests(tx.db, repositoryId, [digest])).has(digest)) return 'absent';
    await refuseHeld(tx.db, repositoryId, digest);
    await refuseHold(tx.db, repositoryId, digest);
    await refuseProtected(
      tx.db,
      repositoryId,
      await tagsOfManifest(tx.db, repositoryId, digest, TAGS_AT_ONCE),
    );
    const key = { repositoryId, digest };
    const accounts = await Accounts.of(tx, repositoryId);
    const { tags, referrers, isMore } = (await isContracted(tx.db))
      ? await moveToTrash(
          tx,
          key,
          { deletedAt: by.at, deletedBy: by.actor.principal, expiresAt, deletedWith: digest },
          { accounts, tagged },
        )
      : await untagForGood(tx, key);
    await recordContent(tx, by, eventsOfDeletion({ digest, tags, referrers, isMore }));
    if (isMore) {
      await accounts?.settle();
      return 'more';
    }
    await noteLinksOfManifestWanted(tx, repositoryId, digest, by.at);
    const removed = await accounts?.removing(digest);
    await manifests.deleteManifest(tx, repositoryId, digest);
    await removed?.();
    await accounts?.settle();
    return 'gone';
  },
);

const untagForGood = async (tx: Tx, { repositoryId, digest }: ImageKey): Promise<Moved> => {
  const tags = await deleteTagsOfManifest(tx, repositoryId, digest, TAGS_AT_ONCE);
  return { tags, referrers: [], isMore: tags.length === TAGS_AT_ONCE };
};
