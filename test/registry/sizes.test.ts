import assert from 'node:assert/strict';
import { DatabaseSync } from 'node:sqlite';
import { test } from 'node:test';
import { openSqliteReader } from '../../src/database/sqlite-dialect.ts';
import { batchOf, digestOfTable, readRows } from '../../src/database/table-copy.ts';
import { listTables } from '../../src/database/tables.ts';
import { refused } from '../spec/answers.ts';
import { absentDigest, LAYER, newManifest } from '../spec/content.ts';
import { stage } from '../spec/repository.ts';
import { openRows } from '../support/rows.ts';

const on = stage();

/** Three of it add up to more than a number holds exactly. */
const MOST = Number.MAX_SAFE_INTEGER;

const listed = async (repository: string): Promise<{ Size: number }[]> => {
  const response = await on.registry.api('GET', `/api/v1/images?repository=${repository}`);
  assert.equal(response.status, 200, await response.clone().text());
  return (await response.json()) as { Size: number }[];
};

test('sizes that no number holds exactly are refused when the manifest is pushed, and the list of images goes on', async () => {
  const repository = await on.artifactRepository();
  const layer = { mediaType: LAYER, size: MOST, urls: ['https://example.com/layer'] };
  const layers = [1, 2, 3].map(() => ({ ...layer, digest: absentDigest() }));
  const error = await refused(
    await repository.putManifest('1', newManifest({ layers })),
    400,
    'MANIFEST_INVALID',
  );
  assert.match(error.message, /add up to more than 8 TiB/);
  assert.deepEqual(await listed(repository.name), []);
});

test('an image whose sizes an earlier version took is listed with the greatest size there is', async () => {
  const { registry } = on;
  const repository = await on.artifactRepository();
  await repository.putManifest('1', newManifest());
  await using db = openRows(registry.database);
  for (const size of [MOST + 1, 3 * MOST]) {
    const { id } = await db
      .selectFrom('repositories')
      .select('id')
      .where('name', '=', repository.name)
      .executeTakeFirstOrThrow();
    await db.updateTable('manifests').set({ image_size: size }).where('repository_id', '=', id).execute();
    assert.deepEqual(
      (await listed(repository.name)).map(({ Size }) => Size),
      [MOST],
    );
  }
});

test('a row with a number beyond the exact ones is copied to another database, and is the same in both', async () => {
  const database = new DatabaseSync(':memory:');
  await using db = openSqliteReader(database);
  database.exec('create table sized (id text primary key, size bigint not null)');
  database.exec("insert into sized values ('a', 7), ('b', 27021597764222973), ('c', -27021597764222973)");
  const table = (await listTables(db, 'sqlite')).find(({ name }) => name === 'sized');
  assert.ok(table);
  const rows = await readRows(db, table, undefined, batchOf(table));
  assert.deepEqual(rows, [
    ['a', 7],
    ['b', MOST],
    ['c', -MOST],
  ]);
  const { digest } = await digestOfTable(db, table);
  database.exec('delete from sized');
  for (const [id, size] of rows)
    database.prepare('insert into sized values (?, ?)').run(String(id), Number(size));
  assert.equal((await digestOfTable(db, table)).digest, digest);
});

test('a query that reads a number beyond the exact ones answers the nearest one, and the next query is as before', async () => {
  const database = new DatabaseSync(':memory:');
  await using db = openSqliteReader(database);
  database.exec('create table uploads (id text, expires_at bigint)');
  database.exec("insert into uploads values ('a', 9007199254740993), ('b', 5)");
  const read = () => db.selectFrom('uploads').select(['id', 'expires_at']).orderBy('id').execute();
  for (let again = 0; again < 2; again += 1)
    assert.deepEqual(await read(), [
      { id: 'a', expires_at: 9007199254740992 },
      { id: 'b', expires_at: 5 },
    ]);
});
