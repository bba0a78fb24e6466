import type { Writable } from 'node:stream';
import type { Restorable } from '../backup/room.ts';
import type { BlobStore } from '../blobs/blob-store.ts';
import type { Db } from '../database/database.ts';
import { RegistryError } from '../errors.ts';
import { type Digest, RunningDigest } from '../oci/digest.ts';
import { type Damage, forEachBlob, type Say } from './stored-blobs.ts';

interface Bytes {
  readonly db: Db;
  readonly store: BlobStore;
  readonly from: Restorable;
}

/**
 * Copies the bytes of every blob that the restored rows name, each hashed on its way. What an earlier run copied is
 * recognised. Answers the blobs that the backup has no sound bytes of.
 */
export const restoreBytes = async ({ db, store, from }: Bytes, say: Say): Promise<readonly Damage[]> => {
  await restoreMarker(store, from);
  return forEachBlob(db, say, 'restored', async ({ storageKey: key, digest, size }) => {
    if (from.damaged.has(key))
      throw new RegistryError('BLOB_UNKNOWN', { reason: 'it was gone or damaged when the backup was taken' });
    if ((await store.stat(key)) === size) return;
    await store.adopt({ key, digest: digest as Digest, size }, (sink) => pour(from.blob(key), sink));
  });
};

/** The marker has no row that tells its digest; it is one line of text. */
const restoreMarker = async (store: BlobStore, { marker: key, blob }: Restorable): Promise<void> => {
  const running = new RunningDigest('sha256');
  let size = 0;
  for await (const chunk of blob(key)) {
    running.update(chunk);
    size += chunk.byteLength;
  }
  if ((await store.stat(key)) === size) return;
  await store.adopt({ key, digest: running.finish(), size }, (sink) => pour(blob(key), sink));
};

/** One chunk at a time; the sink is ended by its owner. */
const pour = async (bytes: AsyncIterable<Uint8Array>, sink: Writable): Promise<void> => {
  for await (const chunk of bytes)
    await new Promise<void>((resolve, reject) => {
      sink.write(chunk, (error) => (error ? reject(error) : resolve()));
    });
};

/** Without the operator's word, a backup with damage is not restored: the registry would miss what it names. */
export const refuseDamage = (damaged: readonly Damage[], goesOn: boolean, say: Say): void => {
  if (damaged.length === 0) return;
  const list = damaged.slice(0, 20).map(({ key, what }) => `  ${key}: ${what}`);
  const text = `${damaged.length} blobs are damaged or missing in the backup:\n${list.join('\n')}`;
  if (!goesOn)
    throw new Error(
      `${text}\nTry another snapshot, or run this again with --without-damaged: it goes on and restores everything else.`,
    );
  say(
    `${text}\nThe images that need them cannot be pulled whole until they are pushed again; tidegate verify names them.`,
  );
};
