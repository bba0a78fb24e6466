import assert from 'node:assert/strict';
import { join } from 'node:path';
import { test } from 'node:test';
import { SqliteDatabase } from '../../src/database/sqlite.ts';
import { makeAccount } from '../../src/identity/accounts/new-account.ts';
import { createAccount } from '../../src/identity/accounts/writes.ts';
import { MasterKey } from '../../src/identity/master-key.ts';
import { RegistryTokens } from '../../src/identity/registry-tokens/registry-tokens.ts';
import { findRegistryToken } from '../../src/identity/registry-tokens/rows.ts';
import { SigningKeys } from '../../src/identity/signing-keys/signing-keys.ts';
import { systemActor } from '../../src/principal.ts';
import { ensureRegion } from '../../src/tenancy/regions/writes.ts';
import { HOUR, MovableClock } from '../support/clock.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

const actor = systemActor('test');

test('the job takes expired tokens out of the database in bounded batches, and no other', async () => {
  using folder = temporaryFolder();
  const writes = new URL('../../src/writes.ts', import.meta.url).href;
  await using database = await SqliteDatabase.open(join(folder.path, 'tidegate.db'), writes);
  const clock = new MovableClock();
  const masterKey = new MasterKey(MasterKey.generate());
  const signingKeys = new SigningKeys(database, masterKey);
  await signingKeys.start(clock);
  const { account, owner, key } = makeAccount('acme', undefined, masterKey, clock.now());
  await database.write(createAccount, { account, owner, key, actor });
  const region = await database.write(ensureRegion, { id: 'r1', name: 'local', created_at: clock.now() });
  const tokens = new RegistryTokens(database, signingKeys, clock);
  const create = async (lifetime: number | undefined): Promise<string> => {
    const asked = {
      accountId: account.id,
      regionId: region.id,
      issuer: 'h',
      readonly: true,
      namespaceId: undefined,
      description: '',
      lifetime,
    };
    const value = await tokens.create(asked, actor);
    return JSON.parse(Buffer.from(value.split('.')[1] ?? '', 'base64').toString()).jti;
  };
  const short = await Promise.all([1, 2, 3].map(() => create(HOUR)));
  const kept = [await create(2 * HOUR), await create(undefined)];
  const present = async (id: string): Promise<boolean> =>
    (await findRegistryToken(database.db, id)) !== undefined;

  assert.equal(await tokens.expire(2), 0);
  clock.advance(HOUR);
  assert.equal(await tokens.expire(2), 2);
  assert.equal(await tokens.expire(2), 1);
  assert.equal(await tokens.expire(2), 0);
  assert.deepEqual(await Promise.all(short.map(present)), [false, false, false]);
  assert.deepEqual(await Promise.all(kept.map(present)), [true, true]);
});
