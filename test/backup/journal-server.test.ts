import assert from 'node:assert/strict';
import { join } from 'node:path';
import { suite, test } from 'node:test';
import { decodeState, stateName } from '../../src/backup/journal/objects.ts';
import { journalState } from '../../src/backup/journal/reading.ts';
import { readManifest } from '../../src/backup/snapshots/manifest.ts';
import { readTarget } from '../../src/backup/target/open.ts';
import { type BackupTarget, readWhole } from '../../src/backup/target/target.ts';
import type { MasterKey } from '../../src/identity/master-key.ts';
import { openRows } from '../support/rows.ts';
import { until } from '../support/until.ts';
import { BackedUp } from './backups.ts';
import { rowsIn } from './journal-world.ts';

const metric = async ({ registry }: BackedUp, name: string): Promise<number> => {
  const { access_token: token } = await registry.login();
  const answer = await registry.fetch('/metrics', { headers: { Authorization: `Bearer ${token}` } });
  return Number(new RegExp(`^${name} (.*)$`, 'm').exec(await answer.text())?.[1]);
};

/** What the journal in a target says of a snapshot. */
const coverage = async (target: BackupTarget, key: MasterKey, snapshot: string) => {
  const { journal, at } = await readManifest(target, snapshot);
  assert.ok(journal);
  return { journal, state: await journalState({ target, key }, { position: journal, at }, at) };
};

suite('the journal of a running server', () => {
  test('what is revoked after a backup is in its target without being asked for, and the metrics say how far it is', async () => {
    await using it = await BackedUp.start();
    assert.equal(await metric(it, 'tidegate_backup_journal_lag_seconds'), -1);
    const key = await it.registry.createKey();
    const { snapshot } = await it.taken();
    const folder = join(it.root, 'first');
    assert.deepEqual(await rowsIn(folder, it.masterKey), []);
    assert.equal((await it.registry.api('DELETE', `/v1/apikeys/${key.id}`)).status, 204);
    await until('the key is in the journal', async () =>
      (await rowsIn(folder, it.masterKey)).some(({ key: [id], row }) => id === key.id && row === null),
    );
    await until(
      'the journal has gone somewhere',
      async () => (await metric(it, 'tidegate_backup_journal_lag_seconds')) >= 0,
    );
    assert.equal(await metric(it, 'tidegate_backup_journal_broken_targets'), 0);
    await using opened = await readTarget(folder);
    const { journal, state } = await coverage(opened.target, it.masterKey, snapshot);
    assert.equal(state.current, true, state.because ?? '');
    const name = stateName(journal.line);
    const written = decodeState(name, await readWhole(opened.target, name, 4096), it.masterKey);
    assert.equal(written.at, it.registry.clock.now());
  });

  test('a stop writes what was revoked last', async () => {
    await using it = await BackedUp.start();
    const key = await it.registry.createKey();
    await it.taken();
    assert.equal((await it.registry.api('DELETE', `/v1/apikeys/${key.id}`)).status, 204);
    await it.registry.restart();
    const found = await rowsIn(join(it.root, 'first'), it.masterKey);
    assert.ok(found.some(({ key: [id], row }) => id === key.id && row === null));
  });

  test('pushes and pulls write nothing to the journal, and logins with a key do not either', async () => {
    await using it = await BackedUp.start();
    await it.registry.namespaceAdd('birds');
    const key = await it.registry.createKey();
    await it.taken();
    await using db = openRows(it.registry.database);
    const number = async () =>
      (await db.selectFrom('journal_line').select('number').executeTakeFirst())?.number;
    const before = await number();
    for (let count = 0; count < 5; count++) {
      await it.registry.login(key.apikey);
      const pushed = await it.registry.v2('POST', 'birds/a/blobs/uploads/');
      assert.equal(pushed.status, 202);
    }
    // what is counted of the uses is written at a stop
    await it.registry.restart();
    assert.equal(await number(), before);
    const used = await db
      .selectFrom('api_keys')
      .select('authn_count')
      .where('id', '=', key.id)
      .executeTakeFirst();
    assert.ok(Number(used?.authn_count) >= 5);
  });
});
