import { lengthMismatch } from './refusals.ts';

/**
 * The incoming bytes of one append: asked for one chunk at a time, given up at once when `signal` fires. With `length`,
 * refused with SIZE_INVALID when they are more or end before.
 */
export class Source {
  readonly #chunks: AsyncIterator<Uint8Array>;
  readonly #signal: AbortSignal | undefined;
  readonly #length: number | undefined;
  #taken = 0;
  #ended = false;
  #mismatched = false;

  constructor(bytes: AsyncIterable<Uint8Array>, signal: AbortSignal | undefined, length?: number) {
    this.#chunks = bytes[Symbol.asyncIterator]();
    this.#signal = signal;
    this.#length = length;
  }

  /** Whether there is a length that the bytes could miss. */
  get mayMismatch(): boolean {
    return this.#length !== undefined;
  }

  /** Whether the bytes were not as many as was said: then none of them counts. */
  get mismatched(): boolean {
    return this.#mismatched;
  }

  /** The next chunk, or undefined at the end. Rejects with the source's error, the signal's reason or SIZE_INVALID. */
  async next(): Promise<Uint8Array | undefined> {
    this.#signal?.throwIfAborted();
    const result = await (this.#signal === undefined
      ? this.#chunks.next()
      : this.#unlessAborted(this.#signal));
    if (result.done) {
      this.#ended = true;
      if (this.#length !== undefined && this.#taken < this.#length) this.#refuse(this.#length);
      return undefined;
    }
    this.#taken += result.value.byteLength;
    if (this.#length !== undefined && this.#taken > this.#length) this.#refuse(this.#length);
    return result.value;
  }

  /**
   * Tells the source that its bytes are not read any more. Not awaited: a generator that hangs in its own wait would answer
   * only when that ends.
   */
  stop(): void {
    if (this.#ended) return;
    this.#ended = true;
    this.#chunks.return?.().catch(() => undefined);
  }

  #refuse(length: number): never {
    this.#mismatched = true;
    throw lengthMismatch(this.#taken, length);
  }

  #unlessAborted(signal: AbortSignal): Promise<IteratorResult<Uint8Array>> {
    return new Promise((resolve, reject) => {
      const abort = (): void => reject(signal.reason);
      signal.addEventListener('abort', abort, { once: true });
      const settled = (): void => signal.removeEventListener('abort', abort);
      this.#chunks.next().then(
        (result) => {
          settled();
          resolve(result);
        },
        (error) => {
          settled();
          reject(error);
        },
      );
    });
  }
}
