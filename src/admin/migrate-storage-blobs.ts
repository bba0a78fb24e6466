import type { BlobStore } from '../blobs/blob-store.ts';
import { isRowKey } from '../blobs/layout.ts';
import { digestOfStored } from '../blobs/read-back.ts';
import { RegistryError } from '../errors.ts';
import { algorithmOf, type Digest } from '../oci/digest.ts';
import type { Places } from './migrate-storage-places.ts';
import { type Damage, forEachBlob, type Say } from './stored-blobs.ts';

/**
 * Copies the bytes of every blob under the name it has. A blob that an earlier run copied completely is recognised. What is
 * in rows is copied with the tables.
 */
export const copyBlobs = async ({ source, target }: Places, say: Say): Promise<void> => {
  await copyMarker(source.blobs, target.blobs, source.marker);
  const damaged = await forEachBlob(source.db, say, 'copied', async ({ storageKey: key, digest, size }) => {
    if (isRowKey(key) || (await target.blobs.stat(key)) === size) return;
    await target.blobs.adopt({ key, digest: digest as Digest, size }, (sink) => source.blobs.send(key, sink));
  });
  refuseDamaged('the data folder', damaged);
};

/** Reads every blob of the new place and compares it with its row. */
export const verifyBlobs = async ({ source, target }: Places, say: Say): Promise<void> => {
  const damaged = await forEachBlob(source.db, say, 'compared', async ({ storageKey: key, digest, size }) => {
    const found = await digestOfStored(target.blobs, key, algorithmOf(digest as Digest));
    if (found.digest !== digest || found.size !== size)
      throw new RegistryError('DIGEST_INVALID', {
        reason: `it is ${found.digest} with ${found.size} bytes`,
      });
  });
  refuseDamaged('the bucket', damaged);
};

/** The marker has no row: its digest is taken from the old place. */
const copyMarker = async (from: BlobStore, to: Places['target']['blobs'], key: string): Promise<void> => {
  const { digest, size } = await digestOfStored(from, key, 'sha256');
  if ((await to.stat(key)) === size) return;
  await to.adopt({ key, digest, size }, (sink) => from.send(key, sink));
};

const refuseDamaged = (where: string, damaged: readonly Damage[]): void => {
  if (damaged.length === 0) return;
  const list = damaged.slice(0, 20).map(({ key, what }) => `  ${key}: ${what}`);
  throw new Error(
    [
      `${damaged.length} blobs of ${where} are not what their rows say; nothing was switched over:`,
      ...list,
    ].join('\n'),
  );
};
