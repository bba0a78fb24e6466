import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { join } from 'node:path';
import { test } from 'node:test';
import { SqliteDatabase } from '../../src/database/sqlite.ts';
import { makeAccount } from '../../src/identity/accounts/new-account.ts';
import { createAccount } from '../../src/identity/accounts/writes.ts';
import { ApiKeys } from '../../src/identity/api-keys/api-keys.ts';
import { MasterKey } from '../../src/identity/master-key.ts';
import { systemActor } from '../../src/principal.ts';
import { IamLab } from '../identity/iam-lab.ts';
import { accept, as, grant, invite } from '../identity/people.ts';
import { MovableClock } from '../support/clock.ts';
import { TestRegistry } from '../support/registry.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

const NEXT = 'another horse battery';

test('P2: an API key of one account sets no first password, which would open the other accounts of its user', async () => {
  await using registry = await TestRegistry.start();
  const lab = new IamLab(registry);
  const stranger = await lab.stranger();
  const { access_token: token } = await registry.login(stranger.apikey);
  const name = `owner@${stranger.accountId}`;
  const { code } = await invite(registry, name);
  assert.equal((await accept(registry, code, {}, token)).status, 200);
  const refused = await as(registry, token, 'PUT', '/v1/users/me/password', { password: NEXT });
  assert.equal(refused.status, 403, JSON.stringify(refused.body));
  const here = { grant_type: 'password', username: name, password: NEXT, account: registry.accountId };
  assert.equal((await grant(registry, here)).status, 401);
});

test('P4: asking for a key for an id of another account does not tell what the id is', async () => {
  await using registry = await TestRegistry.start();
  const lab = new IamLab(registry);
  const stranger = await lab.stranger();
  const { iam_id: there } = await lab.serviceId('there');
  const ask = async (iamId: string) => {
    const body = { name: 'k', account_id: registry.accountId, iam_id: iamId };
    const response = await lab.as(stranger, 'POST', '/v1/apikeys', body);
    const { errorMessage } = (await response.json()) as { errorMessage: string };
    return [response.status, errorMessage];
  };
  assert.deepEqual(await ask(there), await ask(`iam-ServiceId-${randomUUID()}`));
  assert.deepEqual(await ask(there), await ask(registry.ownerIamId));
});

test('a value that was an API key may be one again, and is at once', async () => {
  await using registry = await TestRegistry.start();
  const lab = new IamLab(registry);
  const apikey = `chosen-${randomUUID()}`;
  const first = await lab.key(registry.ownerIamId, { apikey });
  await registry.login(apikey);
  await lab.want(204, 'DELETE', `/v1/apikeys/${first.id}`);
  await assert.rejects(registry.login(apikey));
  await lab.key(registry.ownerIamId, { apikey });
  await registry.login(apikey);
});

test('a user who was removed while a request of theirs was under way has no key from it', async () => {
  using folder = temporaryFolder();
  const writes = new URL('../../src/writes.ts', import.meta.url).href;
  await using database = await SqliteDatabase.open(join(folder.path, 'tidegate.db'), writes);
  const [clock, masterKey] = [new MovableClock(), new MasterKey(MasterKey.generate())];
  const actor = systemActor('test');
  const { account, owner, key } = makeAccount('acme', undefined, masterKey, clock.now());
  await database.write(createAccount, { account, owner, key, actor });
  const keys = new ApiKeys(database, masterKey, clock);
  const make = (iamId: string): Promise<unknown> =>
    keys.create(
      {
        accountId: account.id,
        iamId,
        identityKind: 'user',
        name: 'k',
        description: '',
        secret: undefined,
        expiresAt: undefined,
        locked: false,
        disabled: false,
        supportSessions: false,
        actionWhenLeaked: 'none',
        createdBy: iamId,
      },
      actor,
    );
  await make(owner.iam_id);
  await assert.rejects(make('IBMid-REMOVED'), { code: 'NOT_FOUND' });
});
