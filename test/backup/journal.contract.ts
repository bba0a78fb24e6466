import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { decodeState, stateName } from '../../src/backup/journal/objects.ts';
import { journalState } from '../../src/backup/journal/reading.ts';
import { journalPosition } from '../../src/backup/journal/replay.ts';
import { listTargets, someNotes } from '../../src/backup/journal/rows.ts';
import { FolderTarget } from '../../src/backup/target/folder.ts';
import { readWhole } from '../../src/backup/target/target.ts';
import { Metrics } from '../../src/observe/metrics.ts';
import { keyRow, regionRow, registryTokenRow, signingKeyRow } from '../database/database-rows.ts';
import { insert } from '../database/database-writes.ts';
import { DAY, MINUTE } from '../support/clock.ts';
import { JournalWorld, type NewDatabase, rowsIn, Unreliable } from './journal-world.ts';
import { runSql } from './journal-writes.ts';
import { KEY, newJournal, newTarget } from './restored.ts';

const SECOND = 1000;

const gauge = async (metrics: Metrics, name: string): Promise<number | undefined> =>
  (await metrics.registry.getSingleMetric(name)?.get())?.values[0]?.value;

/** What is promised of the journal of revocations, on either engine. */
export const journalContract = (
  engine: string,
  newDatabase: NewDatabase,
  { skip = false }: { skip?: string | false } = {},
): void => {
  suite(`the journal of revocations on ${engine}`, { skip }, () => {
    test('rows that go, and columns that rights hang on, are noted; last use, descriptions and the same value again are not', async () => {
      await using it = await JournalWorld.start(newDatabase);
      const { account, keys, database } = it;
      const [one, two] = keys;
      await database.write(runSql, [
        `update api_keys set last_authn_at = 7, authn_count = 8 where id = '${one.id}'`,
        `update api_keys set name = 'other', description = 'x', modified_at = 9 where id = '${one.id}'`,
        `update api_keys set secret_used_at = 7, secret_used_from = 'x', previous_used_at = 7 where id = '${one.id}'`,
        `update api_keys set disabled = disabled, locked = 0 where id = '${one.id}'`,
        `update accounts set name = 'other' where id = '${account.id}'`,
      ]);
      assert.deepEqual(await it.noted(), []);
      await it.disable(one.id);
      await database.write(runSql, [`delete from api_keys where id = '${two.id}'`]);
      assert.deepEqual(await it.noted(), [`api_keys ["${one.id}"]`, `api_keys ["${two.id}"]`]);
    });

    test('what goes with another row is noted by itself: the keys, tokens and memberships of an account', async () => {
      await using it = await JournalWorld.start(newDatabase);
      const { account, user, keys, database } = it;
      const region = regionRow();
      const signing = signingKeyRow('registry-token');
      await database.write(insert, {
        regions: [region],
        signing_keys: [signing],
        registry_tokens: [registryTokenRow(account, region, signing)],
      });
      await database.write(runSql, [`delete from accounts where id = '${account.id}'`]);
      const found = await it.noted();
      for (const { id } of keys) assert.ok(found.includes(`api_keys ["${id}"]`));
      assert.ok(found.includes(`accounts ["${account.id}"]`));
      assert.ok(found.includes(`memberships ["${account.id}","${user.iam_id}"]`));
      assert.equal(found.filter((each) => each.startsWith('registry_tokens')).length, 1);
    });

    test('a settings row is noted when it is added; a key, which grants, is not', async () => {
      await using it = await JournalWorld.start(newDatabase);
      const { account, database } = it;
      await database.write(runSql, [
        `insert into account_settings values ('${account.id}', 'identity', '{}', '1-0', 1, 'x')`,
      ]);
      await database.write(insert, { api_keys: [keyRow(account.id)] });
      assert.deepEqual(await it.noted(), [`account_settings ["${account.id}","identity"]`]);
    });

    test('a transaction that fails notes nothing', async () => {
      await using it = await JournalWorld.start(newDatabase);
      const { keys, database } = it;
      await assert.rejects(
        database.write(runSql, [`delete from api_keys where id = '${keys[0].id}'`, 'delete from nothing']),
      );
      assert.deepEqual(await it.noted(), []);
    });

    test('without a target notes are dropped, and nothing piles up', async () => {
      await using it = await JournalWorld.start(newDatabase);
      const { keys, database, clock } = it;
      await using journal = newJournal(database, clock);
      for (const { id } of keys) await it.disable(id);
      await journal.flush();
      assert.deepEqual(await someNotes(database.db, 10), []);
      assert.equal(await journalPosition(database.db), undefined);
    });

    test('a batch has each row once, with the state it has when it is written, and goes when every target has it', async () => {
      await using it = await JournalWorld.start(newDatabase);
      const { keys, database, clock } = it;
      const folders = [await newTarget(), await newTarget()] as const;
      await using journal = newJournal(database, clock);
      for (const folder of folders) await journal.begin(folder);
      await it.disable(keys[0].id);
      await it.disable(keys[0].id, 0);
      await it.disable(keys[0].id);
      await database.write(runSql, [`delete from api_keys where id = '${keys[1].id}'`]);
      await journal.flush();
      for (const folder of folders) {
        const [first, second, ...more] = await rowsIn(folder);
        assert.deepEqual(more, []);
        assert.deepEqual([first?.key, first?.row?.disabled], [[keys[0].id], 1]);
        assert.deepEqual([second?.key, second?.row], [[keys[1].id], null]);
        assert.equal(first?.row?.secret_hash, keys[0].secret_hash, 'a hash, as in the rows');
        assert.ok(!('name' in (first?.row ?? {})));
      }
      const batches = await database.db.selectFrom('journal_batches').selectAll().execute();
      assert.deepEqual(batches, []);
    });

    test('the job ships what was revoked without being asked', async () => {
      await using it = await JournalWorld.start(newDatabase);
      const { keys, database, clock } = it;
      const folder = await newTarget();
      await using journal = newJournal(database, clock);
      await journal.begin(folder);
      await it.disable(keys[0].id);
      await journal.job.run(new AbortController().signal);
      for (let tries = 0; tries < 500 && (await rowsIn(folder)).length === 0; tries++)
        await new Promise((resolve) => setTimeout(resolve, 20));
      assert.equal((await rowsIn(folder)).length, 1);
    });

    test('while nothing is revoked, the state says every 20 s until when the journal is complete', async () => {
      await using it = await JournalWorld.start(newDatabase);
      const { database, clock } = it;
      const folder = await newTarget();
      await using journal = newJournal(database, clock);
      const { line } = await journal.begin(folder);
      const target = new FolderTarget(folder);
      const at = async () =>
        decodeState(stateName(line), await readWhole(target, stateName(line), 4096), KEY).at;
      await journal.flush();
      const begun = await at();
      assert.equal(begun, clock.now());
      for (let second = 0; second < 60; second++) {
        clock.advance(SECOND);
        await journal.job.run(new AbortController().signal);
      }
      // the job does not wait for targets
      for (let tries = 0; tries < 500 && (await at()) < begun + 20 * SECOND; tries++) {
        await new Promise((resolve) => setTimeout(resolve, 20));
        await journal.job.run(new AbortController().signal);
      }
      assert.ok((await at()) >= begun + 20 * SECOND);
    });

    test('a target that cannot be reached slows no other, and gets everything in order once it can', async () => {
      await using it = await JournalWorld.start(newDatabase);
      const { keys, database, clock } = it;
      const [good, bad] = [await newTarget(), await newTarget()];
      const unreliable = new Unreliable(bad);
      const metrics = new Metrics();
      await using journal = newJournal(database, clock, { open: unreliable.open, metrics });
      for (const folder of [good, bad]) await journal.begin(folder);
      await journal.flush();
      unreliable.works = false;
      for (const { id } of keys) {
        await it.disable(id);
        await journal.flush();
        clock.advance(MINUTE);
      }
      assert.equal((await rowsIn(good)).length, 3);
      assert.equal((await rowsIn(bad)).length, 0);
      await journal.job.run(new AbortController().signal);
      assert.ok(Number(await gauge(metrics, 'tidegate_backup_journal_lag_seconds')) >= 180);
      assert.equal(await gauge(metrics, 'tidegate_backup_journal_waiting'), 3);
      unreliable.works = true;
      unreliable.written.length = 0;
      await journal.flush();
      const numbers = unreliable.written.filter((name) => !name.endsWith('state'));
      assert.deepEqual(numbers, [...numbers].sort());
      assert.deepEqual(
        (await rowsIn(bad)).map(({ key }) => key),
        (await rowsIn(good)).map(({ key }) => key),
      );
    });

    test('a target that stands still holds up neither the others nor the job', async () => {
      await using it = await JournalWorld.start(newDatabase);
      const { keys, database, clock } = it;
      const [good, bad] = [await newTarget(), await newTarget()];
      const unreliable = new Unreliable(bad);
      await using journal = newJournal(database, clock, { open: unreliable.open });
      for (const folder of [good, bad]) await journal.begin(folder);
      let release = (): void => undefined;
      unreliable.stalled = new Promise((resolve) => {
        release = resolve;
      });
      try {
        for (const { id } of keys) {
          await it.disable(id);
          await journal.job.run(new AbortController().signal);
          clock.advance(SECOND);
        }
        for (let tries = 0; tries < 500 && (await rowsIn(good)).length < 3; tries++) {
          await journal.job.run(new AbortController().signal);
          await new Promise((resolve) => setTimeout(resolve, 20));
        }
        assert.equal((await rowsIn(good)).length, 3);
      } finally {
        release();
      }
    });

    test('a target that could not be written for a day is given up, until the next backup there', async () => {
      await using it = await JournalWorld.start(newDatabase);
      const { keys, database, clock } = it;
      const folder = await newTarget();
      const unreliable = new Unreliable(folder);
      const metrics = new Metrics();
      const logged: string[] = [];
      await using journal = newJournal(database, clock, { open: unreliable.open, metrics, logged });
      await journal.begin(folder);
      unreliable.works = false;
      await it.disable(keys[0].id);
      await journal.flush();
      // of a backup that was made while it failed
      const position = await journal.begin(folder);
      clock.advance(DAY + SECOND);
      await journal.flush();
      const [row] = await listTargets(database.db);
      assert.equal(row?.broken_at, clock.now());
      assert.match(logged.join(''), /gives this backup target up/);
      await it.disable(keys[1].id);
      await journal.flush();
      assert.equal(await gauge(metrics, 'tidegate_backup_journal_broken_targets'), 1);
      assert.deepEqual(await database.db.selectFrom('journal_batches').selectAll().execute(), []);
      unreliable.works = true;
      const again = await journal.begin(folder);
      await journal.flush();
      const target = new FolderTarget(folder);
      const at = clock.now();
      const old = await journalState({ target, key: KEY }, { position, at: at - 2 * DAY }, at);
      assert.deepEqual([old.current, old.because], [false, 'the journal began after the backup']);
      assert.equal((await journalState({ target, key: KEY }, { position: again, at }, at)).current, true);
    });

    test('what waits is bounded: beyond 100,000 rows the target that is behind is given up', async () => {
      await using it = await JournalWorld.start(newDatabase);
      const { database, clock } = it;
      const folder = await newTarget();
      const unreliable = new Unreliable(folder);
      await using journal = newJournal(database, clock, { open: unreliable.open });
      await journal.begin(folder);
      unreliable.works = false;
      await database.write(runSql, [
        `insert into journal_batches (number, previous, size, noted) values (2, 0, 100001, '[]')`,
        'update journal_line set number = 2, last_batch = 2',
      ]);
      await journal.flush();
      assert.notEqual((await listTargets(database.db))[0]?.broken_at, null);
      assert.deepEqual(await database.db.selectFrom('journal_batches').selectAll().execute(), []);
    });

    test('the journal goes to the places of the last four backups, and to the one of the settings always', async () => {
      await using it = await JournalWorld.start(newDatabase);
      const { database, clock } = it;
      const always = await newTarget();
      await using journal = newJournal(database, clock, { always });
      await journal.begin(always);
      const folders: string[] = [];
      for (let count = 0; count < 6; count++) {
        clock.advance(MINUTE);
        folders.push(await newTarget());
        await journal.begin(folders[count] ?? '');
      }
      const known = (await listTargets(database.db)).map(({ location }) => location);
      assert.deepEqual(known.sort(), [always, ...folders.slice(2)].sort());
    });

    test('the place of the settings is taken up when it has a backup, which a command may have made', async () => {
      await using it = await JournalWorld.start(newDatabase);
      const { database, clock } = it;
      const always = await newTarget();
      await using journal = newJournal(database, clock, { always });
      await journal.flush();
      assert.deepEqual(
        (await listTargets(database.db)).map(({ location }) => location),
        [always],
      );
      await using stranger = newJournal(database, clock, {
        always: `${await newTarget()}-none`,
      });
      await stranger.flush();
      assert.equal((await listTargets(database.db)).length, 1, 'a place without a backup is none');
    });
  });
};
