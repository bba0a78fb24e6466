import { defineWrite, type Tx } from '../../database/database.ts';
import type { ManifestReferenceRow, ManifestRow } from '../../database/schema.ts';
import { RegistryError } from '../../errors.ts';
import type { Reference } from '../../oci/reference.ts';
import { heldBlobs, noteLinksOfManifestWanted } from '../blobs/rows.ts';
import { type ContentChange, type ContentEvent, recordContent } from '../record.ts';
import { type Place, repositoryAt } from '../repositories/place.ts';
import { deleteTagsOfManifest, findTags, putTag } from '../tags/rows.ts';
import { type Guard, refuseUnmet } from './guard.ts';
import * as manifests from './rows.ts';

export interface NewManifest {
  readonly place: Place;
  readonly guard: Guard | undefined;
  readonly row: Omit<ManifestRow, 'repository_id'>;
  /** What the request named. */
  readonly reference: Reference;
  readonly by: ContentChange;
  readonly tags: readonly string[];
  /** Digests that must be blobs of the repository. */
  readonly blobs: readonly string[];
  /** Digests that must be manifests or blobs of the repository, unless the index may be sparse. */
  readonly children: readonly string[];
  /** Everything the manifest holds on to, for collection. */
  readonly references: readonly Pick<ManifestReferenceRow, 'target_digest' | 'kind'>[];
}

/** Stores a manifest, what it refers to, and its tags, at once. MANIFEST_BLOB_UNKNOWN names what is missing. */
export const putManifest = defineWrite(
  'registry.manifest.put',
  async (tx: Tx, input: NewManifest): Promise<void> => {
    const { place, row } = input;
    const repository_id = await repositoryAt(tx, place);
    await refuseUnmet(tx.db, repository_id, input.guard);
    await refuseMissing(tx, repository_id, input);
    const key = { repository_id, manifest_digest: row.digest };
    const isNew = await manifests.insertManifest(
      tx,
      { ...row, repository_id },
      input.references.map((reference) => ({ ...key, ...reference })),
    );
    const before = await findTags(tx.db, repository_id, input.tags);
    for (const name of input.tags)
      await putTag(tx, { repository_id, name, digest: row.digest, updated_at: place.at });
    await recordContent(tx, input.by, eventsOf(input, isNew, before));
  },
);

/** One push, and a tag event for each further tag it sets. Content that was there already is tagged, not pushed. */
const eventsOf = (
  { row: { digest }, reference, tags }: NewManifest,
  isNew: boolean,
  before: ReadonlyMap<string, string>,
): ContentEvent[] => {
  const named = reference.kind === 'tag' ? reference.tag : reference.digest;
  const further = tags.filter((tag) => tag !== named);
  const tagged = (tag: string): Pick<ContentEvent, 'reference' | 'digest' | 'changed'> => ({
    reference: tag,
    digest,
    ...(before.has(tag) ? { changed: { digest: { from: before.get(tag), to: digest } } } : {}),
  });
  const verb = isNew || reference.kind === 'digest' ? 'push' : 'tag';
  return [{ verb, ...tagged(named) }, ...further.map((tag) => ({ verb: 'tag' as const, ...tagged(tag) }))];
};

const refuseMissing = async (tx: Tx, repositoryId: string, input: NewManifest): Promise<void> => {
  const blobs = await heldBlobs(tx.db, repositoryId, [...input.blobs, ...input.children]);
  const heldManifests = await manifests.heldManifests(tx.db, repositoryId, input.children);
  const missing = [
    ...input.blobs.filter((digest) => !blobs.has(digest)),
    ...input.children.filter((digest) => !heldManifests.has(digest) && !blobs.has(digest)),
  ];
  if (missing.length > 0)
    throw new RegistryError('MANIFEST_BLOB_UNKNOWN', { detail: missing.map((digest) => ({ digest })) });
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
 * 'absent' when there is no such manifest.
 */
export const deleteManifest = defineWrite(
  'registry.manifest.delete',
  async (
    tx: Tx,
    { repositoryId, digest, guard, by }: ManifestRemoval,
  ): Promise<'gone' | 'more' | 'absent'> => {
    await refuseUnmet(tx.db, repositoryId, guard);
    if (!(await manifests.heldManifests(tx.db, repositoryId, [digest])).has(digest)) return 'absent';
    const tags = await deleteTagsOfManifest(tx, repositoryId, digest, TAGS_AT_ONCE);
    const isMore = tags.length === TAGS_AT_ONCE;
    const changed = { tags: { from: tags } };
    await recordContent(tx, by, [{ verb: isMore ? 'untag' : 'delete', reference: digest, digest, changed }]);
    if (isMore) return 'more';
    await noteLinksOfManifestWanted(tx, repositoryId, digest, by.at);
    await manifests.deleteManifest(tx, repositoryId, digest);
    return 'gone';
  },
);
