import { Writable } from 'node:stream';
import type { BlobStore } from '../blobs/blob-store.ts';
import { RegistryError } from '../errors.ts';
import { algorithmOf, type Digest, type DigestAlgorithm, RunningDigest } from '../oci/digest.ts';
import { type StoredBytes, storedBytes } from '../registry/tx.ts';
import type { Places, Say } from './migrate-storage-places.ts';

const PAGE = 500;
const AT_ONCE = 4;
const TELL_EVERY = 100;

interface Damage {
  readonly key: string;
  readonly what: string;
}

/** Copies the bytes of every blob under the name it has. A blob that an earlier run copied completely is recognised. */
export const copyBlobs = async ({ source, target }: Places, say: Say): Promise<void> => {
  await copyMarker(source.blobs, target.blobs, source.marker);
  const damaged = await forEachBlob(source.db, say, 'copied', async ({ storageKey: key, digest, size }) => {
    if ((await target.blobs.stat(key)) === size) return;
    await target.blobs.adopt({ key, digest: digest as Digest, size }, (sink) => source.blobs.send(key, sink));
  });
  refuseDamaged('the data folder', damaged);
};

/** Reads every blob of the new place and compares it with its row. */
export const verifyBlobs = async ({ source, target }: Places, say: Say): Promise<void> => {
  const damaged = await forEachBlob(source.db, say, 'compared', async ({ storageKey: key, digest, size }) => {
    const found = await digestOfBytes(target.blobs, key, algorithmOf(digest as Digest));
    if (found.digest !== digest || found.size !== size)
      throw new RegistryError('DIGEST_INVALID', {
        reason: `it is ${found.digest} with ${found.size} bytes`,
      });
  });
  refuseDamaged('the bucket', damaged);
};

/** The marker has no row: its digest is taken from the old place. */
const copyMarker = async (from: BlobStore, to: Places['target']['blobs'], key: string): Promise<void> => {
  const { digest, size } = await digestOfBytes(from, key, 'sha256');
  if ((await to.stat(key)) === size) return;
  await to.adopt({ key, digest, size }, (sink) => from.send(key, sink));
};

const digestOfBytes = async (
  store: BlobStore,
  key: string,
  algorithm: DigestAlgorithm,
): Promise<{ digest: Digest; size: number }> => {
  const running = new RunningDigest(algorithm);
  let size = 0;
  const sink = new Writable({
    write(chunk: Uint8Array, _encoding, done) {
      running.update(chunk);
      size += chunk.byteLength;
      done();
    },
  });
  await store.send(key, sink);
  return { digest: running.finish(), size };
};

/** Several at once, page by page. A damaged blob does not stop the others; any other fault does. */
const forEachBlob = async (
  db: Places['source']['db'],
  say: Say,
  done: string,
  work: (blob: StoredBytes) => Promise<void>,
): Promise<Damage[]> => {
  const damaged: Damage[] = [];
  let count = 0;
  let bytes = 0;
  const one = async (blob: StoredBytes): Promise<void> => {
    try {
      await work(blob);
    } catch (error) {
      if (!(error instanceof RegistryError) || !/^(DIGEST_INVALID|BLOB_UNKNOWN)$/.test(error.code))
        throw error;
      damaged.push({ key: blob.storageKey, what: error.reason ?? error.message });
    }
    bytes += blob.size;
    if (++count % TELL_EVERY === 0) say(`Blobs ${done}: ${count}, ${megabytes(bytes)}`);
  };
  for (let after = ''; ; ) {
    const page = await storedBytes(db, after, PAGE);
    const waiting = [...page];
    const lane = async (): Promise<void> => {
      for (let blob = waiting.shift(); blob; blob = waiting.shift()) await one(blob);
    };
    await Promise.all(Array.from({ length: AT_ONCE }, lane));
    const last = page.at(-1);
    if (last === undefined) break;
    after = last.storageKey;
  }
  say(`Blobs ${done}: ${count}, ${megabytes(bytes)}, all`);
  return damaged;
};

const megabytes = (bytes: number): string => `${(bytes / 2 ** 20).toFixed(1)} MB`;

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
