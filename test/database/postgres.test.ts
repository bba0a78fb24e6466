import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { sql } from 'kysely';
import { type Connection, defineWrite, type Tx } from '../../src/database/database.ts';
import { PostgresDatabase } from '../../src/database/postgres.ts';
import { postgresSettings } from '../../src/database/postgres-settings.ts';
import type { TagRow } from '../../src/database/schema.ts';
import { findApiKey } from '../../src/identity/api-keys/rows.ts';
import { createApiKey } from '../../src/identity/api-keys/writes.ts';
import { insertManifest } from '../../src/registry/manifests/rows.ts';
import { refuseProtected } from '../../src/registry/protection/refuse-protected.ts';
import { addRule } from '../../src/registry/protection/writes.ts';
import { insertRepository } from '../../src/registry/repositories/rows.ts';
import { findTag, findTags, putTag, tagsOfManifest } from '../../src/registry/tags/rows.ts';
import { listNamespaces } from '../../src/tenancy/namespaces/rows.ts';
import { metadataContract } from './database.contract.ts';
import { actor, keyRow, manifestRow, newNamespace, repositoryRow, unique } from './database-rows.ts';
import { note, runQuery } from './database-writes.ts';
import { newDatabase, Session, serverForTests, skip } from './postgres-server.ts';
import { nameOfQuery } from './queries.ts';

const server = serverForTests();

metadataContract(
  'PostgreSQL',
  async () => {
    const url = await newDatabase(server());
    return () => PostgresDatabase.open(url);
  },
  { skip },
);

let escaped: Promise<unknown> | undefined;
const notAwaited = defineWrite('test.not-awaited', async (tx: Tx): Promise<void> => {
  escaped = new Promise((resolve) => setTimeout(resolve, 10)).then(() =>
    tx.db.selectFrom('installation').selectAll().execute(),
  );
  escaped.catch(() => undefined);
});

let tries = 0;
const takenAtFirst = defineWrite('test.taken-at-first', async (tx: Tx, taken: string): Promise<void> => {
  const name = tries++ === 0 ? taken : unique('free');
  await tx.uncached.insertInto('installation').values({ name, value: '' }).execute();
});

/** Moves a tag as a push does, and is slow between reading the rules and moving it. */
const gate = { reached: Promise.withResolvers<void>(), opened: Promise.withResolvers<void>() };
const movesLate = defineWrite('test.moves-late', async (tx: Tx, row: TagRow): Promise<void> => {
  await refuseProtected(tx.db, row.repository_id, [row.name]);
  gate.reached.resolve();
  await gate.opened.promise;
  await putTag(tx, row);
});

suite('PostgreSQL', { skip }, () => {
  test('a push that read the rules before one was added cannot move a tag after it was added', async () => {
    await using database = await PostgresDatabase.open(await newDatabase(server()));
    const { namespace } = await newNamespace(database);
    const repository = repositoryRow(namespace);
    const manifest = manifestRow(repository.id);
    const run = (query: unknown, ...args: unknown[]) =>
      database.write(runQuery, { query: nameOfQuery(query), args });
    await run(insertRepository, repository);
    await run(insertManifest, manifest, []);
    const tag = { repository_id: repository.id, name: 'v1', digest: manifest.digest, updated_at: 1 };
    const moving = database.write(movesLate, tag);
    await gate.reached.promise;
    const row = {
      ...{ id: unique('rule'), namespace_id: namespace.id, tags: 'v*', repositories: null },
      ...{ exceptions: '[]', created_at: 1, created_by: 'user:1' },
    };
    await database.write(addRule, { row, actor });
    gate.opened.resolve();
    await assert.rejects(moving, { code: 'TAG_PROTECTED' });
    assert.equal(await findTag(database.db, repository.id, 'v1'), undefined);
  });

  test('five replicas that open an empty database together bring its schema up to date once', async () => {
    const url = await newDatabase(server());
    const done: string[] = [];
    const log = {
      info: ({ migrations }: { migrations?: string[] }) => done.push(...(migrations ?? [])),
      warn: () => undefined,
    };
    const replicas = await Promise.all(
      Array.from({ length: 5 }, () => PostgresDatabase.open(url, { log: log as never })),
    );
    await Promise.all(
      replicas.map((replica) => replica.write(note, { name: unique('note'), value: 'kept' })),
    );
    for (const replica of replicas) await replica[Symbol.asyncDispose]();
    assert.ok(done.length > 0);
    assert.equal(new Set(done).size, done.length, `twice: ${done.join(' ')}`);
  });

  test('every text column is compared by bytes, whatever the database says', async () => {
    const url = await newDatabase(server());
    await (await PostgresDatabase.open(url))[Symbol.asyncDispose]();
    await using session = await Session.open(url);
    const columns = await session.rows<{ name: string; collation_name: string | null }>(
      `select table_name || '.' || column_name as name, collation_name from information_schema.columns
       where table_schema = 'public' and table_name not like 'kysely%' and data_type = 'text'`,
    );
    assert.ok(columns.length > 50);
    assert.deepEqual(
      columns.filter(({ collation_name }) => collation_name !== 'C'),
      [],
    );
  });

  test('every foreign key that cascades has an index that begins with it', async () => {
    const url = await newDatabase(server());
    await (await PostgresDatabase.open(url))[Symbol.asyncDispose]();
    await using session = await Session.open(url);
    const bare = await session.rows(
      `select conrelid::regclass::text as "table", conname as "constraint" from pg_constraint
       where contype = 'f' and confdeltype = 'c' and not exists (
         select from pg_index where indrelid = conrelid and (indkey::int2[])[0:cardinality(conkey) - 1] = conkey
       )`,
    );
    assert.deepEqual(bare, []);
  });

  test('a connection keeps the plans of statements for which one plan is enough, not of limits and lists', async () => {
    await using database = await PostgresDatabase.open(`${await newDatabase(server())}?max=2`);
    const { db } = database;
    await findApiKey(db, 'k');
    await tagsOfManifest(db, 'p', 'd', 10);
    await findTags(db, 'p', ['a', 'b', 'c']);
    const { rows } = await sql<{ statement: string }>`select statement from pg_prepared_statements`.execute(
      db as Connection,
    );
    const kept = rows.map(({ statement }) => statement);
    assert.ok(kept.some((text) => /from "api_keys"/.test(text)));
    assert.deepEqual(
      kept.filter((text) => /from "tags"/.test(text)),
      [],
    );
  });

  test('statements prepared before a column was added answer after it', async () => {
    const url = await newDatabase(server());
    await using database = await PostgresDatabase.open(`${url}?max=2`);
    const { account, region, namespace } = await newNamespace(database);
    const key = { ...keyRow(account.id), iam_id: account.owner_iam_id };
    await using session = await Session.open(url);
    await session.rows(`insert into users values ('${key.iam_id}', 'ada', '', '', '', 0)`);
    await session.rows(`insert into memberships values ('${account.id}', '${key.iam_id}', 'ACTIVE', 0)`);
    await database.write(createApiKey, { key, actor });
    await findApiKey(database.db, key.id);
    await listNamespaces(database.db, account.id, region.id);
    await session.rows('alter table api_keys add column later text');
    await session.rows('alter table namespaces add column later text');
    assert.deepEqual(await findApiKey(database.db, key.id), { ...key, later: null });
    assert.deepEqual(await listNamespaces(database.db, account.id, region.id), [
      { ...namespace, later: null },
    ]);
    await assert.rejects(database.write(createApiKey, { key, actor }), { code: 'BAD_REQUEST' });
  });

  test('text with a NUL character is a bad request, in a write as in a read', async () => {
    await using database = await PostgresDatabase.open(await newDatabase(server()));
    const refusal = { code: 'BAD_REQUEST', message: /NUL/ };
    await assert.rejects(database.write(note, { name: 'a\0b', value: '' }), refusal);
    await assert.rejects(findApiKey(database.db, 'a\0b'), refusal);
  });

  test('a write that finds a unique name taken is run again: it may have raced', async () => {
    await using database = await PostgresDatabase.open(await newDatabase(server()));
    const taken = unique('taken');
    await database.write(note, { name: taken, value: '' });
    await database.write(takenAtFirst, taken);
    assert.equal(tries, 2);
  });

  test('a query that its write did not await is refused, and reaches no other transaction', async () => {
    await using database = await PostgresDatabase.open(await newDatabase(server()));
    await database.write(notAwaited, undefined);
    await assert.rejects(async () => escaped, /must await/);
  });

  test('transactions through db are refused: what spans statements is a write', async () => {
    await using database = await PostgresDatabase.open(await newDatabase(server()));
    const connection = database.db as Connection;
    await assert.rejects(
      connection.transaction().execute(async () => undefined),
      /is a write/,
    );
  });

  test('it is not alone on the database', async () => {
    await using database = await PostgresDatabase.open(await newDatabase(server()));
    assert.equal(database.alone, false);
  });

  test('P9: a database that cannot be used is named, its password is not', async () => {
    const url = new URL(await newDatabase(server()));
    url.pathname = '/no-such-database';
    url.password = 'the-secret';
    await assert.rejects(PostgresDatabase.open(url.href), (error: Error) => {
      assert.match(error.message, /no-such-database at 127\.0\.0\.1:\d+ cannot be used/);
      assert.doesNotMatch(JSON.stringify(error) + error.stack, /the-secret/);
      return true;
    });
    for (const wrong of ['postgres://u:the-secret@h:port/d', 'mysql://u:the-secret@h/d']) {
      await assert.rejects(PostgresDatabase.open(wrong), (error: Error) => {
        assert.match(error.message, /write postgres:\/\//);
        assert.doesNotMatch(JSON.stringify(error) + error.stack, /the-secret/);
        return true;
      });
    }
  });

  test('a database that is not in UTF-8 is refused', async () => {
    const name = unique('latin');
    await using session = await Session.open(server().url);
    await session.rows(`create database "${name}" encoding 'LATIN1' template template0`);
    const url = Object.assign(new URL(server().url), { pathname: name }).href;
    await assert.rejects(PostgresDatabase.open(url), /LATIN1.*UTF8/);
  });
});

test('max in the database URL is shared between reads and writes', () => {
  const sizes = (url: string) => {
    const { reads, writes } = postgresSettings(url);
    return [reads.max, writes.max];
  };
  assert.deepEqual(sizes('postgres://h/d'), [5, 5]);
  assert.deepEqual(sizes('postgres://h/d?max=3&sslmode=disable'), [1, 2]);
  assert.equal(postgresSettings('postgres://h/d?max=3').reads.connectionString, 'postgres://h/d');
  for (const max of ['1', '0', 'many', '1.5', ''])
    assert.throws(() => postgresSettings(`postgres://h/d?max=${max}`), /from 2 to 1000/);
});
