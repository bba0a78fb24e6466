import { setTimeout as sleep } from 'node:timers/promises';
import { type SmallBlob, smallBlob } from '../content.ts';
import type { RegistryClient } from '../registry-client.ts';
import type { Bench } from './workload.ts';

const BLOB_BYTES = 64 * 1024;
const PIECES = 8;

interface Pace {
  readonly parallel: number;
  readonly perSecond: number;
}

/** So many uploads open at any time, each trickling in so slowly that together they are `perSecond`. */
export class SlowUploads {
  readonly #bench: Bench;
  readonly #repository: string;
  readonly #pace: Pace;
  readonly #allOpen = Promise.withResolvers<void>();
  readonly #stop = new AbortController();
  #open = 0;

  constructor(bench: Bench, repository: string, pace: Pace) {
    this.#bench = bench;
    this.#repository = repository;
    this.#pace = pace;
  }

  /** How many uploads are between the answer to POST and the end of PATCH. */
  get open(): number {
    return this.#open;
  }

  get stopped(): boolean {
    return this.#stop.signal.aborted;
  }

  /** Fulfilled once every uploader has begun its first upload. */
  get allOpen(): Promise<void> {
    return this.#allOpen.promise;
  }

  stop(): void {
    this.#stop.abort();
  }

  /** Uploads until `stop()`, or until the first upload fails, with which it rejects. */
  async run(): Promise<void> {
    const { parallel, perSecond } = this.#pace;
    using registry = this.#bench.target.connect(parallel);
    const uploader = async (number: number) => {
      await this.#wait((number / perSecond) * 1000);
      while (!this.stopped) {
        await this.#upload(registry, number === parallel - 1);
      }
    };
    const all = Array.from({ length: parallel }, (_, number) => uploader(number));
    try {
      await Promise.all(all);
    } finally {
      this.stop();
      await Promise.allSettled(all);
    }
  }

  async #upload(registry: RegistryClient, isLast: boolean): Promise<void> {
    const blob = smallBlob(BLOB_BYTES);
    const location = await registry.beginUpload(this.#repository);
    this.#open++;
    if (isLast) this.#allOpen.resolve();
    try {
      const body = { length: blob.length, pieces: () => this.#trickle(blob) };
      const finish = await registry.sendUpload(this.#repository, location, blob, body);
      await registry.finishUpload(this.#repository, finish, blob);
    } finally {
      this.#open--;
    }
  }

  /** The blob in pieces spread over the time one upload may take; all at once when the uploads are to end. */
  async *#trickle(blob: SmallBlob): AsyncGenerator<Uint8Array> {
    const { parallel, perSecond } = this.#pace;
    const size = blob.length / PIECES;
    for (let piece = 0; piece < PIECES; piece++) {
      await this.#wait(((parallel / perSecond) * 1000) / PIECES);
      yield blob.bytes.subarray(piece * size, (piece + 1) * size);
    }
  }

  async #wait(milliseconds: number): Promise<void> {
    const signal = AbortSignal.any([this.#stop.signal, this.#bench.signal]);
    if (!signal.aborted) await sleep(milliseconds, undefined, { signal }).catch(() => undefined);
  }
}
