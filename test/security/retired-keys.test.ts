import assert from 'node:assert/strict';
import { join } from 'node:path';
import { test } from 'node:test';
import type { Database } from '../../src/database/database.ts';
import { SqliteDatabase } from '../../src/database/sqlite.ts';
import { AccessTokens } from '../../src/identity/login/access-tokens.ts';
import { Bearers } from '../../src/identity/login/bearers.ts';
import { MasterKey } from '../../src/identity/master-key.ts';
import { AccountSettings } from '../../src/identity/settings/account-settings.ts';
import { SigningKeys } from '../../src/identity/signing-keys/signing-keys.ts';
import { systemActor } from '../../src/principal.ts';
import { MovableClock } from '../support/clock.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

test('P1: an access token that was verified before is refused once the key that signed it is retired', async () => {
  using folder = temporaryFolder();
  const writes = new URL('../../src/writes.ts', import.meta.url).href;
  await using database = await SqliteDatabase.open(join(folder.path, 'tidegate.db'), writes);
  const clock = new MovableClock();
  const keys = new SigningKeys(database, new MasterKey(MasterKey.generate()));
  await keys.start(clock);
  const tokens = new AccessTokens(keys, clock, new AccountSettings(database, clock), 'http://h/identity');
  const identity = { kind: 'user' as const, iamId: 'IBMid-1', accountId: 'a'.repeat(32) };
  const subject = { identity, sub: 'ada', subType: undefined, name: 'Ada' };
  const { token } = await tokens.mint({
    subject,
    authenticated: subject,
    chain: [{ kind: 'api-key', id: 'ApiKey-1' }],
    grantType: 'g',
    clientId: 'default',
    sessionId: undefined,
    notAfter: undefined,
  });
  assert.ok(await tokens.verify(token));
  const { id } = await keys.current('access-token');
  await keys.rotate('access-token', clock, systemActor('test'));
  assert.ok(await tokens.verify(token), 'a rotated key goes on verifying');
  await keys.retire(id, clock, systemActor('test'));
  assert.equal(await tokens.verify(token), undefined);
});

test('P1: docker bearers that were given for what a retired key signed end with it', async () => {
  using folder = temporaryFolder();
  const writes = new URL('../../src/writes.ts', import.meta.url).href;
  await using database = await SqliteDatabase.open(join(folder.path, 'tidegate.db'), writes);
  const clock = new MovableClock();
  const keys = new SigningKeys(database, new MasterKey(MasterKey.generate()));
  await keys.start(clock);
  const mint = async (): Promise<string> => {
    const credential = {
      kind: 'registry-token' as const,
      principal: { kind: 'registry-token' as const, id: 't', accountId: 'a'.repeat(32) },
      chain: [{ kind: 'registry-token' as const, id: 't' }],
      expiresAt: undefined,
    };
    return (await new Bearers(keys, clock).mint(credential, 'r', [], false)).token;
  };
  const verify = async (token: string): Promise<boolean> =>
    (await new Bearers(keys, clock).verify(token)) !== undefined;
  for (const purpose of ['registry-token', 'access-token'] as const) {
    const token = await mint();
    assert.ok(await verify(token));
    await keys.retire((await keys.current(purpose)).id, clock, systemActor('test'));
    assert.equal(await verify(token), false, purpose);
    assert.ok(await verify(await mint()));
  }
});

test('P1: a replica that hears nothing of the others does not go by what it verified before', async () => {
  using folder = temporaryFolder();
  const writes = new URL('../../src/writes.ts', import.meta.url).href;
  await using database = await SqliteDatabase.open(join(folder.path, 'tidegate.db'), writes);
  const clock = new MovableClock();
  const masterKey = new MasterKey(MasterKey.generate());
  const elsewhere = new SigningKeys(database, masterKey);
  await elsewhere.start(clock);
  let hears = true;
  /** Told of no change, and after a while aware of it. */
  const deaf: Database = {
    db: database.db,
    alone: false,
    write: (write, input) => database.write(write, input),
    onChange: () => {},
    fresh: () => hears,
    isUpgraded: () => database.isUpgraded(),
    finishUpgrade: () => database.finishUpgrade(),
    maintain: () => database.maintain(),
    measure: () => database.measure(),
    check: () => database.check(),
    others: () => database.others(),
    [Symbol.asyncDispose]: async () => {},
  };
  const bearers = new Bearers(new SigningKeys(deaf, masterKey), clock);
  const principal = { kind: 'user' as const, iamId: 'IBMid-1', accountId: 'a'.repeat(32) };
  const chain = [{ kind: 'api-key' as const, id: 'ApiKey-1' }];
  const credential = { kind: 'api-key' as const, principal, chain, expiresAt: undefined };
  const { token } = await bearers.mint(credential, 'r', [], false);
  assert.ok(await bearers.verify(token));
  await elsewhere.retire((await elsewhere.current('bearer')).id, clock, systemActor('test'));
  assert.ok(await bearers.verify(token), 'nothing was heard of it, and that is not known yet');
  hears = false;
  assert.equal(await bearers.verify(token), undefined);
});
