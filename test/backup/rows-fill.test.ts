import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, suite, test } from 'node:test';
import { finishRestore } from '../../src/backup/restore/writes.ts';
import { fillRows, inspectRows, refuseNewer } from '../../src/backup/rows/fill.ts';
import { LEFT_OUT } from '../../src/backup/rows/left-out.ts';
import { pinRows } from '../../src/backup/rows/pinned.ts';
import { systemClock } from '../../src/clock.ts';
import type { AuditEventTable } from '../../src/database/audit-schema.ts';
import type { Database } from '../../src/database/database.ts';
import { judgeVacancy, openFilling } from '../../src/database/filling.ts';
import { executedMigrations, MIGRATIONS } from '../../src/database/migrate.ts';
import type { RowsPlace } from '../../src/database/pinned-reads.ts';
import { PostgresDatabase } from '../../src/database/postgres.ts';
import type { AccountRow } from '../../src/database/schema.ts';
import { SqliteDatabase } from '../../src/database/sqlite.ts';
import { digestOfTable } from '../../src/database/table-copy.ts';
import { listTables } from '../../src/database/tables.ts';
import {
  accountRow,
  actor,
  auditEventRow,
  digest,
  keyRow,
  manifestRow,
  namespaceRow,
  regionRow,
  repositoryRow,
  signingKeyRow,
} from '../database/database-rows.ts';
import { insert } from '../database/database-writes.ts';
import { newDatabase, serverForTests, skip } from '../database/postgres-server.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

const server = serverForTests();
const writes = new URL('../database/database-writes.ts', import.meta.url).href;
const BEGUN = { from: 'snapshot 1', by: 'restore', tables: {} } as const;

suite('rows of one engine in an empty place of either', { skip }, () => {
  const folder = temporaryFolder();
  let count = 0;
  after(() => folder[Symbol.dispose]());

  const newPlace = async (engine: string): Promise<RowsPlace> =>
    engine === 'sqlite'
      ? { engine, file: join(folder.path, `${++count}.db`) }
      : { engine: 'postgres', url: await newDatabase(server()) };
  const open = (place: RowsPlace): Promise<Database> =>
    place.engine === 'sqlite' ? SqliteDatabase.open(place.file, writes) : PostgresDatabase.open(place.url);

  const fillWithAll = async (database: Database): Promise<void> => {
    const [account, region] = [accountRow(), regionRow()];
    const namespace = namespaceRow(account.id, region.id);
    const repository = repositoryRow(namespace);
    await database.write(insert, {
      accounts: [account],
      regions: [region],
      namespaces: [namespace],
      repositories: [repository],
      signing_keys: [signingKeyRow()],
      api_keys: Array.from({ length: 700 }, () => keyRow(account.id)),
      audit_events: Array.from({ length: 300 }, () => auditEventRow() as AuditEventTable),
      manifests: Array.from({ length: 150 }, (_, at) =>
        manifestRow(repository.id, {
          content: Buffer.alloc(at * 1000, 'x'),
          annotations: '{"a":"Łyska 🐦\\n"}',
        }),
      ),
    });
    for (let page = 0; page < 3; page++)
      await database.write(insert, {
        blobs: Array.from({ length: 900 }, () => {
          const of = digest();
          return {
            region_id: region.id,
            digest: of,
            storage_key: of,
            size: 2 ** 40,
            created_at: 1,
            touched_at: 1,
          };
        }),
      });
  };

  const fileOf = async (place: RowsPlace): Promise<Uint8Array[]> => {
    await using pinned = await pinRows({ place, scratch: folder.path, clock: systemClock });
    return await Array.fromAsync(pinned.bytes());
  };

  /** Of every table that is in a backup; the facts come last, by a write of their own. */
  const digestsOf = async ({ db }: Pick<Database, 'db'>, engine: RowsPlace['engine']) => {
    const tables = (await listTables(db, engine)).filter(
      ({ name }) => !(name in LEFT_OUT) && name !== 'installation',
    );
    return Object.fromEntries(
      await Promise.all(tables.map(async (table) => [table.name, await digestOfTable(db, table)])),
    );
  };

  const files = new Map<string, { bytes: Uint8Array[]; digests: Record<string, unknown> }>();
  before(async () => {
    for (const engine of ['sqlite', 'postgres']) {
      const place = await newPlace(engine);
      await using database = await open(place);
      await fillWithAll(database);
      files.set(engine, { bytes: await fileOf(place), digests: await digestsOf(database, place.engine) });
    }
  });

  const fileFrom = (engine: string) => {
    const file = files.get(engine);
    assert.ok(file);
    return file;
  };

  for (const from of ['sqlite', 'postgres'])
    for (const to of ['sqlite', 'postgres'])
      test(`every row of ${from} is in ${to}, and the place says that it is unfinished`, async () => {
        const { bytes, digests } = fileFrom(from);
        const place = await newPlace(to);
        assert.deepEqual(await judgeVacancy(place), { kind: 'empty' });
        const content = await inspectRows(chunksOf(bytes));
        assert.equal(content.signingKeys.length, 1);
        assert.ok(content.facts.some(({ name }) => name === 'generation'));
        refuseNewer(content.head);
        {
          await using filling = await openFilling(place, content.head.migrations, BEGUN);
          await fillRows(filling, chunksOf(bytes));
          await filling.migrateUp();
          await filling.settle();
          assert.deepEqual(await digestsOf(filling, place.engine), digests);
        }
        const vacancy = await judgeVacancy(place);
        assert.ok(vacancy.kind === 'unfinished' && vacancy.progress.filled);
      });

  /** An account in the columns that the first schema has. */
  const earlierAccount = (): AccountRow => {
    const { id, name, owner_iam_id, state, created_at } = accountRow();
    return { id, name, owner_iam_id, state, created_at } as AccountRow;
  };

  for (const to of ['sqlite', 'postgres'])
    test(`O10: rows of an earlier schema come to ${to} in that schema, and are then brought up to date`, async () => {
      const old = await newPlace('sqlite');
      assert.ok(old.engine === 'sqlite');
      const earlier = Object.keys(MIGRATIONS).filter((name) => name < '0065');
      {
        await using made = await openFilling(old, earlier, BEGUN);
        await made.write(insert, { accounts: [earlierAccount()], regions: [regionRow()] });
      }
      const bytes = await fileOf(old);
      const { head } = await inspectRows(chunksOf(bytes));
      assert.deepEqual(head.migrations, earlier);
      refuseNewer(head);
      const place = await newPlace(to);
      {
        await using filling = await openFilling(place, head.migrations, BEGUN);
        await fillRows(filling, chunksOf(bytes));
        assert.deepEqual([...(await executedMigrations(filling.db))].sort(), earlier);
        await filling.migrateUp();
        await filling.write(finishRestore, {
          facts: [{ name: 'fact', value: 'x' }],
          snapshot: 'x',
          at: 1,
          actor,
        });
        await filling.settle();
      }
      await using database = await open(place);
      assert.equal((await database.db.selectFrom('accounts').select('id').execute()).length, 1);
      const executed = await executedMigrations(database.db);
      assert.ok(Object.keys(MIGRATIONS).every((name) => executed.has(name)));
    });

  for (const to of ['sqlite', 'postgres'])
    test(`a filling of ${to} that stopped at any place goes on there`, async () => {
      const { bytes, digests } = fileFrom('sqlite');
      const place = await newPlace(to);
      const { head } = await inspectRows(chunksOf(bytes));
      for (let runs = 1; ; runs++) {
        await using filling = await openFilling(place, head.migrations, BEGUN);
        let left = runs === 1 ? 0 : 4;
        const stops: typeof filling = {
          ...filling,
          write: async (write, input) => {
            if (left-- === 0) throw new Error('killed');
            return filling.write(write, input);
          },
        };
        const outcome = await fillRows(stops, chunksOf(bytes)).catch((error: Error) => error.message);
        if (outcome === undefined) {
          assert.ok(runs > 5, `${runs} runs`);
          assert.deepEqual(await digestsOf(filling, place.engine), digests);
          break;
        }
        assert.equal(outcome, 'killed');
        assert.equal((await judgeVacancy(place)).kind, 'unfinished');
      }
    });

  for (const to of ['sqlite', 'postgres'])
    test(`${to}: a place that a server was started on is taken`, async () => {
      const place = await newPlace(to);
      await (await open(place))[Symbol.asyncDispose]();
      assert.equal((await judgeVacancy(place)).kind, 'taken');
    });

  test('a schema with tables of another program is taken', async () => {
    const place = await newPlace('postgres');
    assert.ok(place.engine === 'postgres');
    const { Client } = await import('pg');
    const client = new Client({ connectionString: place.url });
    await client.connect();
    await client.query('create table birds (id int)');
    await client.end();
    assert.deepEqual(await judgeVacancy(place), { kind: 'taken', by: 'tables of another program (birds)' });
  });

  test('O9: a file that is no database of ours is taken, and stays as it is', async () => {
    const file = join(folder.path, 'text.db');
    writeFileSync(file, 'not a database');
    assert.equal((await judgeVacancy({ engine: 'sqlite', file })).kind, 'taken');
  });

  test('O10: rows with a step that this program does not know are refused by its name', () => {
    const head = { engine: 'sqlite', leftOut: [], migrations: ['0001-initial', '9999-later'] } as const;
    assert.throws(() => refuseNewer(head), /newer version of this program \(schema 9999-later\)/);
  });
});

async function* chunksOf(chunks: readonly Uint8Array[]): AsyncGenerator<Uint8Array> {
  yield* chunks;
}
