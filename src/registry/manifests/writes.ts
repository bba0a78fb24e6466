import { defineWrite, type Tx } from '../../database/database.ts';
import type { ManifestRow } from '../../database/schema.ts';
import type { Reference } from '../../oci/reference.ts';
import { noteLinksOfManifestWanted } from '../blobs/rows.ts';
import { type ContentChange, eventsOfPush, eventsOfTags, recordContent } from '../record.ts';
import { type Place, repositoryAt } from '../repositories/place.ts';
import { deleteTagsOfManifest, findTags, putTag } from '../tags/rows.ts';
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

/** Stores a manifest, what it refers to, and its tags, at once; refuses what could not be pulled (contents.ts). */
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
    for (const name of tags) await putTag(tx, { repository_id, name, digest, updated_at: place.at });
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

/** Tags that one transaction removes: it holds up every other write for so long. */
const TAGS_AT_ONCE = 1000;

export interface ManifestRemoval {
  readonly repositoryId: string;
  readonly digest: string;
  readonly guard: Guard | undefined;
  readonly by: ContentChange;
}

/**
 * Removes a manifest with every tag on it: 'gone', or 'more' where it has so many tags that the write must be asked again.
 * 'absent' when there is no such manifest. UNSUPPORTED while an index needs it.
 */
export const deleteManifest = defineWrite(
  'registry.manifest.delete',
  async (
    tx: Tx,
    { repositoryId, digest, guard, by }: ManifestRemoval,
  ): Promise<'gone' | 'more' | 'absent'> => {
    await refuseUnmet(tx.db, repositoryId, guard);
    if (!(await manifests.heldManifests(tx.db, repositoryId, [digest])).has(digest)) return 'absent';
    await refuseHeld(tx.db, repositoryId, digest);
    const tags = await deleteTagsOfManifest(tx, repositoryId, digest, TAGS_AT_ONCE);
    const isMore = tags.length === TAGS_AT_ONCE;
    const changed = tags.length > 0 ? { tags: { from: tags } } : {};
    await recordContent(tx, by, [{ verb: isMore ? 'untag' : 'delete', reference: digest, digest, changed }]);
    if (isMore) return 'more';
    await noteLinksOfManifestWanted(tx, repositoryId, digest, by.at);
    await manifests.deleteManifest(tx, repositoryId, digest);
    return 'gone';
  },
);
