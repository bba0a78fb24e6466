import type { Readable, Writable } from 'node:stream';
import { RegistryError } from '../errors.ts';
import type { ByteRange } from '../oci/content-range.ts';
import { giveBack } from './give-back.ts';
import { blobUnknown } from './refusals.ts';
import type { S3Bucket } from './s3-bucket.ts';
import { s3Error } from './s3-retry.ts';
import { Sink } from './sink.ts';

/** Attempts that brought not one byte, in a row, after which an object counts as unreadable. */
const FRUITLESS = 3;

/** Writes `range` of an object to `sink`. A body that breaks off is asked for again from where it stopped. */
export const sendObject = async (
  bucket: S3Bucket,
  key: string,
  sink: Writable,
  range: ByteRange | undefined,
  signal: AbortSignal | undefined,
  sent?: (bytes: number) => void,
): Promise<void> => {
  using out = new Sink(sink, signal, sent);
  let at = range?.first ?? 0;
  let end: number | undefined;
  for (let fruitless = 0; ; ) {
    const object = await bucket.get(key, { first: at, last: range?.last }, signal);
    if (object === undefined) throw end === undefined ? blobUnknown() : new RegistryError('UNAVAILABLE');
    end ??= at + object.length;
    const { count, error } = await sendBody(object.body, out, signal);
    at += count;
    if (at >= end) return;
    fruitless = count > 0 ? 0 : fruitless + 1;
    if (fruitless >= FRUITLESS) throw s3Error(error);
  }
};

interface Sent {
  /** Bytes. */
  readonly count: number;
  /** Why the body broke off. */
  readonly error: unknown;
}

/** Rejects only for what the receiver or the signal does. */
const sendBody = async (body: Readable, out: Sink, signal: AbortSignal | undefined): Promise<Sent> => {
  const abort = (): void => void body.destroy();
  signal?.addEventListener('abort', abort, { once: true });
  let count = 0;
  try {
    const chunks: AsyncIterator<Uint8Array> = body[Symbol.asyncIterator]();
    for (;;) {
      const { value: chunk, error } = await nextOf(chunks);
      signal?.throwIfAborted();
      if (chunk === undefined) return { count, error };
      count += chunk.byteLength;
      await out.write(chunk);
      giveBack(chunk);
    }
  } finally {
    signal?.removeEventListener('abort', abort);
    body.destroy();
  }
};

const nextOf = async (
  chunks: AsyncIterator<Uint8Array>,
): Promise<{ value?: Uint8Array; error?: unknown }> => {
  try {
    const result = await chunks.next();
    return result.done ? {} : { value: result.value };
  } catch (error) {
    return { error };
  }
};
