import assert from 'node:assert/strict';
import { join } from 'node:path';
import { test } from 'node:test';
import { SqliteDatabase } from '../../src/database/sqlite.ts';
import { openFirstAccount, resetOwner } from '../../src/identity/accounts/first-account.ts';
import { MasterKey } from '../../src/identity/master-key.ts';
import { Passwords } from '../../src/identity/passwords/passwords.ts';
import { findSession } from '../../src/identity/sessions/rows.ts';
import { openSession } from '../../src/identity/sessions/writes.ts';
import { findUser } from '../../src/identity/tx.ts';
import { systemActor } from '../../src/principal.ts';
import { HOUR, MovableClock } from '../support/clock.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

test('owner-key-reset ends passwords and sessions that were made with a stolen key', async () => {
  using folder = temporaryFolder();
  const writes = new URL('../../src/writes.ts', import.meta.url).href;
  await using database = await SqliteDatabase.open(join(folder.path, 'tidegate.db'), writes);
  const [clock, masterKey] = [new MovableClock(), new MasterKey(MasterKey.generate())];
  const { account } = await openFirstAccount(database, masterKey, clock, {
    accountName: 'acme',
    apikey: undefined,
  });
  const owner = await findUser(database.db, account.ownerIamId);
  assert.ok(owner);
  const passwords = new Passwords(database, masterKey, clock);
  const chosen = { before: undefined, after: 'what the thief chose', network: '' };
  await passwords.change(owner, account.id, chosen, systemActor('test'));
  const of = {
    account_id: account.id,
    iam_id: owner.iamId,
    client_id: 'bx',
    api_key_id: null,
    chain: '["password/p"]',
    created_at: clock.now(),
    expires_at: clock.now() + HOUR,
  };
  await database.write(openSession, {
    session: { id: 'C-1', ...of, last_active_at: clock.now(), machine: null },
    token: { id: 'RefreshToken-1', ...of, identity_kind: 'user', token_hash: 'h', session_id: 'C-1' },
  });
  await resetOwner(database, masterKey, clock);
  assert.equal(await passwords.has(owner.iamId), false);
  assert.equal(await findSession(database.db, 'C-1'), undefined);
});
