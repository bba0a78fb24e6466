/**
 * The thread that reads all rows of one instant. Reading a million rows takes seconds of CPU, and the main thread must
 * answer requests meanwhile. A chunk is sent only when the main thread has taken an earlier one.
 */
import { writeSync } from 'node:fs';
import { type MessagePort, parentPort, workerData } from 'node:worker_threads';
import { listInstallation } from '../../database/installation.ts';
import { executedMigrations } from '../../database/migrate.ts';
import { type PinnedReads, pinReads } from '../../database/pinned-reads.ts';
import { batchOf, keyOf, type Row, readRows } from '../../database/table-copy.ts';
import { listTables, type Table } from '../../database/tables.ts';
import { storedBytes } from '../../registry/tx.ts';
import { LEFT_OUT } from './left-out.ts';
import type { PinnedData, PinnedReport, PinnedRequest } from './pinned-messages.ts';
import { type RowFileHead, writeRowFile } from './row-file.ts';

/** Chunks on their way to the main thread. */
const AHEAD = 4;
const PAGE = 1000;

class Reading {
  readonly #port: MessagePort;
  readonly #reads: PinnedReads;
  readonly #list: number;
  #credit = AHEAD;
  #resume: (() => void) | undefined;

  constructor(port: MessagePort, reads: PinnedReads, list: number) {
    this.#port = port;
    this.#reads = reads;
    this.#list = list;
  }

  async start(): Promise<void> {
    const { db } = this.#reads;
    const migrations = [...(await executedMigrations(db))].sort();
    const facts = await listInstallation(db);
    this.#port.on('message', (request: PinnedRequest) => this.#hear(request, migrations));
    this.#report({ kind: 'pinned', migrations, facts });
  }

  #hear(request: PinnedRequest, migrations: readonly string[]): void {
    if (request === 'rows') void this.#read(migrations).catch((error) => this.#fail(error));
    else if (request === 'close') this.#port.close();
    else {
      this.#credit++;
      this.#resume?.();
    }
  }

  #fail(error: unknown): void {
    this.#report({ kind: 'failed', message: (error as Error).message });
  }

  async #read(migrations: readonly string[]): Promise<void> {
    const { db, engine } = this.#reads;
    const all = await listTables(db, engine);
    const tables = all.filter(({ name }) => !(name in LEFT_OUT));
    const leftOut = all.filter(({ name }) => name in LEFT_OUT).map(({ name }) => name);
    const byName = new Map(tables.map((table) => [table.name, table]));
    const head: RowFileHead = { engine, migrations, leftOut };
    const rowsOf = ({ name }: { name: string }) => this.#rowsOf(byName.get(name) as Table);
    const file = writeRowFile({ head, tables, rowsOf });
    for (let step = await file.next(); ; step = await file.next()) {
      if (!step.done) {
        await this.#send(step.value);
        continue;
      }
      const blobs = await this.#listBlobs();
      // nothing more is read: the instant is let go before the main thread goes on
      await this.#reads[Symbol.asyncDispose]();
      this.#report({ kind: 'end', summary: step.value, blobs });
      return;
    }
  }

  async *#rowsOf(table: Table): AsyncGenerator<readonly Row[]> {
    if (table.key.length === 0) throw new Error(`the table ${table.name} has no primary key`);
    const limit = batchOf(table);
    for (let after: Row | undefined; ; ) {
      const rows = await readRows(this.#reads.db, table, after, limit);
      yield rows;
      const last = rows.at(-1);
      if (last === undefined || rows.length < limit) return;
      after = keyOf(table, last);
    }
  }

  async #listBlobs(): Promise<number> {
    let count = 0;
    for (let after = ''; ; ) {
      const page = await storedBytes(this.#reads.db, after, PAGE);
      const last = page.at(-1);
      if (last === undefined) return count;
      const lines = page.map(
        ({ storageKey, digest, size }) => `${JSON.stringify([storageKey, digest, size])}\n`,
      );
      const bytes = Buffer.from(lines.join(''));
      for (let at = 0; at < bytes.byteLength; ) at += writeSync(this.#list, bytes, at);
      count += page.length;
      after = last.storageKey;
    }
  }

  async #send(chunk: Uint8Array): Promise<void> {
    while (this.#credit === 0) {
      const { promise, resolve } = Promise.withResolvers<void>();
      this.#resume = resolve;
      await promise;
    }
    this.#credit--;
    // a chunk of zlib may be a part of a larger buffer
    const bytes = Uint8Array.from(chunk);
    this.#report({ kind: 'chunk', bytes }, [bytes.buffer]);
  }

  #report(report: PinnedReport, moved: ArrayBuffer[] = []): void {
    this.#port.postMessage(report, moved);
  }
}

const { place, list } = workerData as PinnedData;
if (!parentPort) throw new Error('pinned-worker runs as a worker thread');
await new Reading(parentPort, await pinReads(place), list).start();
