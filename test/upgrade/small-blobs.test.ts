import assert from 'node:assert/strict';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { suite, test } from 'node:test';
import { Kysely, PostgresDialect, sql } from 'kysely';
import { Client, Pool } from 'pg';
import { isRowKey } from '../../src/blobs/layout.ts';
import { DATABASE } from '../../src/config/data-folder.ts';
import { MIGRATIONS, migrate } from '../../src/database/migrate.ts';
import { PostgresColumns } from '../../src/database/postgres-columns.ts';
import type { Schema } from '../../src/database/schema.ts';
import { sqliteDialect } from '../../src/database/sqlite-dialect.ts';
import { digestOf } from '../../src/oci/digest.ts';
import { answered, bytesOf } from '../spec/answers.ts';
import { newBytes } from '../spec/content.ts';
import { TestRepository } from '../spec/repository.ts';
import { needs } from '../support/component.ts';
import { postgres, startPostgres } from '../support/postgres.ts';
import { TestRegistry } from '../support/registry.ts';
import { keyOf, storedBytes } from '../support/stored-bytes.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';
import { until } from '../support/until.ts';
import { fillDatabase, known, startOver, unpacked } from './installation.ts';

/** The steps and contractions that the version before small blobs in rows knows. */
const EARLIER = Object.fromEntries(Object.entries(MIGRATIONS).filter(([name]) => name < '0096'));
const EARLIER_CONTRACTIONS = ['9040-contract-0040-trash'];

const REFUSED = /9096-contract-0096-small-blobs.*start that version/;

/** What is wrong with the bytes, or with what refers to them. */
const faultsOf = async (registry: TestRegistry): Promise<string> => {
  const response = await registry.api('POST', '/api/v1/gc/verify', { repair: false });
  return (await response.text()).trim().split('\n').slice(0, -1).join('\n');
};

/** Makes the database one of the version that had begun to keep a trash, and kept small blobs in files. */
const bringToTrash = async (url: string): Promise<void> => {
  const db = new Kysely<Schema>({
    dialect: new PostgresDialect({ pool: new Pool({ connectionString: url }) }),
    plugins: [new PostgresColumns()],
  });
  await migrate(db, 'postgres', EARLIER, []);
  for (const name of EARLIER_CONTRACTIONS)
    await sql`insert into kysely_migration (name, timestamp) values (${name}, now())`.execute(db);
  await db.insertInto('installation').values({ name: 'generation', value: '2' }).execute();
  await db.destroy();
};

suite('small blobs after an upgrade', () => {
  test('what lies in files is read from there and stays; what is pushed from now on is in rows; the version before does not start again', async () => {
    const data = unpacked('folder.tar.gz');
    await using registry = await TestRegistry.start({ data, apikey: known.folder.owner });
    const files = await storedBytes(registry).keys();
    assert.ok(files.length > 5 && !files.some(isRowKey));
    const oak = new TestRepository(registry, 'trees/oak');
    const manifest = await answered(await oak.request('GET', 'manifests/v1'), 200);
    const { config, layers } = (await manifest.json()) as {
      config: { digest: string };
      layers: { digest: string }[];
    };
    for (const { digest } of [config, ...layers]) {
      const bytes = await bytesOf(await answered(await oak.request('GET', `blobs/${digest}`), 200));
      assert.equal(digestOf(bytes), digest);
      await oak.pushBlob(bytes);
      assert.equal(isRowKey(await keyOf(registry, digest)), false, 'the bytes that are there stay');
    }
    const bytes = newBytes();
    await oak.pushBlob(bytes);
    assert.ok(isRowKey(await keyOf(registry, digestOf(bytes))));
    assert.equal(await faultsOf(registry), '');

    using copy = temporaryFolder();
    const file = join(copy.path, DATABASE);
    const running = new DatabaseSync(join(data, DATABASE));
    running.exec(`vacuum into '${file}'`);
    running.close();
    const db = new Kysely<Schema>({ dialect: sqliteDialect(new DatabaseSync(file)) });
    await assert.rejects(migrate(db, 'sqlite', EARLIER, EARLIER_CONTRACTIONS), REFUSED);
    await db.destroy();
  });

  test(
    'beside a replica of the version before they are files; without it rows, and it cannot start again',
    needs(postgres),
    async () => {
      await using server = await startPostgres();
      const url = await server.createDatabase('upgraded');
      await fillDatabase(url);
      await bringToTrash(url);
      const earlier = new Client({
        connectionString: url,
        application_name: 'tidegate replica 0123456789ab g2',
      });
      await earlier.connect();
      await using registry = await startOver(url);
      const oak = new TestRepository(registry, 'trees/oak');
      const isInRow = async (bytes: Buffer): Promise<boolean> =>
        isRowKey(await keyOf(registry, digestOf(bytes)));
      const [whole, chunked, between] = [newBytes(), newBytes(), newBytes()];
      const init = { body: new Uint8Array(whole) };
      await answered(await oak.request('POST', `blobs/uploads/?digest=${digestOf(whole)}`, init), 201);
      await oak.pushBlob(chunked);
      assert.deepEqual([await isInRow(whole), await isInRow(chunked)], [false, false]);
      const begun = await oak.begin();
      await answered(await oak.patch(begun, between.subarray(0, 50)), 202);
      await registry.runJob('finish-upgrade');
      const other = newBytes();
      await oak.pushBlob(other);
      assert.equal(await isInRow(other), false, 'it is still there');

      await earlier.end();
      await until('nothing of it is connected', async () => {
        await registry.runJob('finish-upgrade');
        const bytes = newBytes();
        await oak.pushBlob(bytes);
        return isInRow(bytes);
      });
      // what began before goes on
      await answered(await oak.finish(begun, digestOf(between), between.subarray(50)), 201);
      for (const bytes of [whole, chunked, other, between]) await oak.assertHolds(bytes);
      assert.equal(await faultsOf(registry), '');
      const db = new Kysely<Schema>({
        dialect: new PostgresDialect({ pool: new Pool({ connectionString: url }) }),
      });
      await assert.rejects(migrate(db, 'postgres', EARLIER, EARLIER_CONTRACTIONS), REFUSED);
      await db.destroy();
    },
  );
});
