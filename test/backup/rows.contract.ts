import assert from 'node:assert/strict';
import { readdirSync } from 'node:fs';
import { after, before, suite, test } from 'node:test';
import { pinRows, type RowSnapshot } from '../../src/backup/rows/pinned.ts';
import { readRowFile } from '../../src/backup/rows/row-file.ts';
import { systemClock } from '../../src/clock.ts';
import type { Database } from '../../src/database/database.ts';
import type { RowsPlace } from '../../src/database/pinned-reads.ts';
import type { Row } from '../../src/database/table-copy.ts';
import { listTables } from '../../src/database/tables.ts';
import {
  accountRow,
  digest,
  manifestRow,
  namespaceRow,
  regionRow,
  repositoryRow,
  unique,
} from '../database/database-rows.ts';
import { insert, note } from '../database/database-writes.ts';
import { until } from '../database/postgres-server.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

export interface Source {
  readonly place: RowsPlace;
  open(): Promise<Database>;
  /** Whether something beside the program reads at an instant of before. */
  isPinned(): Promise<boolean>;
}

/** The rows of each table, and the rows themselves as plain values. */
export const rowsIn = async (bytes: AsyncIterable<Uint8Array>): Promise<Record<string, Row[]>> => {
  const tables: Record<string, Row[]> = {};
  for await (const part of readRowFile(bytes)) {
    if (part.kind === 'table') tables[part.table.name] = [];
    else if (part.kind === 'rows') tables[part.table.name]?.push(...part.rows);
  }
  return tables;
};

const LARGE = 2500;

/** What is promised of the rows of one instant, on either engine. */
export const rowsContract = (
  name: string,
  newSource: () => Promise<Source>,
  skip: string | false = false,
): void => {
  suite(`the rows of an instant on ${name}`, { skip }, () => {
    const folder = temporaryFolder();
    let source: Source;
    let database: Database;
    before(async () => {
      source = await newSource();
      database = await source.open();
      await database.write(insert, { regions: [region], accounts: [account], namespaces: [namespace] });
      await database.write(insert, { repositories: [repository] });
      await database.write(insert, { manifests: [manifestRow(repository.id)] });
      for (let page = 0; page < LARGE; page += 500)
        await database.write(insert, { blobs: Array.from({ length: 500 }, (_, at) => blobRow(page + at)) });
    });
    after(async () => {
      await database[Symbol.asyncDispose]();
      folder[Symbol.dispose]();
    });

    const region = regionRow();
    const account = accountRow();
    const namespace = namespaceRow(account.id, region.id);
    const repository = repositoryRow(namespace);
    const blobRow = (number: number) => ({
      region_id: region.id,
      digest: digest(),
      storage_key: `local/sha256/${String(number).padStart(6, '0')}`,
      size: number,
      created_at: 1,
      touched_at: 1,
    });
    const pin = (withinMs?: number): Promise<RowSnapshot> =>
      pinRows({
        place: source.place,
        scratch: folder.path,
        clock: systemClock,
        ...(withinMs === undefined ? {} : { withinMs }),
      });

    test('every table is in the file or among those that are left out with a reason', async () => {
      await using pinned = await pin();
      const bytes = await Array.fromAsync(pinned.bytes());
      const parts = await Array.fromAsync(readRowFile(chunksOf(bytes)));
      const [first] = parts;
      assert.ok(first?.kind === 'head');
      const filed = parts.flatMap((part) => (part.kind === 'table' ? [part.table.name] : []));
      const all = (await listTables(database.db, source.place.engine)).map((table) => table.name);
      assert.deepEqual([...filed, ...first.head.leftOut].sort(), all.sort());
      assert.equal(first.head.engine, source.place.engine);
      assert.deepEqual(first.head.migrations, pinned.migrations);
      assert.ok(pinned.migrations.includes('0001-initial'));
      const summary = await pinned.summary;
      assert.equal(summary.tables.blobs, LARGE);
      assert.equal(summary.tables.manifests, 1);
      assert.equal(summary.blobs, LARGE);
    });

    test('O2: what was acknowledged before is in it, and what is committed while it is read is not', async () => {
      const [before, during] = [unique('before'), unique('during')];
      await database.write(note, { name: before, value: 'x' });
      await using pinned = await pin();
      await database.write(note, { name: during, value: 'x' });
      const { installation = [] } = await rowsIn(pinned.bytes());
      const names = installation.map(([name]) => name);
      assert.ok(names.includes(before));
      assert.ok(!names.includes(during));
      const facts = pinned.facts.map((fact) => fact.name);
      assert.ok(facts.includes(before) && !facts.includes(during));
    });

    test('the blobs are those of the same instant, in the order of their names, when the instant was let go', async () => {
      await using pinned = await pin();
      await database.write(insert, { blobs: [{ ...blobRow(LARGE), storage_key: 'local/sha256/later' }] });
      for await (const _ of pinned.bytes());
      for (const _ of ['once', 'and again']) {
        const pages = await Array.fromAsync(pinned.blobs(400));
        assert.deepEqual(
          pages.slice(0, -1).map((page) => page.length),
          Array(6).fill(400),
        );
        const keys = pages.flat().map(({ storageKey }) => storageKey);
        assert.equal(keys.length, LARGE);
        assert.deepEqual(keys, keys.toSorted());
        assert.equal(pages[0]?.[3]?.size, 3);
      }
      assert.deepEqual(readdirSync(folder.path), [], 'nothing is left in the folder');
    });

    test('rows that are not read in time fail with the reason, and let the database go', async () => {
      const late = async (): Promise<void> => {
        await using pinned = await pin(1500);
        await database.write(note, { name: unique('log'), value: 'x' });
        // a target that takes nothing
        await assert.rejects(pinned.summary, tooSlow);
        await assert.rejects(Array.fromAsync(pinned.bytes()), tooSlow);
        await assert.rejects(Array.fromAsync(pinned.blobs()), tooSlow);
      };
      const tooSlow = /were not read within 2 seconds: the target is too slow/;
      // a machine that is busy enough does not even pin them in time
      await late().catch((error: Error) => assert.match(error.message, tooSlow));
      await until(async () => !(await source.isPinned()), 'the database is let go');
    });

    test('the database is let go as soon as the last row was read, however long the copying takes', async () => {
      await using pinned = await pin();
      await database.write(note, { name: unique('log'), value: 'x' });
      assert.equal(await source.isPinned(), true);
      for await (const _ of pinned.bytes());
      await until(async () => !(await source.isPinned()), 'the database is let go');
      assert.ok((await Array.fromAsync(pinned.blobs())).length > 0);
    });

    test('a reader that pauses holds back the thread that reads, so that memory stays bounded', async () => {
      await using pinned = await pin();
      const reader = pinned.bytes()[Symbol.asyncIterator]();
      await reader.next();
      // nothing asks for more now; the rest comes when something does
      await database.write(note, { name: unique('meanwhile'), value: 'x' });
      let more = 0;
      for (let step = await reader.next(); !step.done; step = await reader.next()) more++;
      assert.ok(more >= 0);
      assert.ok(((await pinned.summary).tables.blobs ?? 0) > LARGE);
    });

    test('what is let go early fails for who still reads, and leaves nothing', async () => {
      const pinned = await pin();
      await pinned[Symbol.asyncDispose]();
      await assert.rejects(pinned.summary, /let go/);
      assert.deepEqual(readdirSync(folder.path), []);
    });
  });
};

async function* chunksOf(chunks: readonly Uint8Array[]): AsyncGenerator<Uint8Array> {
  yield* chunks;
}
