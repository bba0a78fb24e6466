import './journal-writes.ts';
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { suite, test } from 'node:test';
import { sql } from 'kysely';
import { batchName, encode, type JournalRow } from '../../src/backup/journal/objects.ts';
import { batchesAfter } from '../../src/backup/journal/reading.ts';
import { replay } from '../../src/backup/journal/replay.ts';
import { applyJournal } from '../../src/backup/journal/replay-writes.ts';
import { columnsOf, JOURNAL_TABLES } from '../../src/backup/journal/tables.ts';
import { FolderTarget } from '../../src/backup/target/folder.ts';
import { bytesOf } from '../../src/backup/target/target.ts';
import type { Database, Db } from '../../src/database/database.ts';
import type { Schema } from '../../src/database/schema.ts';
import { MasterKey } from '../../src/identity/master-key.ts';
import { accountToRemove } from '../../src/identity/tx.ts';
import {
  AT,
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
import { newDatabase, serverForTests, skip } from '../database/postgres-server.ts';
import { MINUTE, MovableClock } from '../support/clock.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';
import { runSql } from './journal-writes.ts';
import { KEY, newJournal, newTarget, openBeside, restoreInto, take } from './restored.ts';

const server = serverForTests();

const places = {
  SQLite: async () => join(temporaryFolder().path, 'tidegate.db'),
  PostgreSQL: () => newDatabase(server()),
};
type Engine = keyof typeof places;

const by = { created_at: AT, created_by: 'IBMid-1', modified_at: AT };
const tagged = { entity_tag: '1-0', ...by };
/** Of a JSON door; a document is no longer. */
const LONGEST_BODY = 256 << 10;
const modified = { ...tagged, modified_by: 'IBMid-1' };

/** Two rows of each table that the journal knows: one to be changed, one to be removed. */
const rowsOfAll = (): { readonly [Table in keyof Schema]?: readonly Schema[Table][] } => {
  const account = accountRow();
  const [one, two] = [userRow(), userRow()];
  const region = regionRow();
  const of = { account_id: account.id };
  const [signing, old] = [signingKeyRow('registry-token'), signingKeyRow('bearer')];
  const policy = { ...of, ...modified, version: 'v2', type: 'access', subject: one.iam_id } as const;
  const role = { ...of, ...modified, display_name: 'x', description: '', service_name: 'container-registry' };
  const trust = { profile_id: 'p1', kind: 'rule', identity: null, document: '{}', ...tagged } as const;
  const { created_by: _by, ...trusted } = trust;
  const profile = { ...of, ...tagged, description: '', email: '', last_authn_at: null, authn_count: 0 };
  const member = { ...of, group_id: 'g1', type: 'user', created_at: AT, created_by: 'x' } as const;
  const rule = { group_id: 'g1', document: '{}', ...modified };
  return {
    accounts: [account],
    users: [one, two],
    memberships: [membershipRow(account, one), membershipRow(account, two)],
    regions: [region],
    signing_keys: [signing, old],
    api_keys: [keyRow(account.id), keyRow(account.id)],
    namespaces: [{ ...namespaceRow(account.id, region.id), resource_group_id: 'before' }],
    registry_tokens: [
      registryTokenRow(account, region, signing),
      registryTokenRow(account, region, signing, { readonly: 0 }),
    ],
    service_ids: ['s1', 's2'].map((id) => ({
      ...{ id, ...of, name: id, description: '', unique_instance_crns: '[]', locked: 0 },
      ...tagged,
    })),
    profiles: ['p1', 'p2'].map((id) => ({ id, name: id, ...profile })),
    profile_trusts: ['t1', 't2'].map((id) => ({ id, ...trusted })),
    passwords: [one, two].map(({ iam_id }) => ({ iam_id, id: iam_id, hash: 'hash', created_at: AT })),
    access_groups: ['g1', 'g2'].map((id) => ({ id, ...of, name: id, description: '', ...modified })),
    group_members: ['m1', 'm2'].map((iam_id) => ({ iam_id, ...member })),
    group_rules: ['r1', 'r2'].map((id) => ({ id, ...rule })),
    policies: ['l1', 'l2'].map((id) => ({
      ...{ id, document: '{}', fingerprint: id, state: 'active' as const },
      ...policy,
    })),
    custom_roles: ['c1', 'c2'].map((id) => ({ id, name: id, actions: '["a","b"]', ...role })),
    webhooks: ['w1', 'w2'].map((id) => ({
      ...{ id, ...of, name: id, description: '', url: 'https://hooks.example.com/', events: '[]' },
      ...{ namespace_id: null, form: 'standard' as const, enabled: 1, from_number: 0, dropped: 0 },
      ...{ disabled_reason: null, disabled_at: null, failing_since: null, paused_until: null },
      ...{ secret: 'sealed', previous_secret: null, previous_until: null, removed_at: null },
      ...{ answered_kind: 'user' as const, answered_by: one.iam_id, ...tagged },
    })),
    issuers: [
      {
        ...{ name: 'known', issuer: 'https://known', generation: '1', created_at: AT },
        ...{ disabled_at: null, disabled_by: null, removed_at: null },
      },
    ],
  };
};

const session = (account: string) =>
  `insert into federated_sessions values ('f1', 'th', 'xh', '${account}', 'p1', 'known', '[]', '{}', 1, 2, 3, null)`;

/** What is revoked after the backup: in every table a row goes or changes, and new rows restrict. */
const revocations = (account: string, region: string): string[] => [
  `update accounts set state = 'SUSPENDED'`,
  `update memberships set state = 'DISABLED' where iam_id in (select min(iam_id) from users)`,
  'delete from users where iam_id in (select max(iam_id) from users)',
  `update api_keys set disabled = 1, locked = 1, previous_hash = null, expires_at = 5 where id in (select min(id) from api_keys)`,
  'delete from api_keys where id in (select max(id) from api_keys)',
  `update signing_keys set retired_at = 9 where purpose = 'registry-token'`,
  `delete from signing_keys where purpose = 'bearer'`,
  `update registry_tokens set readonly = 1, expires_at = 7 where readonly = 0`,
  'delete from registry_tokens where expires_at is null',
  `insert into auth_options (account_id, region_id, registry_tokens, private_only) values ('${account}', '${region}', 'disabled', 1)`,
  `update service_ids set locked = 1 where id = 's1'`,
  `delete from service_ids where id = 's2'`,
  `delete from profiles where id = 'p2'`,
  `update profile_trusts set document = '{"narrow":1}' where id = 't1'`,
  `delete from profile_trusts where id = 't2'`,
  `update passwords set id = 'next', hash = 'next'`,
  `insert into account_settings values ('${account}', 'identity', '{"allowed_ip_addresses":"127.0.0.1"}', '1-0', 1, 'x')`,
  `delete from access_groups where id = 'g2'`,
  `delete from group_members where iam_id = 'm1'`,
  `update group_rules set document = '{"narrow":1}' where id = 'r1'`,
  `delete from group_rules where id = 'r2'`,
  `update policies set state = 'deleted' where id = 'l1'`,
  `delete from policies where id = 'l2'`,
  `update custom_roles set actions = '["a"]' where id = 'c1'`,
  `delete from custom_roles where id = 'c2'`,
  `update webhooks set enabled = 0, disabled_reason = 'asked', url = 'https://elsewhere.example.com/' where id = 'w1'`,
  `delete from webhooks where id = 'w2'`,
  `update issuers set disabled_at = 8, generation = '2' where name = 'known'`,
  `insert into issuers values ('later', 'https://later', '1', 1, null, null, null)`,
  `update issuers set disabled_at = 8 where name = 'later'`,
  session(account),
  `update federated_sessions set ended_at = 8`,
  `update namespaces set resource_group_id = 'after'`,
];

/** The columns that the journal tells, of every row of its tables. */
const rightsOf = async (db: Db): Promise<Record<string, unknown[]>> => {
  const all: Record<string, unknown[]> = {};
  for (const [table, known] of Object.entries(JOURNAL_TABLES)) {
    const columns = sql.join(columnsOf(known).map((column) => sql.ref(column)));
    const order = sql.join(known.key.map((column) => sql.ref(column)));
    const query = sql<object>`select ${columns} from ${sql.table(table)} order by ${order}`;
    all[table] = (await query.execute(db)).rows.map((row) => ({ ...row }));
  }
  return all;
};

const open = (where: string): Promise<Database> =>
  openBeside(where, new URL('./journal-writes.ts', import.meta.url).href);

/** A database with a row of everything, and a target that its journal goes to. */
const world = async (engine: Engine) => {
  const where = await places[engine]();
  const database = await open(where);
  const clock = new MovableClock();
  const rows = rowsOfAll();
  await database.write(insert, rows);
  const folder = await newTarget();
  return {
    ...{ where, database, clock, folder },
    target: new FolderTarget(folder),
    account: rows.accounts?.[0]?.id ?? '',
    region: rows.regions?.[0]?.id ?? '',
    journal: newJournal(database, clock),
    [Symbol.asyncDispose]: () => database[Symbol.asyncDispose](),
  };
};

for (const [from, to] of [
  ['SQLite', 'SQLite'],
  ['SQLite', 'PostgreSQL'],
  ['PostgreSQL', 'SQLite'],
  ['PostgreSQL', 'PostgreSQL'],
] as const) {
  suite(`a journal of ${from}, replayed into ${to}`, {
    skip: from === to && from === 'SQLite' ? false : skip,
  }, () => {
    test('restored rows have all rights as they are after the last revocation, in every table of the journal', async () => {
      await using it = await world(from);
      await using journal = it.journal;
      await journal.begin(it.folder);
      const taken = await take(it.where, it.clock);
      for (const statement of revocations(it.account, it.region))
        await it.database.write(runSql, [statement]);
      await journal.flush();
      const wanted = await rightsOf(it.database.db);
      const place = await places[to]();
      const replayed = await restoreInto(place, taken, it.target);
      assert.ok(
        replayed.removed > 10 && replayed.changed > 10 && replayed.added === 4,
        JSON.stringify(replayed),
      );
      await using restored = await open(place);
      assert.deepEqual(await rightsOf(restored.db), wanted);
      const notes = await restored.db.selectFrom('journal_notes').selectAll().execute();
      assert.deepEqual(notes, [], 'what a replay changes is not noted again');
    });
  });
}

suite('replaying a journal', () => {
  test('a replay that is cut and run again ends the same', async () => {
    await using it = await world('SQLite');
    await using journal = it.journal;
    await journal.begin(it.folder);
    const taken = await take(it.where, it.clock);
    for (const statement of revocations(it.account, it.region)) {
      await it.database.write(runSql, [statement]);
      await journal.flush();
    }
    const wanted = await rightsOf(it.database.db);
    const place = await places.SQLite();
    await assert.rejects(restoreInto(place, taken, cutAfter(it.target, 12)), /cut here/);
    await using again = await open(place);
    await replay(again, { target: it.target, key: KEY }, { snapshotAt: taken.at });
    await replay(again, { target: it.target, key: KEY }, { snapshotAt: taken.at });
    assert.deepEqual(await rightsOf(again.db), wanted);
  });

  test('what was noted before the backup is not replayed over it', async () => {
    await using it = await world('SQLite');
    await using journal = it.journal;
    await journal.begin(it.folder);
    await it.database.write(runSql, ['update api_keys set disabled = 0, locked = 1']);
    await journal.flush();
    // shipped late, or never: only the backup knows it
    await it.database.write(runSql, ['update api_keys set disabled = 1, locked = 0']);
    const taken = await take(it.where, it.clock);
    const place = await places.SQLite();
    await restoreInto(place, taken, it.target);
    await using restored = await open(place);
    const keys = await restored.db.selectFrom('api_keys').select(['disabled', 'locked']).execute();
    assert.deepEqual(
      keys.map(({ disabled, locked }) => [disabled, locked]),
      [
        [1, 0],
        [1, 0],
      ],
    );
  });

  test('a restored place begins a line of its own: restored once more, both lives are replayed, in order', async () => {
    await using it = await world('SQLite');
    await using journal = it.journal;
    await journal.begin(it.folder);
    const taken = await take(it.where, it.clock);
    const disable = (which: 'min' | 'max', disabled: number) =>
      `update api_keys set disabled = ${disabled} where id in (select ${which}(id) from api_keys)`;
    await it.database.write(runSql, [disable('min', 1)]);
    await journal.flush();
    const place = await places.SQLite();
    await restoreInto(place, taken, it.target);
    it.clock.advance(MINUTE);
    {
      await using second = await open(place);
      await using life = newJournal(second, it.clock);
      await life.begin(it.folder);
      await second.write(runSql, [disable('max', 1)]);
      await life.flush();
    }
    const lines = new Set(
      (await batchesAfter(it.target, { position: undefined, at: 0 })).map(({ line }) => line),
    );
    assert.equal(lines.size, 2);
    const third = await places.SQLite();
    await restoreInto(third, taken, it.target);
    await using restored = await open(third);
    const keys = await restored.db.selectFrom('api_keys').select('disabled').execute();
    assert.deepEqual(
      keys.map(({ disabled }) => disabled),
      [1, 1],
    );
  });

  test('a row that restricts an account the backup does not have is left out, and stops nothing', async () => {
    await using it = await world('SQLite');
    await using journal = it.journal;
    await journal.begin(it.folder);
    const taken = await take(it.where, it.clock);
    const late = accountRow();
    await it.database.write(insert, { accounts: [late] });
    await it.database.write(runSql, [
      `insert into account_settings values ('${late.id}', 'identity', '{}', '1-0', 1, 'x')`,
    ]);
    await journal.flush();
    const place = await places.SQLite();
    const { added, batches } = await restoreInto(place, taken, it.target);
    assert.deepEqual([added, batches], [0, 1]);
  });

  test('a batch that another than the installation wrote into its place changes nothing: the replay stops', async () => {
    await using it = await world('SQLite');
    await using journal = it.journal;
    const { line, number } = await journal.begin(it.folder);
    const taken = await take(it.where, it.clock);
    const rows = [
      { table: 'accounts', key: [it.account], row: { id: it.account, owner_iam_id: 'IBMid-attacker' } },
      { table: 'policies', key: ['l1'], row: { id: 'l1', document: '{"roles":"all"}' } },
    ];
    const batch = { line, number: number + 1, previous: number, rows };
    const bytes = encode(batch, new MasterKey(Buffer.alloc(32, 8)));
    await it.target.put(batchName(batch), bytesOf(bytes), { size: bytes.byteLength });
    const wanted = await rightsOf(it.database.db);
    const place = await places.SQLite();
    await assert.rejects(restoreInto(place, taken, it.target), /was not written by this installation/);
    await using restored = await open(place);
    assert.deepEqual(await rightsOf(restored.db), wanted);
  });

  for (const engine of ['SQLite', 'PostgreSQL'] as const)
    test(`an account that was removed after the backup, with its namespaces, is suspended and cleared away by the server: ${engine}`, {
      skip: engine === 'PostgreSQL' && skip,
    }, async () => {
      await using it = await world(engine);
      await using journal = it.journal;
      await journal.begin(it.folder);
      const taken = await take(it.where, it.clock);
      for (const table of ['namespaces', 'accounts'])
        await it.database.write(runSql, [`delete from ${table}`]);
      await journal.flush();
      const place = await places[engine]();
      await restoreInto(place, taken, it.target);
      await using restored = await open(place);
      const left = await restored.db.selectFrom('accounts').selectAll().execute();
      assert.deepEqual(
        left.map(({ state, clearing_since: since }) => [state, since !== null]),
        [['SUSPENDED', true]],
      );
      assert.equal((await accountToRemove(restored.db, it.clock.now()))?.id, it.account);
      assert.deepEqual(await restored.db.selectFrom('api_keys').selectAll().execute(), []);
    });

  test('batches of the longest documents that an account can keep are short enough to be read', async () => {
    await using it = await world('SQLite');
    await using journal = it.journal;
    await journal.begin(it.folder);
    const taken = await take(it.where, it.clock);
    const document = JSON.stringify({ value: '"'.repeat(LONGEST_BODY / 2) });
    const rules = Array.from({ length: 200 }, (_, index) => ({ id: `long-${index}`, group_id: 'g1' }));
    await it.database.write(insert, {
      group_rules: rules.map((rule) => ({ ...rule, document: '{}', ...modified })),
    });
    await it.database.write(runSql, [`update group_rules set document = '${document}'`]);
    await journal.flush();
    const place = await places.SQLite();
    const { batches, changed } = await restoreInto(place, taken, it.target);
    assert.ok(batches > 0 && changed > 0, JSON.stringify({ batches, changed }));
  });

  const unknown: [string, JournalRow, RegExp][] = [
    [
      'a table',
      { table: 'later_rights', key: ['x'], row: null },
      /later_rights, which this version does not know/,
    ],
    ['a column', { table: 'api_keys', key: ['x'], row: { id: 'x', later: 1 } }, /api_keys\.later/],
    ['a table outside its list', { table: 'blobs', key: ['x', 'y'], row: null }, /blobs/],
    ['a key of another length', { table: 'api_keys', key: [], row: null }, /wrong key/],
    ['a property of every object', { table: 'constructor', key: ['x'], row: null }, /constructor/],
  ];
  for (const [what, row, words] of unknown) {
    test(`a batch that tells of ${what} that this version does not know is refused, not passed over`, async () => {
      await using it = await world('SQLite');
      const { line, number } = await it.journal.begin(it.folder);
      const batch = { line, number: number + 1, previous: 0, rows: [row] };
      const bytes = encode(batch, KEY);
      await it.target.put(batchName(batch), bytesOf(bytes), { size: bytes.byteLength });
      await assert.rejects(
        replay(it.database, { target: it.target, key: KEY }, { snapshotAt: it.clock.now() }),
        words,
      );
      await assert.rejects(it.database.write(applyJournal, [row]), words);
    });
  }
});

/** A target of which so many batches can be read. */
const cutAfter = (target: FolderTarget, count: number): FolderTarget => {
  let left = count;
  return new Proxy(target, {
    get: (of, name) => {
      if (name === 'get' && left-- <= 0) throw new Error('cut here');
      const value = Reflect.get(of, name);
      return typeof value === 'function' ? value.bind(of) : value;
    },
  });
};
