import assert from 'node:assert/strict';
import { join } from 'node:path';
import { test } from 'node:test';
import { openFirstAccount, resetOwner } from '../../src/identity/first-account.ts';
import { MasterKey } from '../../src/identity/master-key.ts';
import { Passwords } from '../../src/identity/passwords.ts';
import { openSession } from '../../src/identity/session-writes.ts';
import { findUser } from '../../src/metadata/accounts.ts';
import { findSession } from '../../src/metadata/sessions.ts';
import { SqliteMetadata } from '../../src/metadata/sqlite.ts';
import { systemActor } from '../../src/principal.ts';
import { temporaryFolder } from '../operate/operator.ts';
import { HOUR, MovableClock } from '../support/clock.ts';

test('owner-key-reset leaves no password and no session to whoever made one with a stolen key', async () => {
  using folder = temporaryFolder();
  const writes = new URL('../../src/writes.ts', import.meta.url).href;
  await using metadata = await SqliteMetadata.open(join(folder.path, 'tidegate.db'), writes);
  const [clock, masterKey] = [new MovableClock(), new MasterKey(MasterKey.generate())];
  const { account } = await openFirstAccount(metadata, masterKey, clock, {
    accountName: 'acme',
    apikey: undefined,
  });
  const owner = await findUser(metadata.db, account.owner_iam_id);
  assert.ok(owner);
  const passwords = new Passwords(metadata, masterKey, clock);
  const chosen = { before: undefined, after: 'what the thief chose' };
  await passwords.change(owner, account.id, chosen, systemActor('test'));
  const of = {
    account_id: account.id,
    iam_id: owner.iam_id,
    client_id: 'bx',
    api_key_id: null,
    chain: '["password/p"]',
    created_at: clock.now(),
    expires_at: clock.now() + HOUR,
  };
  await metadata.write(openSession, {
    session: { id: 'C-1', ...of, last_active_at: clock.now() },
    token: { id: 'RefreshToken-1', ...of, identity_kind: 'user', token_hash: 'h', session_id: 'C-1' },
  });
  await resetOwner(metadata, masterKey, clock);
  assert.equal(await passwords.has(owner.iam_id), false);
  assert.equal(await findSession(metadata.db, 'C-1'), undefined);
});
