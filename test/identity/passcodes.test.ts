import assert from 'node:assert/strict';
import { test } from 'node:test';
import { basic, TestRegistry } from '../support/registry.ts';
import { as, grant, join, PASSCODE, PASSWORD, read } from './people.ts';

/** As IBM's clients ask for a passcode. */
const ask = async (registry: TestRegistry, fields: Record<string, string>, client?: string) =>
  read(
    await registry.fetch('/identity/passcode', {
      method: 'POST',
      headers: client === undefined ? {} : { Authorization: basic(client, client) },
      body: new URLSearchParams(fields),
    }),
  );

const refresh = (token: string) => ({
  grant_type: 'refresh_token',
  refresh_token: token,
  response_type: 'cloud_iam',
});

test("a passcode is made with a refresh token by the client it was issued to, as IBM's clients ask for it", async () => {
  await using registry = await TestRegistry.start();
  const ada = await join(registry, 'ada@example.com');
  const password = { grant_type: 'password', username: ada.email, password: PASSWORD };
  const { body: login } = await grant(registry, password, 'bx');
  const made = await ask(registry, refresh(login.refresh_token), 'bx');
  assert.equal(made.status, 201, JSON.stringify(made.body));
  assert.equal(made.headers.get('cache-control'), 'no-store');
  const used = await grant(registry, { grant_type: PASSCODE, passcode: made.body.passcode }, 'bx');
  assert.equal(used.status, 200, JSON.stringify(used.body));
  const whose = await as(registry, used.body.access_token, 'GET', '/identity/userinfo');
  assert.equal(whose.body.iam_id, ada.iamId);

  const again = await ask(registry, refresh(login.refresh_token), 'bx');
  const session = `/v1/sessions/${login.session_id}/state`;
  const ended = await as(registry, login.access_token, 'PATCH', session, { state: 'invalid' });
  assert.ok(ended.status < 300, JSON.stringify(ended.body));
  const late = await grant(registry, { grant_type: PASSCODE, passcode: again.body.passcode }, 'bx');
  assert.equal(late.status, 401, 'its session has ended');
  assert.equal((await ask(registry, refresh(login.refresh_token), 'bx')).status, 401);
});

test('no passcode without a live refresh token of a user, its client and its grant type', async () => {
  await using registry = await TestRegistry.start({ env: { TIDEGATE_IDENTITY_TOKENS: 'true' } });
  const ada = await join(registry, 'ada@example.com');
  const password = { grant_type: 'password', username: ada.email, password: PASSWORD };
  const { body: login } = await grant(registry, password, 'bx');
  const good = refresh(login.refresh_token);
  const codes = async (fields: Record<string, string>, client?: string) => {
    const { status, body } = await ask(registry, fields, client);
    return [status, body.errorCode];
  };
  assert.deepEqual(await codes(good), [400, 'BXNIM0139E'], 'no client');
  assert.deepEqual(await codes(good, 'kube'), [400, 'BXNIM0106E'], 'an unknown client');
  assert.deepEqual(await codes(refresh('tdr_wrong'), 'bx'), [401, 'BXNIM0407E']);
  assert.deepEqual(await codes({ ...good, grant_type: 'password' }, 'bx'), [400, 'BXNIM0106E']);
  assert.deepEqual(await codes({ grant_type: 'refresh_token' }, 'bx'), [400, 'BXNIM0109E']);
  const issued = await registry.fetch('/oauth/token?offline_token=true', {
    headers: { Authorization: basic('iamapikey', registry.apikey) },
  });
  const { refresh_token: docker } = (await issued.json()) as { refresh_token: string };
  assert.deepEqual(await codes(refresh(docker), 'bx'), [400, 'BXNIM0139E'], "docker's");
  const made = await registry.api('POST', '/v1/serviceids', {
    account_id: registry.accountId,
    name: 'ci',
    apikey: { name: 'k' },
  });
  const { apikey } = ((await made.json()) as { apikey: { apikey: string } }).apikey;
  const { refresh_token: service } = await registry.login(apikey, 'bx');
  assert.equal((await ask(registry, refresh(service), 'bx')).status, 403, 'a service ID has none');
  assert.equal((await read(await registry.fetch('/identity/passcode', { method: 'POST' }))).status, 401);
});
