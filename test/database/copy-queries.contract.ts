import assert from 'node:assert/strict';
import { test } from 'node:test';
import { finishCopy } from '../../src/admin/migrate-storage-writes.ts';
import { findInstallation, listInstallation, rememberInstallation } from '../../src/database/installation.ts';
import * as copy from '../../src/database/table-copy.ts';
import { listTables, type Table } from '../../src/database/tables.ts';
import * as blobs from '../../src/registry/blobs/rows.ts';
import * as regions from '../../src/tenancy/regions/rows.ts';
import { AT, actor, digest, regionRow, unique } from './database-rows.ts';
import type { QueryTester } from './queries.ts';

/** What copies an installation from one engine to another. */
export const copyQueries = ({ read, write, current }: QueryTester): void => {
  const tables = (): Promise<Table[]> => read(listTables, current().alone ? 'sqlite' : 'postgres');
  const tableOf = async (name: string): Promise<Table> => {
    const table = (await tables()).find((each) => each.name === name);
    assert.ok(table);
    return table;
  };

  test('tables, as the database describes them, each after those it refers to', async () => {
    const names = (await tables()).map(({ name }) => name);
    assert.ok(names.indexOf('accounts') < names.indexOf('namespaces'));
    assert.ok(names.indexOf('namespaces') < names.indexOf('repositories'));
    assert.ok(names.indexOf('manifests') < names.indexOf('tags'));
    assert.ok(!names.some((name) => /^(kysely|changes|sqlite)/.test(name)));
    const { columns, key, bytes } = await tableOf('manifest_references');
    assert.deepEqual(key, ['repository_id', 'manifest_digest', 'target_digest']);
    assert.deepEqual(columns, ['kind', 'manifest_digest', 'repository_id', 'target_digest']);
    assert.equal(bytes, false);
    assert.equal((await tableOf('manifests')).bytes, true);
  });

  test('rows of a table in the order of its key, page by page; their digest tells any change', async () => {
    for (let count = 0; count < 3; count++) await write(regions.insertRegion, regionRow());
    const table = await tableOf('regions');
    const all = await read(copy.readRows, table, undefined, 1000);
    assert.ok(all.length >= 3);
    const paged: copy.Row[] = [];
    for (let after: copy.Row | undefined; ; ) {
      const [row] = await read(copy.readRows, table, after, 1);
      if (!row) break;
      paged.push(row);
      after = copy.keyOf(table, row);
    }
    assert.deepEqual(paged, all);
    const before = await read(copy.digestOfTable, table);
    assert.equal(before.rows, all.length);
    assert.deepEqual(await read(copy.digestOfTable, table), before);
    await write(regions.insertRegion, regionRow());
    assert.notEqual((await read(copy.digestOfTable, table)).digest, before.digest);
  });

  test('a copy notes how far it came, and is finished in one step with the facts of the installation', async () => {
    assert.equal(await read(copy.findProgress), undefined);
    const progress: copy.Progress = { from: 'a marker', tables: {} };
    await current().write(copy.beginCopy, progress);
    const region = regionRow();
    const table = await tableOf('regions');
    const row = table.columns.map((column) => region[column as keyof typeof region]);
    const further = { ...progress, tables: { regions: copy.keyOf(table, row) } };
    for (let twice = 0; twice < 2; twice++)
      await current().write(copy.copyRows, { table, rows: [row], progress: further });
    assert.deepEqual(await read(copy.findProgress), further);
    assert.deepEqual(await read(regions.findRegion, region.name), region);
    const fact = { name: unique('fact'), value: 'x' };
    await current().write(finishCopy, { facts: [fact], at: AT, actor });
    await write(copy.endCopy, [{ name: unique('fact'), value: 'y' }]);
    assert.equal(await read(copy.findProgress), undefined);
    assert.ok((await read(listInstallation)).some(({ name, value }) => name === fact.name && value === 'x'));
  });

  test('facts of the installation are kept as first said', async () => {
    const name = unique('fact');
    assert.equal(await current().write(rememberInstallation, { name, value: 'first' }), 'first');
    assert.equal(await current().write(rememberInstallation, { name, value: 'second' }), 'first');
    assert.equal(await read(findInstallation, name), 'first');
  });

  test('bytes of all regions, in the order of their names', async () => {
    const keys = [1, 2, 3].map(() => unique('stored'));
    for (const storage_key of keys) {
      const times = { created_at: AT, touched_at: AT };
      await write(blobs.insertBlob, { region_id: 'r', digest: digest(), storage_key, size: 7, ...times });
    }
    const [first = ''] = keys.toSorted();
    const found = (await read(blobs.storedBytes, first, 1000)).map(({ storageKey }) => storageKey);
    assert.deepEqual(
      found.filter((key) => keys.includes(key)),
      keys.toSorted().slice(1),
    );
    assert.deepEqual(found, found.toSorted());
  });
};
