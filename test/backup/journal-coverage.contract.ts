import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { sql } from 'kysely';
import { batchName, decodeBatch, decodeState, stateName } from '../../src/backup/journal/objects.ts';
import { batchesAfter, journalState, pruneJournal } from '../../src/backup/journal/reading.ts';
import { listTargets } from '../../src/backup/journal/rows.ts';
import { FolderTarget } from '../../src/backup/target/folder.ts';
import { readWhole } from '../../src/backup/target/target.ts';
import { RegistryError } from '../../src/errors.ts';
import { keyRow, namespaceRow, regionRow } from '../database/database-rows.ts';
import { insert } from '../database/database-writes.ts';
import { MINUTE } from '../support/clock.ts';
import { JournalWorld, type NewDatabase, rowsIn } from './journal-world.ts';
import { runSql } from './journal-writes.ts';
import { KEY, newJournal, newTarget } from './restored.ts';

/** A target whose journal has one batch: an API key was disabled. */
const oneBatch = async (newDatabase: NewDatabase) => {
  await using stack = new AsyncDisposableStack();
  const it = stack.use(await JournalWorld.start(newDatabase));
  const folder = await newTarget();
  const target = new FolderTarget(folder);
  const journal = stack.use(newJournal(it.database, it.clock));
  const position = await journal.begin(folder);
  await it.disable(it.keys[0].id);
  await journal.flush();
  const [only] = await batchesAfter(target, { position, at: 0 });
  assert.ok(only);
  const resources = stack.move();
  return { target, position, only, [Symbol.asyncDispose]: () => resources.disposeAsync() };
};

/** What can be told of a journal that lies in a target, on either engine. */
export const coverageContract = (
  engine: string,
  newDatabase: NewDatabase,
  { skip = false }: { skip?: string | false } = {},
): void => {
  suite(`what a journal covers on ${engine}`, { skip }, () => {
    test('a process that dies between writing a batch and noting it writes it again, under the same name', async () => {
      await using it = await JournalWorld.start(newDatabase);
      const { keys, database, clock } = it;
      const folder = await newTarget();
      await using journal = newJournal(database, clock);
      await journal.begin(folder);
      await it.disable(keys[0].id);
      await journal.flush();
      const before = await rowsIn(folder);
      const [row] = await listTargets(database.db);
      // as it was: the batch is in the target, and nothing says so
      await database.write(runSql, [
        `insert into journal_batches (number, previous, size, noted)
         values (${row?.delivered}, 0, 1, '[["api_keys","[\\"${keys[0].id}\\"]"]]')`,
        `update journal_targets set delivered = ${Number(row?.delivered) - 1}`,
      ]);
      await it.disable(keys[0].id, 0);
      await journal.flush();
      const after = await rowsIn(folder);
      assert.equal(before.length, 1);
      assert.deepEqual(
        after.map(({ row: state }) => state?.disabled),
        [0, 0],
        'the last batch that names a row has its last state',
      );
    });

    test('a journal covers a backup from its number on, without a gap, until a time after the newest backup', async () => {
      await using it = await JournalWorld.start(newDatabase);
      const { keys, database, clock } = it;
      const folder = await newTarget();
      const target = new FolderTarget(folder);
      await using journal = newJournal(database, clock);
      const none = await journalState(
        { target, key: KEY },
        { position: undefined, at: clock.now() },
        clock.now(),
      );
      assert.deepEqual([none.current, none.until], [false, undefined]);
      const position = await journal.begin(folder);
      const at = clock.now();
      const state = (newest = at, now = newest) =>
        journalState({ target, key: KEY }, { position, at }, newest, now);
      assert.equal((await state()).because, 'the target has no journal of this database');
      for (const { id } of keys) {
        clock.advance(MINUTE);
        await it.disable(id);
        await journal.flush();
      }
      assert.deepEqual(await state(), { current: true, until: clock.now(), because: undefined });
      const late = await state(clock.now() + 1);
      assert.deepEqual([late.current, late.until], [false, clock.now()]);
      assert.match(late.because ?? '', /before the newest backup/);
      // an installation that runs on renews it: what it does not tell for longer is not known
      assert.equal((await state(at, clock.now() + 2 * MINUTE)).current, true);
      const ended = await state(at, clock.now() + 3 * MINUTE);
      assert.deepEqual([ended.current, ended.until], [false, clock.now()]);
      assert.match(ended.because ?? '', /ends 3 minutes ago/);
      const [, second] = await batchesAfter(target, { position, at });
      assert.ok(second);
      await target.remove(batchName(second));
      const gap = await state();
      assert.deepEqual([gap.current, gap.until], [false, undefined]);
      assert.match(gap.because ?? '', /misses what is between its numbers/);
    });

    test('the last batch is missed, too, where it is gone from the target', async () => {
      await using it = await JournalWorld.start(newDatabase);
      const { keys, database, clock } = it;
      const folder = await newTarget();
      const target = new FolderTarget(folder);
      await using journal = newJournal(database, clock);
      const position = await journal.begin(folder);
      const at = clock.now();
      await it.disable(keys[0].id);
      await journal.flush();
      const [only] = await batchesAfter(target, { position, at });
      assert.ok(only);
      await target.remove(batchName(only));
      assert.equal((await journalState({ target, key: KEY }, { position, at }, at)).current, false);
    });

    test('batches that no backup needs are pruned, and what the others need stays', async () => {
      await using it = await JournalWorld.start(newDatabase);
      const { keys, database, clock } = it;
      const folder = await newTarget();
      const target = new FolderTarget(folder);
      await using journal = newJournal(database, clock);
      await journal.begin(folder);
      await it.disable(keys[0].id);
      await journal.flush();
      const position = await journal.begin(folder);
      const at = clock.now();
      await it.disable(keys[1].id);
      await journal.flush();
      assert.equal(await pruneJournal(target, undefined), 0);
      assert.equal(await pruneJournal(target, position), 1);
      assert.deepEqual(
        (await rowsIn(folder)).map(({ key }) => key),
        [[keys[1].id]],
      );
      assert.equal((await journalState({ target, key: KEY }, { position, at }, at)).current, true);
    });

    test('a byte that changed in a batch or a state is found', async () => {
      await using journalled = await oneBatch(newDatabase);
      const { target, position, only } = journalled;
      for (const name of [batchName(only), stateName(position.line)]) {
        const bytes = await readWhole(target, name, 1 << 20);
        for (let place = 0; place < bytes.length; place += 7) {
          const flipped = Buffer.from(bytes);
          flipped[place] = (flipped[place] ?? 0) ^ 4;
          const decode = name.endsWith('state') ? decodeState : decodeBatch;
          assert.throws(() => decode(name, flipped, KEY), RegistryError, `${name}, byte ${place}`);
        }
      }
    });

    test('a batch under another name, of another line or number, is not taken for it', async () => {
      await using journalled = await oneBatch(newDatabase);
      const { target, only } = journalled;
      const bytes = await readWhole(target, batchName(only), 1 << 20);
      for (const other of [
        { ...only, number: only.number + 1 },
        { ...only, line: `${only.line.slice(0, 15)}${'0'.repeat(16)}` },
      ])
        assert.throws(() => decodeBatch(batchName(other), bytes, KEY), /damaged/);
    });

    test('a namespace that is removed is no revocation; one that moves to another resource group is', async () => {
      await using it = await JournalWorld.start(newDatabase);
      const { account, database, clock } = it;
      const region = regionRow();
      const namespace = namespaceRow(account.id, region.id);
      await database.write(insert, { regions: [region], namespaces: [namespace] });
      await database.write(runSql, [`update namespaces set name = 'x' where id = '${namespace.id}'`]);
      assert.deepEqual(await it.noted(), []);
      await database.write(runSql, [
        `update namespaces set resource_group_id = 'g' where id = '${namespace.id}'`,
      ]);
      assert.deepEqual(await it.noted(), [`namespaces ["${namespace.id}"]`]);
      const folder = await newTarget();
      await using journal = newJournal(database, clock);
      await journal.begin(folder);
      await journal.flush();
      const [row] = await rowsIn(folder);
      assert.deepEqual(row?.row, { id: namespace.id, resource_group_id: 'g' });
      await database.write(runSql, [`delete from namespaces where id = '${namespace.id}'`]);
      assert.deepEqual(
        (await it.noted()).filter((each) => each.startsWith('namespaces')),
        [],
      );
    });

    test('two processes that ship at once leave every row’s last state, and no gap', async () => {
      await using it = await JournalWorld.start(newDatabase);
      const { account, database, clock } = it;
      const folder = await newTarget();
      const target = new FolderTarget(folder);
      await using other = await it.open();
      await using one = newJournal(database, clock);
      await using two = newJournal(other, clock);
      const position = await one.begin(folder);
      const at = clock.now();
      const keys = Array.from({ length: 40 }, () => keyRow(account.id));
      await database.write(insert, { api_keys: keys });
      let over = false;
      const shipping = [one, two].map(async (journal) => {
        while (!over) await journal.flush();
      });
      try {
        for (let round = 0; round < 3; round++)
          await Promise.all(keys.map(({ id }, index) => it.disable(id, (round + index) % 2)));
      } finally {
        over = true;
        await Promise.all(shipping);
      }
      await one.flush();
      const last = new Map((await rowsIn(folder)).map(({ key, row }) => [String(key[0]), row?.disabled]));
      const { rows } = await sql<{ id: string; disabled: number }>`select id, disabled from api_keys`.execute(
        database.db,
      );
      for (const { id, disabled } of rows) if (last.has(id)) assert.equal(last.get(id), disabled, id);
      assert.ok(keys.filter(({ id }) => last.has(id)).length >= 20);
      assert.equal((await journalState({ target, key: KEY }, { position, at }, at)).current, true);
    });
  });
};
