import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { ANY, CHANGE_KINDS } from '../../src/database/database.ts';
import { LiveCache } from '../../src/database/live-cache.ts';
import { PostgresDatabase } from '../../src/database/postgres.ts';
import { MovableClock } from '../support/clock.ts';
import { unique } from './database-rows.ts';
import { note } from './database-writes.ts';
import { PostgresProxy } from './postgres-proxy.ts';
import {
  cutConnections,
  listenTo,
  newDatabaseWithSchema,
  Session,
  serverForTests,
  skip,
  until,
} from './postgres-server.ts';

/** What a feed tells that may have missed something. */
const EVERYTHING = CHANGE_KINDS.map((kind) => `${kind} ${ANY}`);

/** Writes something that changes the tag `id`. */
const changeTag = (database: PostgresDatabase, id: string): Promise<string> =>
  database.write(note, { name: unique('note'), value: '', changes: [{ kind: 'tag', id }] });

const insertChange = `insert into changes (write_id, entities) values (gen_random_uuid(), $1)`;

suite('the change feed between replicas', { skip }, () => {
  const server = serverForTests();

  test('what one replica changes, the other is told', async () => {
    const url = await newDatabaseWithSchema(server());
    await using a = await PostgresDatabase.open(url);
    await using b = await PostgresDatabase.open(url);
    const [toldA, toldB] = [listenTo(a), listenTo(b)];
    await changeTag(a, 'made by a');
    await changeTag(b, 'made by b');
    await until(() => toldB.includes('tag made by a'), 'b is told');
    await until(() => toldA.includes('tag made by b'), 'a is told');
  });

  test('many changes of many writers all arrive', async () => {
    const url = await newDatabaseWithSchema(server());
    await using a = await PostgresDatabase.open(url);
    await using b = await PostgresDatabase.open(url);
    await using c = await PostgresDatabase.open(url);
    const told = new Set<string>();
    c.onChange((changes) => {
      for (const { id } of changes) told.add(id);
    });
    const ids = Array.from({ length: 400 }, (_, index) => `tag ${index}`);
    await Promise.all(ids.map((id, index) => changeTag(index % 2 === 0 ? a : b, id)));
    await until(() => ids.every((id) => told.has(id)), 'every change is told');
  });

  test('a transaction that began first and was committed last is told too', async () => {
    const url = await newDatabaseWithSchema(server());
    await using a = await PostgresDatabase.open(url);
    await using b = await PostgresDatabase.open(url);
    const told = listenTo(b);
    await using late = await Session.open(url);
    await late.rows('begin');
    await late.rows(insertChange, ['[["tag","late"]]']);
    await changeTag(a, 'early');
    await until(() => told.includes('tag early'), 'the later transaction is told');
    await changeTag(a, 'again');
    await until(() => told.includes('tag again'), 'the feed read once more');
    assert.ok(!told.includes('tag late'));
    await late.rows('commit');
    await until(() => told.includes('tag late'), 'the late transaction is told');
    assert.deepEqual(
      told.filter((each) => !EVERYTHING.includes(each)),
      ['tag early', 'tag again', 'tag late'],
    );
  });

  test('what was rolled back is never told', async () => {
    const url = await newDatabaseWithSchema(server());
    await using a = await PostgresDatabase.open(url);
    await using b = await PostgresDatabase.open(url);
    const told = listenTo(b);
    await using session = await Session.open(url);
    await session.rows('begin');
    await session.rows(insertChange, ['[["tag","undone"]]']);
    await session.rows('rollback');
    await changeTag(a, 'done');
    await until(() => told.includes('tag done'), 'the feed has read');
    assert.ok(!told.includes('tag undone'));
  });

  test('a replica that starts is not told what was changed before it', async () => {
    const url = await newDatabaseWithSchema(server());
    await using a = await PostgresDatabase.open(url);
    await changeTag(a, 'before');
    await using b = await PostgresDatabase.open(url);
    const told = listenTo(b);
    await changeTag(a, 'after');
    await until(() => told.includes('tag after'), 'b is told');
    assert.deepEqual(told, ['tag after']);
  });

  test('a change wakes the other replicas, so that they need not wait for their turn', async () => {
    const url = await newDatabaseWithSchema(server());
    await using a = await PostgresDatabase.open(url);
    await using session = await Session.open(url);
    let woken = 0;
    session.client.on('notification', () => woken++);
    await session.rows('listen tidegate_changes');
    await changeTag(a, 'x');
    await until(() => woken > 0, 'a notification comes');
  });

  test('P1: 700 ms after its last read began a feed is not fresh, and the next read makes it so', async () => {
    const clock = new MovableClock();
    await using database = await PostgresDatabase.open(await newDatabaseWithSchema(server()), { clock });
    clock.advance(700);
    assert.equal(database.fresh(), true);
    clock.advance(1);
    assert.equal(database.fresh(), false);
    await until(() => database.fresh(), 'it has read again');
  });

  test('P1: while a feed is cut it is not fresh; when it reads again it tells that anything may have changed', async () => {
    const url = await newDatabaseWithSchema(server());
    const clock = new MovableClock();
    await using proxy = await PostgresProxy.to(url);
    await using a = await PostgresDatabase.open(url);
    await using b = await PostgresDatabase.open(proxy.url, { clock });
    const told = listenTo(b);
    proxy.part();
    await until(() => proxy.refused > 0, 'the feed tries to come back');
    clock.advance(701);
    await changeTag(a, 'missed');
    const tries = proxy.refused;
    await until(() => proxy.refused > tries + 2, 'the feed has tried again');
    assert.equal(b.fresh(), false);
    proxy.rejoin();
    await until(() => b.fresh(), 'it reads again');
    assert.deepEqual(told, EVERYTHING);
    await changeTag(a, 'after');
    await until(() => told.includes('tag after'), 'and tells single changes as before');
  });

  test('a feed whose connection the server ends comes back by itself', async () => {
    const url = await newDatabaseWithSchema(server());
    await using a = await PostgresDatabase.open(url);
    await using b = await PostgresDatabase.open(url);
    const told = listenTo(b);
    await cutConnections(url);
    await until(() => EVERYTHING.every((each) => told.includes(each)), 'b has connected again');
    await changeTag(a, 'after');
    await until(() => told.includes('tag after'), 'b is told again');
  });

  test('P1: what is cached here is forgotten when it changes there, and while the feed was cut', async () => {
    const url = await newDatabaseWithSchema(server());
    await using proxy = await PostgresProxy.to(url);
    await using a = await PostgresDatabase.open(url);
    await using b = await PostgresDatabase.open(proxy.url);
    const cache = new LiveCache<{ value: number }>(b, ['api-key'], 100);
    let value = 1;
    const cached = async () => (await cache.get('key', async () => ({ value })))?.value;
    const change = () =>
      a.write(note, { name: unique('note'), value: '', changes: [{ kind: 'api-key', id: 'key' }] });
    assert.equal(await cached(), 1);
    value = 2;
    assert.equal(await cached(), 1);
    await change();
    await until(async () => (await cached()) === 2, 'the change is seen');
    proxy.part();
    value = 3;
    await change();
    proxy.rejoin();
    await until(async () => (await cached()) === 3, 'the change during the cut is seen');
  });

  test('old changes are purged; a replica that slept through it forgets all it holds', async () => {
    const url = await newDatabaseWithSchema(server());
    await using a = await PostgresDatabase.open(url);
    await using session = await Session.open(url);
    const count = async () =>
      (await session.rows<{ count: string }>('select count(*) from changes'))[0]?.count;
    const told = listenTo(a);
    const hasRead = (tag: string) =>
      until(() => told.filter((each) => each === `tag ${tag}`).length > 1, `the feed has read ${tag}`);
    for (const tag of ['1', '2', '3']) await changeTag(a, tag);
    assert.equal(await a.purgeChanges(), 0);
    await session.rows(`update changes set at = at - 11 * 60000`);
    await changeTag(a, '4');
    await hasRead('4');
    assert.equal(await a.purgeChanges(), 3);
    assert.equal(await count(), '1');
    await changeTag(a, '5');
    await hasRead('5');
    assert.ok(!told.includes(`tag ${ANY}`), 'a replica that is awake misses nothing');
    await session.rows(`update installation set value = '1000000000' where name = 'changes.purged'`);
    await until(() => told.includes(`tag ${ANY}`), 'the replica finds that it is behind');
  });

  test('the purge leaves what an open transaction may still commit', async () => {
    const url = await newDatabaseWithSchema(server());
    await using a = await PostgresDatabase.open(url);
    await using b = await PostgresDatabase.open(url);
    const told = listenTo(b);
    await using late = await Session.open(url);
    await late.rows('begin');
    await late.rows(insertChange, ['[["tag","late"]]']);
    await changeTag(a, 'early');
    await using session = await Session.open(url);
    await session.rows(`update changes set at = at - 11 * 60000`);
    assert.equal(await a.purgeChanges(), 0);
    await late.rows('commit');
    await until(() => told.includes('tag late'), 'the late transaction is told');
  });
});
