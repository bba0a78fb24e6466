import type { BlobStore } from '../../blobs/blob-store.ts';
import { RegistryError } from '../../errors.ts';
import { algorithmOf, type Digest, RunningDigest } from '../../oci/digest.ts';
import type { StoredBytes } from '../../registry/tx.ts';
import type { BackupTarget } from '../target/target.ts';
import { bytesFrom } from './bytes-from.ts';
import type { DamagedBlob } from './manifest.ts';

export const POOL = 'pool/';
const AT_ONCE = 4;

/** The fault of a blob that cannot be copied, as opposed to a fault of the target. */
export class BlobFault extends Error {
  readonly fault: DamagedBlob['fault'];

  constructor(fault: DamagedBlob['fault'], message: string, options?: ErrorOptions) {
    super(message, options);
    this.fault = fault;
  }
}

/**
 * Those of the blobs that the pool lacks, or has with another size. Both the pages and the listing are in the order of the
 * names, so a page of each is in memory. `from`: with each page of blobs comes one of what the pool lacks of it.
 */
export async function* lacking<Blob extends { readonly storageKey: string; readonly size: number }>(
  target: BackupTarget,
  pages: AsyncIterable<readonly Blob[]>,
): AsyncGenerator<{ readonly page: readonly Blob[]; readonly lacks: readonly Blob[] }> {
  const objects = target.list(POOL)[Symbol.asyncIterator]();
  try {
    let object = await objects.next();
    for await (const page of pages) {
      const lacks: Blob[] = [];
      for (const blob of page) {
        const name = POOL + blob.storageKey;
        while (!object.done && object.value.name < name) object = await objects.next();
        if (object.done || object.value.name !== name || object.value.size !== blob.size) lacks.push(blob);
      }
      yield { page, lacks };
    }
  } finally {
    await objects.return?.();
  }
}

export interface Copying {
  readonly store: Pick<BlobStore, 'send'>;
  readonly target: BackupTarget;
  readonly signal: AbortSignal;
  /** Told of each blob that was copied. */
  readonly copied: (blob: StoredBytes) => void;
  /** Told of each that could not be, for a reason of its own. */
  readonly faulty: (blob: StoredBytes, fault: BlobFault) => void;
}

/** Copies several at once what the pool lacks. */
export const copyLacking = async (
  copying: Copying,
  pages: AsyncIterable<readonly StoredBytes[]>,
): Promise<void> => {
  for await (const { lacks } of lacking(copying.target, pages)) {
    copying.signal.throwIfAborted();
    const waiting = [...lacks];
    const lane = async (): Promise<void> => {
      for (let blob = waiting.shift(); blob; blob = waiting.shift()) await copyBlob(copying, blob);
    };
    const lanes = await Promise.allSettled(Array.from({ length: Math.min(AT_ONCE, waiting.length) }, lane));
    const failed = lanes.find((each) => each.status === 'rejected');
    if (failed) throw failed.reason;
  }
};

const copyBlob = async (
  { store, target, signal, copied, faulty }: Copying,
  blob: StoredBytes,
): Promise<void> => {
  signal.throwIfAborted();
  try {
    await target.put(POOL + blob.storageKey, readBlob(store, blob, signal), { size: blob.size, signal });
    copied(blob);
  } catch (error) {
    signal.throwIfAborted();
    if (!(error instanceof BlobFault)) throw error;
    faulty(blob, error);
  }
};

/** The bytes of a blob; after the last of them it throws where they were not what the row says. */
async function* readBlob(
  store: Pick<BlobStore, 'send'>,
  { storageKey, digest, size }: StoredBytes,
  signal: AbortSignal,
): AsyncIterable<Uint8Array> {
  const running = new RunningDigest(algorithmOf(digest as Digest));
  let came = 0;
  const sent = bytesFrom((sink) =>
    store.send(storageKey, sink, undefined, signal).catch((error) => {
      signal.throwIfAborted();
      throw sourceFault(error);
    }),
  );
  for await (const chunk of sent) {
    running.update(chunk);
    came += chunk.byteLength;
    // the rest would be refused by its length, as a fault of the target
    if (came > size) throw new BlobFault('bytes-damaged', `it has more than ${size} bytes`);
    yield chunk;
  }
  const actual = running.finish();
  if (actual !== digest) throw new BlobFault('bytes-damaged', `the bytes are ${actual} (${came} bytes)`);
}

const sourceFault = (error: unknown): unknown => {
  if (!(error instanceof RegistryError)) return error;
  if (error.code === 'BLOB_UNKNOWN')
    return new BlobFault('bytes-missing', 'the blob store does not have its bytes');
  return new BlobFault('bytes-unreadable', error.reason ?? error.message, { cause: error });
};
