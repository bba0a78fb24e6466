import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { type Database, type Db, defineWrite, type Tx } from '../../src/database/database.ts';
import { PostgresDatabase } from '../../src/database/postgres.ts';
import { unique } from './database-rows.ts';
import { countUp, note } from './database-writes.ts';
import { PostgresProxy } from './postgres-proxy.ts';
import {
  cutConnections,
  newDatabase,
  ServerControl,
  Session,
  serverForTests,
  skip,
  until,
} from './postgres-server.ts';

const unavailable = { code: 'UNAVAILABLE' };

const noted = async (db: Db, name: string): Promise<string | undefined> =>
  (await db.selectFrom('installation').select('value').where('name', '=', name).executeTakeFirst())?.value;

let runs = 0;
const countRuns = defineWrite('test.count-runs', async (tx: Tx, name: string): Promise<number> => {
  runs++;
  await tx.uncached
    .insertInto('installation')
    .values({ name, value: String(runs) })
    .execute();
  return runs;
});

const wasAskedAbout = async (url: string): Promise<boolean> => {
  await using session = await Session.open(url);
  const asked = await session.rows(
    `select from pg_stat_activity where datname = current_database() and pid <> pg_backend_pid()
     and query like '%pg_xact_status%'`,
  );
  return asked.length > 0;
};

/** Writes and reads without a pause while `disturb` runs; every one of them must succeed, exactly once. */
const workThrough = async (database: Database, disturb: () => Promise<void>): Promise<void> => {
  const counter = unique('count');
  const written: string[] = [];
  let over = false;
  const writers = Array.from({ length: 4 }, async () => {
    while (!over) {
      const name = unique('note');
      await database.write(note, { name, value: 'kept' });
      written.push(name);
    }
  });
  let counted = 0;
  const counters = Array.from({ length: 2 }, async () => {
    while (!over) {
      await database.write(countUp, counter);
      counted++;
    }
  });
  const readers = Array.from({ length: 4 }, async () => {
    while (!over) assert.equal(await noted(database.db, 'no such name'), undefined);
  });
  const work = Promise.all([...writers, ...counters, ...readers]);
  try {
    await Promise.race([work, until(() => counted > 5, 'something was written')]);
    await Promise.race([work, disturb()]);
    const then = counted;
    await Promise.race([work, until(() => counted > then + 5, 'it writes again')]);
  } finally {
    over = true;
  }
  await work;
  assert.equal(await noted(database.db, counter), String(counted));
  const kept = await database.db
    .selectFrom('installation')
    .select('name')
    .where('value', '=', 'kept')
    .execute();
  assert.deepEqual(kept.map(({ name }) => name).sort(), written.sort());
};

suite('PostgreSQL fails', { skip }, () => {
  const server = serverForTests();

  test('connections cut in the middle of writes and reads lose nothing and do nothing twice', async () => {
    const url = await newDatabase(server());
    await using database = await PostgresDatabase.open(url);
    await workThrough(database, async () => {
      for (let round = 0; round < 20; round++) {
        await cutConnections(url);
        await sleep(20);
      }
    });
  });

  test('a server restarted in the middle of writes and reads loses nothing and does nothing twice', async () => {
    await using database = await PostgresDatabase.open(await newDatabase(server()));
    const control = await ServerControl.of(server());
    await workThrough(database, async () => {
      await control.stop();
      await control.start();
    });
  });

  test('P5: a server that crashes in the middle of writes loses nothing acknowledged and does nothing twice', async () => {
    await using database = await PostgresDatabase.open(await newDatabase(server()));
    const control = await ServerControl.of(server());
    await workThrough(database, async () => {
      for (let round = 0; round < 2; round++) {
        await control.crash();
        await control.start();
      }
    });
  });

  test('a server that stays away is UNAVAILABLE, and found again when it is back', async () => {
    await using database = await PostgresDatabase.open(await newDatabase(server()), { retryMs: 300 });
    const control = await ServerControl.of(server());
    await control.stop();
    try {
      const name = unique('note');
      await assert.rejects(database.write(note, { name, value: '' }), unavailable);
      await assert.rejects(noted(database.db, name), unavailable);
      await assert.rejects(database.check(), unavailable);
    } finally {
      await control.start();
    }
    const name = unique('note');
    assert.equal(await database.write(note, { name, value: 'again' }), 'again');
    assert.equal(await noted(database.db, name), 'again');
    await database.check();
  });

  test('a server that is starting is waited for', async () => {
    const url = await newDatabase(server());
    const control = await ServerControl.of(server());
    await control.stop();
    const opening = PostgresDatabase.open(url);
    await control.start();
    await using database = await opening;
    await database.check();
  });

  test('a write whose COMMIT never arrived is done again, and so done once', async () => {
    await using proxy = await PostgresProxy.to(await newDatabase(server()));
    await using database = await PostgresDatabase.open(proxy.url);
    proxy.cut = 'before-commit';
    const [name, before] = [unique('note'), runs];
    const answer = await database.write(countRuns, name);
    assert.equal(proxy.cut, undefined);
    assert.equal(runs, before + 2);
    assert.equal(await noted(database.db, name), String(answer));
  });

  test('a write that was committed and not answered is found to be done, and not done again', async () => {
    await using proxy = await PostgresProxy.to(await newDatabase(server()));
    await using database = await PostgresDatabase.open(proxy.url);
    proxy.cut = 'after-commit';
    const [name, before] = [unique('note'), runs];
    const answer = await database.write(countRuns, name);
    assert.equal(proxy.cut, undefined);
    assert.equal(runs, before + 1);
    assert.equal(await noted(database.db, name), String(answer));
  });

  test('a write whose COMMIT is still on its way is waited for, and not done again', async () => {
    const url = await newDatabase(server());
    await using proxy = await PostgresProxy.to(url);
    await using database = await PostgresDatabase.open(proxy.url);
    proxy.cut = 'during-commit';
    const [name, before] = [unique('note'), runs];
    const writing = database.write(countRuns, name);
    await until(() => proxy.isWithholding, 'COMMIT was sent');
    await until(() => wasAskedAbout(url), 'the program asked what became of it');
    proxy.release();
    const answer = await writing;
    assert.equal(runs, before + 1);
    assert.equal(await noted(database.db, name), String(answer));
  });

  test('a write whose fate cannot be learnt is UNAVAILABLE, and its text says to look', async () => {
    await using proxy = await PostgresProxy.to(await newDatabase(server()));
    await using database = await PostgresDatabase.open(proxy.url, { retryMs: 300 });
    proxy.cut = 'during-commit';
    const before = runs;
    await assert.rejects(database.write(countRuns, unique('note')), {
      ...unavailable,
      message: /look before/,
    });
    assert.equal(runs, before + 1);
    proxy.release();
  });
});
