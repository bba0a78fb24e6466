import type { Writable } from 'node:stream';

/**
 * A stream written one chunk at a time, each confirmed before the next, which is what keeps memory bounded.
 * Gives up when the signal fires or when the stream closes, which not every stream tells a waiting write.
 */
export class Sink {
  readonly #sink: Writable;
  readonly #signal: AbortSignal | undefined;
  readonly #sent: ((bytes: number) => void) | undefined;
  #reject: ((error: unknown) => void) | undefined;

  constructor(sink: Writable, signal: AbortSignal | undefined, sent?: (bytes: number) => void) {
    signal?.throwIfAborted();
    this.#sink = sink;
    this.#signal = signal;
    this.#sent = sent;
    sink.on('close', this.#onClose);
    sink.on('error', this.#onError);
    signal?.addEventListener('abort', this.#onAbort);
  }

  /** Resolves when the stream is done with `chunk`, whose memory may then be reused. */
  write(chunk: Uint8Array): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#signal?.throwIfAborted();
      this.#reject = reject;
      this.#sent?.(chunk.byteLength);
      this.#sink.write(chunk, (error) => (error ? reject(error) : resolve()));
    });
  }

  [Symbol.dispose](): void {
    this.#sink.off('close', this.#onClose);
    this.#sink.off('error', this.#onError);
    this.#signal?.removeEventListener('abort', this.#onAbort);
  }

  readonly #onClose = (): void => {
    this.#reject?.(
      Object.assign(new Error('the receiver closed the stream'), { code: 'ERR_STREAM_PREMATURE_CLOSE' }),
    );
  };

  readonly #onError = (error: unknown): void => this.#reject?.(error);

  readonly #onAbort = (): void => this.#reject?.(this.#signal?.reason);
}
