import { randomUUID } from 'node:crypto';
import { defineWrite, type Tx } from '../../database/database.ts';
import type { ManifestReferenceRow, ManifestRow, RepositoryRow, UploadRow } from '../../database/schema.ts';
import { RegistryError } from '../../errors.ts';
import { isMet, type Precondition } from '../../oci/entity-tags.ts';
import type { Reference } from '../../oci/reference.ts';
import { findNamespaceById, refuseAtLimit } from '../../tenancy/tx.ts';
import * as blobs from '../blobs/rows.ts';
import * as repositories from '../repositories/rows.ts';
import * as tags from '../tags/rows.ts';
import { areCondemned } from '../unnamed-bytes/rows.ts';
import * as uploads from '../uploads/rows.ts';
import * as manifests from './rows.ts';

/** Where a write lands: by the namespace's id, so that nothing lands in a namespace recreated meanwhile (P2). */
export interface Place {
  readonly regionId: string;
  readonly namespaceId: string;
  readonly repository: string;
  readonly at: number;
}

const placeOf = async (tx: Tx, place: Place): Promise<RepositoryRow> => {
  const known = await repositories.findRepository(tx.db, place.regionId, place.repository);
  if (known?.namespace_id === place.namespaceId) return known;
  if (!(await findNamespaceById(tx.db, place.namespaceId))) throw new RegistryError('NAME_UNKNOWN');
  // of a removed namespace of the same name, which is not cleared away yet
  if (known) await repositories.freeRepositoryName(tx, known);
  const row = {
    id: randomUUID(),
    namespace_id: place.namespaceId,
    region_id: place.regionId,
    name: place.repository,
    created_at: place.at,
  };
  await repositories.insertRepository(tx.db, row);
  tx.changed('repository', `${place.regionId}/${place.repository}`);
  return row;
};

/** Relaxed: a power cut takes the staged bytes too, whose file was not synced yet. */
export const beginUpload = defineWrite(
  'registry.upload.begin',
  // limited: the account has a storage limit
  async (tx: Tx, { limited, ...row }: UploadRow & { limited?: boolean }): Promise<void> => {
    const namespace = await findNamespaceById(tx.db, row.namespace_id);
    if (!namespace) throw new RegistryError('NAME_UNKNOWN');
    if (limited) await refuseAtLimit(tx, { accountId: namespace.accountId, regionId: row.region_id });
    await uploads.insertUpload(tx.db, row);
  },
  { relaxed: true },
);

export const endUpload = defineWrite(
  'registry.upload.end',
  async (tx: Tx, id: string): Promise<boolean> => uploads.deleteUpload(tx.db, id),
);

export const extendUpload = defineWrite(
  'registry.upload.extend',
  async (tx: Tx, { id, expiresAt }: { id: string; expiresAt: number }): Promise<void> =>
    uploads.extendUpload(tx.db, id, expiresAt),
  { relaxed: true },
);

export interface FinishedBlob {
  readonly place: Place;
  /** The upload that ends with this, exactly once; undefined for a blob sent in one request. */
  readonly uploadId: string | undefined;
  readonly digest: string;
  readonly size: number;
  readonly storageKey: string;
}

/**
 * Makes sealed bytes a blob of a repository. Answers the storage name that holds: when the region has the digest
 * already, the older bytes stay and the caller removes its own.
 */
export const finishBlob = defineWrite(
  'registry.blob.finish',
  async (tx: Tx, input: FinishedBlob): Promise<{ storageKey: string }> => {
    const { place, uploadId, digest, size } = input;
    if (uploadId !== undefined && !(await uploads.deleteUpload(tx.db, uploadId)))
      throw new RegistryError('BLOB_UPLOAD_UNKNOWN');
    const repository = await placeOf(tx, place);
    const known = await blobs.findBlob(tx.db, place.regionId, digest);
    if (known) await blobs.touchBlob(tx.db, place.regionId, digest, place.at);
    else {
      // given up by collection before this was committed (a process that slept for days): never named again
      if (await areCondemned(tx.db, input.storageKey)) throw new RegistryError('BLOB_UPLOAD_UNKNOWN');
      const row = {
        region_id: place.regionId,
        digest,
        storage_key: input.storageKey,
        size,
        created_at: place.at,
        touched_at: place.at,
      };
      await blobs.insertBlob(tx.db, row);
    }
    await blobs.linkBlob(tx.db, repository.id, digest, place.at);
    tx.changed('repository-blob', `${repository.id}/${digest}`);
    return { storageKey: known?.storage_key ?? input.storageKey };
  },
);

/** Links a blob another repository of the region holds. False when that one does not hold it (any more). */
export const mountBlob = defineWrite(
  'registry.blob.mount',
  async (
    tx: Tx,
    { place, digest, from }: { place: Place; digest: string; from: string },
  ): Promise<boolean> => {
    const held = await blobs.findRepositoryBlob(tx.db, { id: from, region_id: place.regionId }, digest);
    if (!held) return false;
    const repository = await placeOf(tx, place);
    await blobs.touchBlob(tx.db, place.regionId, digest, place.at);
    await blobs.linkBlob(tx.db, repository.id, digest, place.at);
    tx.changed('repository-blob', `${repository.id}/${digest}`);
    return true;
  },
);

/** Renews a link that no manifest may hold. False when the repository does not hold the blob (any more). */
export const touchLink = defineWrite(
  'registry.blob.touch',
  async (
    tx: Tx,
    { repositoryId, digest, at }: { repositoryId: string; digest: string; at: number },
  ): Promise<boolean> => {
    tx.changed('repository-blob', `${repositoryId}/${digest}`);
    return blobs.touchLink(tx.db, repositoryId, digest, at);
  },
);

export const unlinkBlob = defineWrite(
  'registry.blob.unlink',
  async (tx: Tx, { repositoryId, digest }: { repositoryId: string; digest: string }): Promise<boolean> => {
    const unlinked = await blobs.unlinkBlob(tx.db, repositoryId, digest);
    if (unlinked) tx.changed('repository-blob', `${repositoryId}/${digest}`);
    return unlinked;
  },
);

/** A demand on what a reference stands for when it is written: two clients that change one tag never undo each other. */
export interface Guard {
  readonly precondition: Precondition;
  readonly reference: Reference;
}

const refuseUnmet = async (tx: Tx, repositoryId: string, guard: Guard | undefined): Promise<void> => {
  if (guard && !isMet(guard.precondition, await standing(tx, repositoryId, guard.reference)))
    throw new RegistryError('PRECONDITION_FAILED');
};

const standing = async (tx: Tx, repositoryId: string, reference: Reference): Promise<string | undefined> => {
  if (reference.kind === 'tag') return (await tags.findTag(tx.db, repositoryId, reference.tag))?.digest;
  const { digest } = reference;
  return (await manifests.heldManifests(tx.db, repositoryId, [digest])).has(digest) ? digest : undefined;
};

export interface NewManifest {
  readonly place: Place;
  readonly guard: Guard | undefined;
  readonly row: Omit<ManifestRow, 'repository_id'>;
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
    const repository = await placeOf(tx, place);
    await refuseUnmet(tx, repository.id, input.guard);
    await refuseMissing(tx, repository.id, input);
    const key = { repository_id: repository.id, manifest_digest: row.digest };
    await manifests.insertManifest(
      tx.db,
      { ...row, repository_id: repository.id },
      input.references.map((reference) => ({ ...key, ...reference })),
    );
    tx.changed('manifest', `${repository.id}/${row.digest}`);
    for (const name of input.tags) {
      await tags.putTag(tx.db, {
        repository_id: repository.id,
        name,
        digest: row.digest,
        updated_at: place.at,
      });
      tx.changed('tag', `${repository.id}/${name}`);
    }
  },
);

const refuseMissing = async (tx: Tx, repositoryId: string, input: NewManifest): Promise<void> => {
  const heldBlobs = await blobs.heldBlobs(tx.db, repositoryId, [...input.blobs, ...input.children]);
  const heldManifests = await manifests.heldManifests(tx.db, repositoryId, input.children);
  const missing = [
    ...input.blobs.filter((digest) => !heldBlobs.has(digest)),
    ...input.children.filter((digest) => !heldManifests.has(digest) && !heldBlobs.has(digest)),
  ];
  if (missing.length > 0)
    throw new RegistryError('MANIFEST_BLOB_UNKNOWN', { detail: missing.map((digest) => ({ digest })) });
};

export const deleteManifest = defineWrite(
  'registry.manifest.delete',
  async (
    tx: Tx,
    input: { repositoryId: string; digest: string; at: number; guard: Guard | undefined },
  ): Promise<boolean> => {
    const { repositoryId, digest, at, guard } = input;
    await refuseUnmet(tx, repositoryId, guard);
    if (!(await manifests.heldManifests(tx.db, repositoryId, [digest])).has(digest)) return false;
    for (const name of await tags.tagsOfManifest(tx.db, repositoryId, digest))
      tx.changed('tag', `${repositoryId}/${name}`);
    await blobs.touchLinksOfManifest(tx.db, repositoryId, digest, at);
    await manifests.deleteManifest(tx.db, repositoryId, digest);
    tx.changed('manifest', `${repositoryId}/${digest}`);
    return true;
  },
);

export const deleteTag = defineWrite(
  'registry.tag.delete',
  async (
    tx: Tx,
    { repositoryId, name, guard }: { repositoryId: string; name: string; guard: Guard | undefined },
  ): Promise<boolean> => {
    await refuseUnmet(tx, repositoryId, guard);
    const deleted = await tags.deleteTag(tx.db, repositoryId, name);
    if (deleted) tx.changed('tag', `${repositoryId}/${name}`);
    return deleted;
  },
);
