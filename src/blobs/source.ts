/** The incoming bytes of one append: asked for one chunk at a time, given up at once when `signal` fires. */
export class Source {
  readonly #chunks: AsyncIterator<Uint8Array>;
  readonly #signal: AbortSignal | undefined;
  #ended = false;

  constructor(bytes: AsyncIterable<Uint8Array>, signal: AbortSignal | undefined) {
    this.#chunks = bytes[Symbol.asyncIterator]();
    this.#signal = signal;
  }

  /** The next chunk, or undefined at the end. Rejects with the source's error or the signal's reason. */
  async next(): Promise<Uint8Array | undefined> {
    this.#signal?.throwIfAborted();
    const result = await (this.#signal === undefined
      ? this.#chunks.next()
      : this.#unlessAborted(this.#signal));
    if (!result.done) return result.value;
    this.#ended = true;
    return undefined;
  }

  /**
   * Tells the source that nobody reads on. Not awaited: a generator that hangs in its own wait would answer
   * only when that ends.
   */
  stop(): void {
    if (this.#ended) return;
    this.#ended = true;
    this.#chunks.return?.().catch(() => undefined);
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
