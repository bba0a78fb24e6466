import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { suite, test } from 'node:test';
import { FolderTarget } from '../../src/backup/target/folder.ts';
import { MasterKey, SigningKeys } from '../../src/identity/room.ts';
import { systemActor } from '../../src/principal.ts';
import { KeylessLab } from '../identity/keyless-lab.ts';
import { TestRegistry } from '../support/registry.ts';
import { newJournal, newTarget, openBeside, restoreInto, startRestored, take } from './restored.ts';
import { login, makeRevocations, makeWideRevocations } from './revocations.ts';

const PROXY = { TIDEGATE_TRUSTED_PROXIES: '127.0.0.1/32' };

suite('O13: what is revoked after a backup stays revoked when it is restored with the journal', () => {
  test('one of every kind works when the backup is made, and is refused after the restore', async (t) => {
    await using keyless = await KeylessLab.start('github', undefined, PROXY);
    const { registry } = keyless;
    const single = await makeRevocations(keyless);
    const wide = await makeWideRevocations(keyless);
    for (const { what, works } of [...single, ...wide])
      assert.ok(await works(registry), `${what}: works before`);

    await using database = await openBeside(registry.database);
    const folder = await newTarget();
    const target = new FolderTarget(folder);
    await using journal = newJournal(database, registry.clock);
    await journal.begin(folder);
    const taken = await take(registry.database, registry.clock);
    const env = { ...PROXY, TIDEGATE_ISSUERS_FILE: keyless.file.path };
    const restore = (from: FolderTarget) =>
      startRestored(registry, (file) => restoreInto(file, taken, from), env);
    await using without = await restore(new FolderTarget(await newTarget()));

    for (const these of [single, wide]) {
      for (const { revoke } of these) await revoke();
      for (const { what, works } of these) assert.ok(!(await works(registry)), `${what}: is revoked`);
      await journal.flush();
      await using restored = await restore(target);
      for (const { what, works } of these) {
        await t.test(what, async () => {
          assert.ok(await works(without), 'without the journal it comes back');
          assert.ok(!(await works(restored)), 'with the journal it does not');
        });
      }
      if (these === single) for (const { what, works } of wide) assert.ok(await works(restored), what);
    }
  });

  test('a signing key that is retired: its registry tokens are refused, and new ones are signed with another', async () => {
    await using registry = await TestRegistry.start();
    const made = async (at: TestRegistry): Promise<string> =>
      ((await (await at.api('POST', '/api/v1/tokens')).json()) as { token: string }).token;
    const token = await made(registry);
    assert.ok(await login(registry, token, 'token'));

    await using database = await openBeside(registry.database);
    const folder = await newTarget();
    await using journal = newJournal(database, registry.clock);
    await journal.begin(folder);
    const taken = await take(registry.database, registry.clock);
    const masterKey = new MasterKey(
      Buffer.from(readFileSync(join(registry.data, 'master.key'), 'utf8').trim(), 'base64'),
    );
    const keys = new SigningKeys(database, masterKey);
    const { id } = await keys.current('registry-token');
    await keys.retire(id, registry.clock, systemActor('test'));
    await journal.flush();

    await using restored = await startRestored(registry, (file) =>
      restoreInto(file, taken, new FolderTarget(folder)),
    );
    assert.ok(!(await login(restored, token, 'token')));
    assert.ok(await login(restored, await made(restored), 'token'));
  });
});
