import { Writable } from 'node:stream';
import { type Digest, type DigestAlgorithm, RunningDigest } from '../oci/digest.ts';
import type { BlobStore } from './blob-store.ts';

type Sending = Pick<BlobStore, 'send'>;

/** The digest and size of stored bytes, read once. Throws what `send` throws. */
export const digestOfStored = async (
  store: Sending,
  key: string,
  algorithm: DigestAlgorithm,
  signal?: AbortSignal,
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
  await store.send(key, sink, undefined, signal);
  return { digest: running.finish(), size };
};

/** Stored bytes in memory: for those whose size is known to be small. Throws what `send` throws. */
export const wholeStored = async (store: Sending, key: string): Promise<Buffer> => {
  const chunks: Buffer[] = [];
  const sink = new Writable({
    write(chunk: Buffer, _encoding, done) {
      // the store uses the memory of the chunk again
      chunks.push(Buffer.from(chunk));
      done();
    },
  });
  await store.send(key, sink);
  return Buffer.concat(chunks);
};
