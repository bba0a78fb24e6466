import { lengthMismatch } from '../../blobs/refusals.ts';
import { Source } from '../../blobs/source.ts';
import { RegistryError } from '../../errors.ts';
import type { ByteRange } from '../../oci/content-range.ts';

/** A body on its way. `length` and `range`: what its sender says of it; `signal` fires when it is not awaited any more. */
export interface Body {
  readonly bytes: AsyncIterable<Uint8Array>;
  readonly length: number | undefined;
  readonly range: ByteRange | undefined;
  readonly signal: AbortSignal;
}

/** How many bytes a chunk said it has; a chunk that says nothing ends where it ends. */
export const lengthOf = ({ range }: Body): number | undefined => range && range.last - range.first + 1;

export const refuseMisplaced = ({ range, length }: Body, offset: number): void => {
  if (!range) return;
  if (range.first !== offset) {
    throw new RegistryError('RANGE_INVALID', {
      message: `the chunk begins at ${range.first}, but the upload stands at ${offset}`,
    });
  }
  if (length !== undefined && length !== range.last - range.first + 1) {
    throw new RegistryError('SIZE_INVALID', { message: 'Content-Length and Content-Range disagree' });
  }
};

/** What `readSmall` found: all of a body, what came of it before it broke off, or that it is longer. */
export type SmallBody =
  | { readonly is: 'whole'; readonly bytes: Uint8Array }
  | { readonly is: 'broken'; readonly bytes: Uint8Array; readonly error: unknown }
  | { readonly is: 'longer'; readonly bytes: AsyncIterable<Uint8Array> };

/** Reads a body into memory unless it has more than `most` bytes. Bytes that are not as many as was said: SIZE_INVALID. */
export const readSmall = async (body: Body, most: number): Promise<SmallBody> => {
  const length = lengthOf(body);
  if ((length ?? body.length ?? 0) > most) return { is: 'longer', bytes: body.bytes };
  const source = new Source(body.bytes, body.signal);
  const chunks: Uint8Array[] = [];
  let came = 0;
  for (;;) {
    let chunk: Uint8Array | undefined;
    try {
      chunk = await source.next();
    } catch (error) {
      source.stop();
      return { is: 'broken', bytes: joined(chunks, came), error };
    }
    came += chunk?.byteLength ?? 0;
    if (length !== undefined && (chunk === undefined ? came < length : came > length)) {
      source.stop();
      throw lengthMismatch(came, length);
    }
    if (chunk === undefined) return { is: 'whole', bytes: joined(chunks, came) };
    chunks.push(chunk);
    if (came > most) return { is: 'longer', bytes: allOf(chunks, source) };
  }
};

/** In memory of its own: what is sent to another thread takes all of the memory along that it lies in. */
export const joined = (chunks: readonly Uint8Array[], size: number): Uint8Array => {
  const bytes = new Uint8Array(size);
  let at = 0;
  for (const chunk of chunks) {
    bytes.set(chunk, at);
    at += chunk.byteLength;
  }
  return bytes;
};

async function* allOf(begun: readonly Uint8Array[], source: Source): AsyncIterable<Uint8Array> {
  try {
    yield* begun;
    for (let chunk = await source.next(); chunk !== undefined; chunk = await source.next()) yield chunk;
  } finally {
    source.stop();
  }
}
