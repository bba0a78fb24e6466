import { randomUUID } from 'node:crypto';
import { join } from 'node:path';
import type { Worker } from 'node:worker_threads';
import type { Clock } from '../../clock.ts';
import type { RowsPlace } from '../../database/pinned-reads.ts';
import type { StoredBytes } from '../../registry/tx.ts';
import { startThread } from '../../release.ts';
import { BlobList } from './blob-list.ts';
import type { PinnedData, PinnedReport, PinnedRequest } from './pinned-messages.ts';
import type { RowFileSummary } from './row-file.ts';

export interface PinOptions {
  readonly place: RowsPlace;
  /** A private folder in which the list of the blobs is kept, in a file without a name. */
  readonly scratch: string;
  readonly clock: Clock;
  /** How long all rows may take at most. */
  readonly withinMs?: number;
}

/** All rows of one instant. */
export interface RowSnapshot extends AsyncDisposable {
  /** The instant, in epoch milliseconds: what was acknowledged before it is in the rows. */
  readonly at: number;
  /** The migrations the database has had, in order. */
  readonly migrations: readonly string[];
  /** What the table `installation` has. */
  readonly facts: readonly { readonly name: string; readonly value: string }[];
  /** The rows file (row-file.ts). To be read once, to its end, without long pauses: the database is pinned until then. */
  bytes(): AsyncIterable<Uint8Array>;
  /** Known when `bytes` has ended; rejects where it fails. */
  readonly summary: Promise<RowFileSummary & { readonly blobs: number }>;
  /**
   * The blobs that the rows name, page by page in the order of their names, as often as wanted; when `bytes` has ended.
   * Nothing is pinned any more then, so copying may take as long as it takes.
   */
  blobs(limit?: number): AsyncIterable<readonly StoredBytes[]>;
}

/**
 * SQLite's log grows with each commit while rows are pinned, about 2 MB/s under load, and a million rows take seconds. A
 * target that is slower than this bound allows is no target for a database of that size.
 */
const WITHIN_MS = 15 * 60_000;

/** Pins the database at an instant, in a thread of its own. */
export const pinRows = async ({
  place,
  scratch,
  clock,
  withinMs = WITHIN_MS,
}: PinOptions): Promise<RowSnapshot> => {
  const list = BlobList.open(join(scratch, `.backup-${randomUUID()}`));
  const pinned = new Pinned(place, list, clock.now(), withinMs);
  try {
    await pinned.start();
    return pinned;
  } catch (error) {
    await pinned[Symbol.asyncDispose]();
    throw error;
  }
};

type Pin = Extract<PinnedReport, { kind: 'pinned' }>;

class Pinned implements RowSnapshot {
  readonly at: number;
  readonly summary: Promise<RowFileSummary & { readonly blobs: number }>;
  readonly #list: BlobList;
  readonly #worker: Worker;
  readonly #bound: NodeJS.Timeout;
  readonly #pin = Promise.withResolvers<Pin>();
  readonly #done = Promise.withResolvers<RowFileSummary & { readonly blobs: number }>();
  readonly #chunks: Uint8Array[] = [];
  #woken = Promise.withResolvers<void>();
  #isDone = false;
  #known: Pin | undefined;

  constructor(place: RowsPlace, list: BlobList, at: number, withinMs: number) {
    this.at = at;
    this.#list = list;
    this.summary = this.#done.promise;
    // both are also thrown where they are waited for
    this.#done.promise.catch(() => undefined);
    this.#pin.promise.catch(() => undefined);
    const workerData: PinnedData = { place, list: list.file };
    this.#worker = startThread('pinned-worker', new URL('./pinned-worker.ts', import.meta.url), workerData);
    this.#worker.on('message', (report: PinnedReport) => this.#hear(report));
    this.#worker.on('error', (error) => this.#fail(error as Error));
    this.#worker.on('exit', () => this.#fail(new Error('the thread that reads the rows has ended')));
    this.#bound = setTimeout(() => this.#expire(withinMs), withinMs);
  }

  async start(): Promise<void> {
    this.#known = await this.#pin.promise;
  }

  get migrations(): readonly string[] {
    return this.#known?.migrations ?? [];
  }

  get facts(): Pin['facts'] {
    return this.#known?.facts ?? [];
  }

  async *bytes(): AsyncGenerator<Uint8Array> {
    this.#ask('rows');
    for (;;) {
      for (let chunk = this.#chunks.shift(); chunk; chunk = this.#chunks.shift()) {
        this.#ask('more');
        yield chunk;
      }
      if (this.#isDone) break;
      await this.#woken.promise;
      this.#woken = Promise.withResolvers();
    }
    await this.summary;
  }

  async *blobs(limit = 500): AsyncGenerator<readonly StoredBytes[]> {
    await this.summary;
    yield* this.#list.pages(limit);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#fail(new Error('the rows were let go'));
    this.#worker.removeAllListeners();
    await this.#worker.terminate();
    this.#list[Symbol.dispose]();
  }

  #ask(request: PinnedRequest): void {
    this.#worker.postMessage(request);
  }

  #hear(report: PinnedReport): void {
    if (report.kind === 'pinned') this.#pin.resolve(report);
    else if (report.kind === 'chunk') this.#chunks.push(report.bytes);
    else if (report.kind === 'failed') this.#fail(new Error(report.message));
    else {
      this.#done.resolve({ ...report.summary, blobs: report.blobs });
      this.#end();
      this.#ask('close');
    }
    this.#woken.resolve();
  }

  /** The first end counts, good or bad. */
  #fail(error: Error): void {
    this.#pin.reject(error);
    this.#done.reject(error);
    this.#end();
    this.#woken.resolve();
  }

  #end(): void {
    this.#isDone = true;
    clearTimeout(this.#bound);
  }

  #expire(withinMs: number): void {
    this.#fail(
      new Error(
        `the rows were not read within ${Math.round(withinMs / 1000)} seconds: the target is too slow, or this machine is too busy. A backup must not keep the database from reusing its log for longer; take it again when there is less to do, or to a faster target`,
      ),
    );
    void this.#worker.terminate();
  }
}
