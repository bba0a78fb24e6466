import { giveBack } from '../../blobs/give-back.ts';
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

/**
 * Reads a body into memory unless it has more than `most` bytes. Takes no more memory than that, however the body is cut:
 * chunks of one byte each would take hundreds of times as much. Bytes that are not as many as was said: SIZE_INVALID.
 */
export const readSmall = async (body: Body, most: number): Promise<SmallBody> => {
  const length = lengthOf(body);
  const said = length ?? body.length;
  if ((said ?? 0) > most) return { is: 'longer', bytes: body.bytes };
  const source = new Source(body.bytes, body.signal, length);
  const gathered = new Gathered(said ?? 0);
  for (;;) {
    let chunk: Uint8Array | undefined;
    try {
      chunk = await source.next();
    } catch (error) {
      source.stop();
      if (source.mismatched) throw error;
      return { is: 'broken', bytes: gathered.take(), error };
    }
    if (chunk === undefined) return { is: 'whole', bytes: gathered.take() };
    if (gathered.size + chunk.byteLength > most)
      return { is: 'longer', bytes: allOf([gathered.take(), chunk], source) };
    gathered.add(chunk);
    giveBack(chunk);
  }
};

/** Few bytes that come in chunks, in one piece of memory. */
class Gathered {
  #bytes: Uint8Array;
  #size = 0;

  /** `expected`: how many there will be, where that is known. */
  constructor(expected: number) {
    this.#bytes = new Uint8Array(expected);
  }

  get size(): number {
    return this.#size;
  }

  add(chunk: Uint8Array): void {
    const size = this.#size + chunk.byteLength;
    if (size > this.#bytes.byteLength) {
      const larger = new Uint8Array(Math.max(size, 2 * this.#bytes.byteLength));
      larger.set(this.#bytes.subarray(0, this.#size));
      this.#bytes = larger;
    }
    this.#bytes.set(chunk, this.#size);
    this.#size = size;
  }

  /** In memory of their own: what is sent to another thread takes all of the memory along that it lies in. */
  take(): Uint8Array {
    return this.#size === this.#bytes.byteLength ? this.#bytes : this.#bytes.slice(0, this.#size);
  }
}

/** In memory of their own, too. */
export const joined = (one: Uint8Array, other: Uint8Array): Uint8Array => {
  if (one.byteLength === 0) return other;
  const bytes = new Uint8Array(one.byteLength + other.byteLength);
  bytes.set(one);
  bytes.set(other, one.byteLength);
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
