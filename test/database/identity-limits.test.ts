import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import type { Database } from '../../src/database/database.ts';
import { SqliteDatabase } from '../../src/database/sqlite.ts';
import { Activity } from '../../src/identity/activity/activity.ts';
import { ApiKeys } from '../../src/identity/api-keys/api-keys.ts';
import { FederatedSessions } from '../../src/identity/federated-sessions/federated-sessions.ts';
import { MasterKey } from '../../src/identity/master-key.ts';
import { ServiceIds } from '../../src/identity/service-ids/service-ids.ts';
import { Sessions } from '../../src/identity/sessions/sessions.ts';
import { AccountSettings } from '../../src/identity/settings/account-settings.ts';
import { HOUR, MovableClock } from '../support/clock.ts';
import { accountRow, actor, keyRow, refreshTokenRow, sessionRow } from './database-rows.ts';
import { insert } from './database-writes.ts';
import { serviceIdRow } from './iam-rows.ts';

const writes = new URL('./database-writes.ts', import.meta.url).href;
const masterKey = new MasterKey(randomBytes(32));
const DAY = 24 * HOUR;

let folder: string;
let database: Database;
before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'tidegate-limits-'));
  database = await SqliteDatabase.open(join(folder, 'tidegate.db'), writes);
});
after(async () => {
  await database[Symbol.asyncDispose]();
  await rm(folder, { recursive: true, force: true });
});

test('an account has at most 2000 service IDs', async () => {
  const account = accountRow();
  const rows = Array.from({ length: 1999 }, () => serviceIdRow(account.id));
  await database.write(insert, { accounts: [account], service_ids: rows });
  const serviceIds = new ServiceIds(database, masterKey, new MovableClock());
  const create = (): Promise<unknown> =>
    serviceIds.create(
      {
        id: ServiceIds.newId(),
        accountId: account.id,
        name: 'ci',
        description: '',
        uniqueInstanceCrns: [],
        locked: false,
        createdBy: 'IBMid-1',
        key: undefined,
      },
      actor,
    );
  await create();
  await assert.rejects(create(), { code: 'LIMIT_REACHED' });
});

test('a key that expired is kept for 90 days, then deleted', async () => {
  const clock = new MovableClock();
  const account = accountRow();
  const key = keyRow(account.id, { expires_at: clock.now() });
  const forever = keyRow(account.id);
  await database.write(insert, { accounts: [account], api_keys: [key, forever] });
  const apiKeys = new ApiKeys(database, masterKey, clock);
  clock.advance(90 * DAY);
  assert.equal(await apiKeys.expire(10), 0);
  assert.ok(await apiKeys.find(key.id));
  clock.advance(1);
  assert.equal(await apiKeys.expire(10), 1);
  assert.equal(await apiKeys.find(key.id), undefined);
  assert.ok(await apiKeys.find(forever.id));
});

test('a session that is over is taken away, and one that goes on stays', async () => {
  const clock = new MovableClock();
  const account = accountRow();
  const over = { ...sessionRow(account.id), expires_at: clock.now() };
  const alive = { ...sessionRow(account.id), expires_at: clock.now() + HOUR };
  const token = { ...refreshTokenRow(account.id), expires_at: clock.now() };
  await database.write(insert, { accounts: [account], sessions: [over, alive], refresh_tokens: [token] });
  const settings = new AccountSettings(database, clock);
  const sessions = new Sessions(
    database,
    clock,
    new Activity(database, clock),
    settings,
    new FederatedSessions(database, clock),
  );
  assert.equal(await sessions.expire(10), 2);
  assert.equal(await sessions.find(over.id), undefined);
  assert.ok(await sessions.find(alive.id));
  assert.equal(await sessions.expire(10), 0);
});
