import assert from 'node:assert/strict';
import { after, before, suite, test } from 'node:test';
import { sql } from 'kysely';
import { batchName, decodeBatch, decodeState, stateName } from '../../src/backup/journal/objects.ts';
import { batchesAfter, journalState, pruneJournal, readBatch } from '../../src/backup/journal/reading.ts';
import { journalPosition } from '../../src/backup/journal/replay.ts';
import { listTargets, someNotes } from '../../src/backup/journal/rows.ts';
import { FolderTarget } from '../../src/backup/target/folder.ts';
import { type BackupTarget, readWhole } from '../../src/backup/target/target.ts';
import type { Database } from '../../src/database/database.ts';
import { RegistryError } from '../../src/errors.ts';
import { Metrics } from '../../src/observe/metrics.ts';
import {
  accountRow,
  keyRow,
  membershipRow,
  namespaceRow,
  regionRow,
  registryTokenRow,
  signingKeyRow,
  userRow,
} from '../database/database-rows.ts';
import { insert } from '../database/database-writes.ts';
import { DAY, MINUTE, MovableClock } from '../support/clock.ts';
import { runSql } from './journal-writes.ts';
import { newJournal, newTarget } from './restored.ts';

/** A database of its own; the answer opens it, again and again. */
export type NewDatabase = () => Promise<() => Promise<Database>>;

const SECOND = 1000;

/** A target that fails while it is told to. */
class Unreliable {
  readonly folder: string;
  works = true;
  /** While it is set, a write waits. */
  stalled: Promise<void> | undefined;
  readonly written: string[] = [];

  constructor(folder: string) {
    this.folder = folder;
  }

  readonly open = async (location: string) => {
    const folder = new FolderTarget(location);
    if (location !== this.folder) return opened(folder);
    const target: BackupTarget = {
      name: folder.name,
      put: async (name, bytes, options) => {
        await this.stalled;
        if (!this.works) throw new RegistryError('UNAVAILABLE', { message: 'the target does not work' });
        await folder.put(name, bytes, options);
        this.written.push(name);
      },
      get: (name, signal) => folder.get(name, signal),
      stat: (name) => folder.stat(name),
      list: (prefix) => folder.list(prefix),
      remove: (name) => folder.remove(name),
      [Symbol.asyncDispose]: () => folder[Symbol.asyncDispose](),
    };
    return opened(target);
  };
}

const opened = (target: BackupTarget) => ({
  target,
  installation: '',
  sealedTo: undefined,
  opens: true,
  [Symbol.asyncDispose]: () => target[Symbol.asyncDispose](),
});

const gauge = async (metrics: Metrics, name: string): Promise<number | undefined> =>
  (await metrics.registry.getSingleMetric(name)?.get())?.values[0]?.value;

/** What is promised of the journal of revocations, on either engine. */
export const journalContract = (
  engine: string,
  newDatabase: NewDatabase,
  { skip = false }: { skip?: string | false } = {},
): void => {
  suite(`the journal of revocations on ${engine}`, { skip }, () => {
    let open: () => Promise<Database>;
    let database: Database;
    let clock: MovableClock;
    before(async () => {
      open = await newDatabase();
    });
    after(async () => database?.[Symbol.asyncDispose]());

    /** One account with a user and keys; a journal that goes to a folder, where one is wanted. */
    const world = async () => {
      await database?.[Symbol.asyncDispose]();
      open = await newDatabase();
      database = await open();
      clock = new MovableClock();
      const account = accountRow();
      const user = userRow();
      await database.write(insert, {
        accounts: [account],
        users: [user],
        memberships: [membershipRow(account, user)],
      });
      const keys = [keyRow(account.id), keyRow(account.id), keyRow(account.id)] as const;
      await database.write(insert, { api_keys: keys });
      return { account, user, keys };
    };
    const noted = async (): Promise<string[]> => {
      const rows = await database.db.selectFrom('journal_notes').selectAll().orderBy('id').execute();
      return rows.map(({ table_name, row_key }) => `${table_name} ${JSON.stringify(JSON.parse(row_key))}`);
    };
    const disable = (id: string, disabled = 1) =>
      database.write(runSql, [`update api_keys set disabled = ${disabled} where id = '${id}'`]);
    const rowsIn = async (folder: string) => {
      const target = new FolderTarget(folder);
      const found = await batchesAfter(target, { position: undefined, at: 0 });
      return (await Promise.all(found.map((each) => readBatch(target, each)))).flatMap(({ rows }) => rows);
    };

    test('rows that go, and columns that rights hang on, are noted; last use, descriptions and the same value again are not', async () => {
      const { account, keys } = await world();
      const [one, two] = keys;
      await database.write(runSql, [
        `update api_keys set last_authn_at = 7, authn_count = 8 where id = '${one.id}'`,
        `update api_keys set name = 'other', description = 'x', modified_at = 9 where id = '${one.id}'`,
        `update api_keys set secret_used_at = 7, secret_used_from = 'x', previous_used_at = 7 where id = '${one.id}'`,
        `update api_keys set disabled = disabled, locked = 0 where id = '${one.id}'`,
        `update accounts set name = 'other' where id = '${account.id}'`,
      ]);
      assert.deepEqual(await noted(), []);
      await disable(one.id);
      await database.write(runSql, [`delete from api_keys where id = '${two.id}'`]);
      assert.deepEqual(await noted(), [`api_keys ["${one.id}"]`, `api_keys ["${two.id}"]`]);
    });

    test('what goes with another row is noted by itself: the keys, tokens and memberships of an account', async () => {
      const { account, user, keys } = await world();
      const region = regionRow();
      const signing = signingKeyRow('registry-token');
      await database.write(insert, {
        regions: [region],
        signing_keys: [signing],
        registry_tokens: [registryTokenRow(account, region, signing)],
      });
      await database.write(runSql, [`delete from accounts where id = '${account.id}'`]);
      const found = await noted();
      for (const { id } of keys) assert.ok(found.includes(`api_keys ["${id}"]`));
      assert.ok(found.includes(`accounts ["${account.id}"]`));
      assert.ok(found.includes(`memberships ["${account.id}","${user.iam_id}"]`));
      assert.equal(found.filter((each) => each.startsWith('registry_tokens')).length, 1);
    });

    test('a settings row is noted when it is added; a key, which grants, is not', async () => {
      const { account } = await world();
      await database.write(runSql, [
        `insert into account_settings values ('${account.id}', 'identity', '{}', '1-0', 1, 'x')`,
      ]);
      await database.write(insert, { api_keys: [keyRow(account.id)] });
      assert.deepEqual(await noted(), [`account_settings ["${account.id}","identity"]`]);
    });

    test('a transaction that fails notes nothing', async () => {
      const { keys } = await world();
      await assert.rejects(
        database.write(runSql, [`delete from api_keys where id = '${keys[0].id}'`, 'delete from nothing']),
      );
      assert.deepEqual(await noted(), []);
    });

    test('without a target notes are dropped, and nothing piles up', async () => {
      const { keys } = await world();
      await using journal = newJournal(database, clock);
      for (const { id } of keys) await disable(id);
      await journal.flush();
      assert.deepEqual(await someNotes(database.db, 10), []);
      assert.equal(await journalPosition(database.db), undefined);
    });

    test('a batch has each row once, with the state it has when it is written, and goes when every target has it', async () => {
      const { keys } = await world();
      const folders = [await newTarget(), await newTarget()] as const;
      await using journal = newJournal(database, clock);
      for (const folder of folders) await journal.begin(folder);
      await disable(keys[0].id);
      await disable(keys[0].id, 0);
      await disable(keys[0].id);
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
      const { keys } = await world();
      const folder = await newTarget();
      await using journal = newJournal(database, clock);
      await journal.begin(folder);
      await disable(keys[0].id);
      await journal.job.run(new AbortController().signal);
      for (let tries = 0; tries < 500 && (await rowsIn(folder)).length === 0; tries++)
        await new Promise((resolve) => setTimeout(resolve, 20));
      assert.equal((await rowsIn(folder)).length, 1);
    });

    test('while nothing is revoked, the state says every 20 s until when the journal is complete', async () => {
      await world();
      const folder = await newTarget();
      await using journal = newJournal(database, clock);
      const { line } = await journal.begin(folder);
      const target = new FolderTarget(folder);
      const at = async () => decodeState(stateName(line), await readWhole(target, stateName(line), 4096)).at;
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
      const { keys } = await world();
      const [good, bad] = [await newTarget(), await newTarget()];
      const unreliable = new Unreliable(bad);
      const metrics = new Metrics();
      await using journal = newJournal(database, clock, { open: unreliable.open, metrics });
      for (const folder of [good, bad]) await journal.begin(folder);
      await journal.flush();
      unreliable.works = false;
      for (const { id } of keys) {
        await disable(id);
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
      const { keys } = await world();
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
          await disable(id);
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
      const { keys } = await world();
      const folder = await newTarget();
      const unreliable = new Unreliable(folder);
      const metrics = new Metrics();
      const logged: string[] = [];
      await using journal = newJournal(database, clock, { open: unreliable.open, metrics, logged });
      const position = await journal.begin(folder);
      unreliable.works = false;
      await disable(keys[0].id);
      await journal.flush();
      clock.advance(DAY + SECOND);
      await journal.flush();
      const [row] = await listTargets(database.db);
      assert.equal(row?.broken_at, clock.now());
      assert.match(logged.join(''), /gives this backup target up/);
      await disable(keys[1].id);
      await journal.flush();
      assert.equal(await gauge(metrics, 'tidegate_backup_journal_broken_targets'), 1);
      assert.deepEqual(await database.db.selectFrom('journal_batches').selectAll().execute(), []);
      unreliable.works = true;
      const again = await journal.begin(folder);
      await journal.flush();
      const target = new FolderTarget(folder);
      const at = clock.now();
      const old = await journalState(target, { position, at: at - 2 * DAY }, at);
      assert.deepEqual([old.current, old.because], [false, 'the journal began after the backup']);
      assert.equal((await journalState(target, { position: again, at }, at)).current, true);
    });

    test('what waits is bounded: beyond 100,000 rows the target that is behind is given up', async () => {
      await world();
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
      await world();
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
      await world();
      const always = await newTarget();
      await using journal = newJournal(database, clock, { always });
      await journal.flush();
      assert.deepEqual(
        (await listTargets(database.db)).map(({ location }) => location),
        [always],
      );
      await using stranger = newJournal(database, clock, {
        always: (await newTarget()).replace('target', 'none'),
      });
      await stranger.flush();
      assert.equal((await listTargets(database.db)).length, 1, 'a place without a backup is none');
    });

    test('a process that dies between writing a batch and noting it writes it again, under the same name', async () => {
      const { keys } = await world();
      const folder = await newTarget();
      await using journal = newJournal(database, clock);
      await journal.begin(folder);
      await disable(keys[0].id);
      await journal.flush();
      const before = await rowsIn(folder);
      const [row] = await listTargets(database.db);
      // as it was: the batch is in the target, and nothing says so
      await database.write(runSql, [
        `insert into journal_batches (number, previous, size, noted)
         values (${row?.delivered}, 0, 1, '[["api_keys","[\\"${keys[0].id}\\"]"]]')`,
        `update journal_targets set delivered = ${Number(row?.delivered) - 1}`,
      ]);
      await disable(keys[0].id, 0);
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
      const { keys } = await world();
      const folder = await newTarget();
      const target = new FolderTarget(folder);
      await using journal = newJournal(database, clock);
      const none = await journalState(target, { position: undefined, at: clock.now() }, clock.now());
      assert.deepEqual([none.current, none.until], [false, undefined]);
      const position = await journal.begin(folder);
      const at = clock.now();
      const state = (newest = at) => journalState(target, { position, at }, newest);
      assert.equal((await state()).because, 'the target has no journal of this database');
      for (const { id } of keys) {
        clock.advance(MINUTE);
        await disable(id);
        await journal.flush();
      }
      assert.deepEqual(await state(), { current: true, until: clock.now(), because: undefined });
      const late = await state(clock.now() + 1);
      assert.deepEqual([late.current, late.until], [false, clock.now()]);
      assert.match(late.because ?? '', /before the newest backup/);
      const [, second] = await batchesAfter(target, { position, at });
      assert.ok(second);
      await target.remove(batchName(second));
      const gap = await state();
      assert.deepEqual([gap.current, gap.until], [false, undefined]);
      assert.match(gap.because ?? '', /misses what is between its numbers/);
    });

    test('the last batch is missed, too, where it is gone from the target', async () => {
      const { keys } = await world();
      const folder = await newTarget();
      const target = new FolderTarget(folder);
      await using journal = newJournal(database, clock);
      const position = await journal.begin(folder);
      const at = clock.now();
      await disable(keys[0].id);
      await journal.flush();
      const [only] = await batchesAfter(target, { position, at });
      assert.ok(only);
      await target.remove(batchName(only));
      assert.equal((await journalState(target, { position, at }, at)).current, false);
    });

    test('batches that no backup needs are pruned, and what the others need stays', async () => {
      const { keys } = await world();
      const folder = await newTarget();
      const target = new FolderTarget(folder);
      await using journal = newJournal(database, clock);
      await journal.begin(folder);
      await disable(keys[0].id);
      await journal.flush();
      const position = await journal.begin(folder);
      const at = clock.now();
      await disable(keys[1].id);
      await journal.flush();
      assert.equal(await pruneJournal(target, undefined), 0);
      assert.equal(await pruneJournal(target, position), 1);
      assert.deepEqual(
        (await rowsIn(folder)).map(({ key }) => key),
        [[keys[1].id]],
      );
      assert.equal((await journalState(target, { position, at }, at)).current, true);
    });

    test('a byte that changed in a batch or a state is found', async () => {
      const { keys } = await world();
      const folder = await newTarget();
      const target = new FolderTarget(folder);
      await using journal = newJournal(database, clock);
      const position = await journal.begin(folder);
      await disable(keys[0].id);
      await journal.flush();
      const [only] = await batchesAfter(target, { position, at: 0 });
      assert.ok(only);
      for (const name of [batchName(only), stateName(position.line)]) {
        const bytes = await readWhole(target, name, 1 << 20);
        for (let place = 0; place < bytes.length; place += 7) {
          const flipped = Buffer.from(bytes);
          flipped[place] = (flipped[place] ?? 0) ^ 4;
          const decode = name.endsWith('state') ? decodeState : decodeBatch;
          assert.throws(() => decode(name, flipped), RegistryError, `${name}, byte ${place}`);
        }
      }
    });

    test('a batch under another name, of another line or number, is not taken for it', async () => {
      const { keys } = await world();
      const folder = await newTarget();
      const target = new FolderTarget(folder);
      await using journal = newJournal(database, clock);
      const position = await journal.begin(folder);
      await disable(keys[0].id);
      await journal.flush();
      const [only] = await batchesAfter(target, { position, at: 0 });
      assert.ok(only);
      const bytes = await readWhole(target, batchName(only), 1 << 20);
      for (const other of [
        { ...only, number: only.number + 1 },
        { ...only, line: `${only.line.slice(0, 15)}${'0'.repeat(16)}` },
      ])
        assert.throws(() => decodeBatch(batchName(other), bytes), /damaged/);
    });

    test('a namespace that is removed is no revocation; one that moves to another resource group is', async () => {
      const { account } = await world();
      const region = regionRow();
      const namespace = namespaceRow(account.id, region.id);
      await database.write(insert, { regions: [region], namespaces: [namespace] });
      await database.write(runSql, [`update namespaces set name = 'x' where id = '${namespace.id}'`]);
      assert.deepEqual(await noted(), []);
      await database.write(runSql, [
        `update namespaces set resource_group_id = 'g' where id = '${namespace.id}'`,
      ]);
      assert.deepEqual(await noted(), [`namespaces ["${namespace.id}"]`]);
      const folder = await newTarget();
      await using journal = newJournal(database, clock);
      await journal.begin(folder);
      await journal.flush();
      const [row] = await rowsIn(folder);
      assert.deepEqual(row?.row, { id: namespace.id, resource_group_id: 'g' });
      await database.write(runSql, [`delete from namespaces where id = '${namespace.id}'`]);
      assert.deepEqual(
        (await noted()).filter((each) => each.startsWith('namespaces')),
        [],
      );
    });

    test('two processes that ship at once leave every row’s last state, and no gap', async () => {
      const { account } = await world();
      const folder = await newTarget();
      const target = new FolderTarget(folder);
      await using other = await open();
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
          await Promise.all(keys.map(({ id }, index) => disable(id, (round + index) % 2)));
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
      assert.equal((await journalState(target, { position, at }, at)).current, true);
    });
  });
};
