import { defineWrite, type Tx } from '../../database/database.ts';
import { RegistryError } from '../../errors.ts';
import { countLinks, countUnlinked } from '../accounting/links.ts';
import { refuseHeld } from '../manifests/holders.ts';
import { type ContentChange, recordBlobDeletion } from '../record.ts';
import { type Place, repositoryAt } from '../repositories/place.ts';
import { insertSmallBlob } from '../small-blobs/rows.ts';
import { areCondemned } from '../unnamed-bytes/rows.ts';
import { deleteUpload } from '../uploads/rows.ts';
import * as blobs from './rows.ts';

export interface FinishedBlob {
  readonly place: Place;
  /** The upload that ends with this, exactly once; undefined for a blob sent in one request. */
  readonly uploadId: string | undefined;
  readonly digest: string;
  readonly size: number;
  readonly storageKey: string;
  /** The bytes themselves, where they are to be in a row; else they are durable under that name already. */
  readonly content?: Uint8Array | undefined;
}

/**
 * Makes sealed bytes a blob of a repository. Answers the storage name that holds: when the region has the digest
 * already, the older bytes stay and the caller removes its own.
 */
export const finishBlob = defineWrite(
  'registry.blob.finish',
  async (tx: Tx, input: FinishedBlob): Promise<{ storageKey: string }> => {
    const { place, uploadId, digest, size } = input;
    if (uploadId !== undefined && !(await deleteUpload(tx, uploadId)))
      throw new RegistryError('BLOB_UPLOAD_UNKNOWN');
    const repositoryId = await repositoryAt(tx, place);
    const known = await blobs.findBlob(tx.db, place.regionId, digest);
    if (known) await blobs.noteBlobWanted(tx, place.regionId, digest, place.at);
    else {
      if (input.content !== undefined) await insertSmallBlob(tx, input.storageKey, input.content);
      // collection gave these bytes up before this was committed (a process that slept for days): no row names them again
      else if (await areCondemned(tx.db, input.storageKey)) throw new RegistryError('BLOB_UPLOAD_UNKNOWN');
      await blobs.insertBlob(tx, {
        region_id: place.regionId,
        digest,
        storage_key: input.storageKey,
        size,
        created_at: place.at,
        touched_at: place.at,
      });
    }
    await blobs.linkBlob(tx, repositoryId, digest, place.at);
    await countLinks(tx, repositoryId, [{ digest, size: known?.size ?? size }]);
    return { storageKey: known?.storageKey ?? input.storageKey };
  },
);

/** Links a blob that another repository of the region holds. False when that one does not hold it (any more). */
export const mountBlob = defineWrite(
  'registry.blob.mount',
  async (
    tx: Tx,
    { place, digest, from }: { place: Place; digest: string; from: string },
  ): Promise<boolean> => {
    const { regionId, at } = place;
    const held = await blobs.findRepositoryBlob(tx.db, { id: from, regionId }, digest);
    if (!held) return false;
    const repositoryId = await repositoryAt(tx, place);
    await blobs.noteBlobWanted(tx, regionId, digest, at);
    await blobs.linkBlob(tx, repositoryId, digest, at);
    await countLinks(tx, repositoryId, [{ digest, size: held.size }]);
    return true;
  },
);

/** The same of many blobs; those that the other repository does not hold (any more) are left out. */
export const linkBlobs = defineWrite(
  'registry.blob.link-many',
  async (
    tx: Tx,
    { place, from, digests }: { place: Place; from: string; digests: readonly string[] },
  ): Promise<void> => {
    const { regionId, at } = place;
    const held = await blobs.heldBlobs(tx.db, { id: from, regionId }, digests);
    if (held.size === 0) return;
    const repositoryId = await repositoryAt(tx, place);
    for (const digest of held.keys()) {
      await blobs.noteBlobWanted(tx, regionId, digest, at);
      await blobs.linkBlob(tx, repositoryId, digest, at);
    }
    await countLinks(
      tx,
      repositoryId,
      [...held].map(([digest, size]) => ({ digest, size })),
    );
  },
  { bulk: true },
);

/** Renews a link that no manifest may hold. False when the repository does not hold the blob (any more). */
export const touchLink = defineWrite(
  'registry.blob.touch',
  async (
    tx: Tx,
    { repositoryId, digest, at }: { repositoryId: string; digest: string; at: number },
  ): Promise<boolean> => blobs.touchLink(tx, repositoryId, digest, at),
);

/** False when the repository does not hold the blob (any more); UNSUPPORTED while a manifest needs it. */
export const unlinkBlob = defineWrite(
  'registry.blob.unlink',
  async (
    tx: Tx,
    { repositoryId, digest, by }: { repositoryId: string; digest: string; by: ContentChange },
  ): Promise<boolean> => {
    await refuseHeld(tx.db, repositoryId, digest);
    const removed = await blobs.unlinkBlob(tx, repositoryId, digest);
    if (!removed) return false;
    await countUnlinked(tx, repositoryId, [digest]);
    await recordBlobDeletion(tx, by, digest);
    return true;
  },
);
