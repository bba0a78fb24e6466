import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { type Db, defineWrite, type Metadata, type Tx } from '../../src/metadata/database.ts';
import { PostgresMetadata } from '../../src/metadata/postgres.ts';
import { unique } from './metadata-rows.ts';
import { countUp, note } from './metadata-writes.ts';
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
  await tx.db
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
const workThrough = async (metadata: Metadata, disturb: () => Promise<void>): Promise<void> => {
  const counter = unique('count');
  const written: string[] = [];
  let over = false;
  const writers = Array.from({ length: 4 }, async () => {
    while (!over) {
      const name = unique('note');
      await metadata.write(note, { name, value: 'kept' });
      written.push(name);
    }
  });
  let counted = 0;
  const counters = Array.from({ length: 2 }, async () => {
    while (!over) {
      await metadata.write(countUp, counter);
      counted++;
    }
  });
  const readers = Array.from({ length: 4 }, async () => {
    while (!over) assert.equal(await noted(metadata.db, 'no such name'), undefined);
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
  assert.equal(await noted(metadata.db, counter), String(counted));
  const kept = await metadata.db
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
    await using metadata = await PostgresMetadata.open(url);
    await workThrough(metadata, async () => {
      for (let round = 0; round < 20; round++) {
        await cutConnections(url);
        await sleep(20);
      }
    });
  });

  test('a server restarted in the middle of writes and reads loses nothing and does nothing twice', async () => {
    await using metadata = await PostgresMetadata.open(await newDatabase(server()));
    const control = await ServerControl.of(server());
    await workThrough(metadata, async () => {
      await control.stop();
      await control.start();
    });
  });

  test('P5: a server that crashes in the middle of writes loses nothing acknowledged and does nothing twice', async () => {
    await using metadata = await PostgresMetadata.open(await newDatabase(server()));
    const control = await ServerControl.of(server());
    await workThrough(metadata, async () => {
      for (let round = 0; round < 2; round++) {
        await control.crash();
        await control.start();
      }
    });
  });

  test('a server that stays away is UNAVAILABLE, and found again when it is back', async () => {
    await using metadata = await PostgresMetadata.open(await newDatabase(server()), { retryMs: 300 });
    const control = await ServerControl.of(server());
    await control.stop();
    try {
      const name = unique('note');
      await assert.rejects(metadata.write(note, { name, value: '' }), unavailable);
      await assert.rejects(noted(metadata.db, name), unavailable);
      await assert.rejects(metadata.check(), unavailable);
    } finally {
      await control.start();
    }
    const name = unique('note');
    assert.equal(await metadata.write(note, { name, value: 'again' }), 'again');
    assert.equal(await noted(metadata.db, name), 'again');
    await metadata.check();
  });

  test('a server that is starting is waited for', async () => {
    const url = await newDatabase(server());
    const control = await ServerControl.of(server());
    await control.stop();
    const opening = PostgresMetadata.open(url);
    await control.start();
    await using metadata = await opening;
    await metadata.check();
  });

  test('a write whose COMMIT never arrived is done again, and so done once', async () => {
    await using proxy = await PostgresProxy.to(await newDatabase(server()));
    await using metadata = await PostgresMetadata.open(proxy.url);
    proxy.cut = 'before-commit';
    const [name, before] = [unique('note'), runs];
    const answer = await metadata.write(countRuns, name);
    assert.equal(proxy.cut, undefined);
    assert.equal(runs, before + 2);
    assert.equal(await noted(metadata.db, name), String(answer));
  });

  test('a write that was committed and not answered is found to be done, and not done again', async () => {
    await using proxy = await PostgresProxy.to(await newDatabase(server()));
    await using metadata = await PostgresMetadata.open(proxy.url);
    proxy.cut = 'after-commit';
    const [name, before] = [unique('note'), runs];
    const answer = await metadata.write(countRuns, name);
    assert.equal(proxy.cut, undefined);
    assert.equal(runs, before + 1);
    assert.equal(await noted(metadata.db, name), String(answer));
  });

  test('a write whose COMMIT is still on its way is waited for, and not done again', async () => {
    const url = await newDatabase(server());
    await using proxy = await PostgresProxy.to(url);
    await using metadata = await PostgresMetadata.open(proxy.url);
    proxy.cut = 'during-commit';
    const [name, before] = [unique('note'), runs];
    const writing = metadata.write(countRuns, name);
    await until(() => proxy.isWithholding, 'COMMIT was sent');
    await until(() => wasAskedAbout(url), 'the program asked what became of it');
    proxy.release();
    const answer = await writing;
    assert.equal(runs, before + 1);
    assert.equal(await noted(metadata.db, name), String(answer));
  });

  test('a write whose fate cannot be learnt is UNAVAILABLE, and its text says to look', async () => {
    await using proxy = await PostgresProxy.to(await newDatabase(server()));
    await using metadata = await PostgresMetadata.open(proxy.url, { retryMs: 300 });
    proxy.cut = 'during-commit';
    const before = runs;
    await assert.rejects(metadata.write(countRuns, unique('note')), {
      ...unavailable,
      message: /look before/,
    });
    assert.equal(runs, before + 1);
    proxy.release();
  });
});
