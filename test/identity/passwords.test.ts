import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import { test } from 'node:test';
import { TestRegistry } from '../support/registry.ts';
import { AllRows } from '../support/rows.ts';
import { as, grant, join, PASSWORD } from './people.ts';

const NEXT = 'another horse, no battery';

const log = (registry: TestRegistry, username: string, password: string, client?: 'bx') =>
  grant(registry, { grant_type: 'password', username, password }, client);

test('a wrong password, an unknown user and a user without a password are refused in the same words', async () => {
  await using registry = await TestRegistry.start();
  const ada = await join(registry, 'ada@example.com');
  const refusals = [
    await log(registry, ada.email, 'wrong wrong wrong'),
    await log(registry, 'nobody@example.com', 'wrong wrong wrong'),
    await log(registry, `owner@${registry.accountId}`, 'wrong wrong wrong'),
    await log(registry, ada.email, 'x'.repeat(3000)),
  ];
  for (const { status, body } of refusals) {
    assert.equal(status, 401);
    assert.equal(body.errorCode, 'BXNIM0602E');
    assert.equal(body.errorMessage, refusals[0]?.body.errorMessage);
  }
});

test('P1: changing the password needs the old one and ends everything that came by it, and nothing else', async () => {
  await using registry = await TestRegistry.start();
  const ada = await join(registry, 'ada@example.com');
  const login = await log(registry, ada.email, PASSWORD, 'bx');
  const key = await as(registry, ada.token, 'POST', '/v1/apikeys', {
    name: 'k',
    iam_id: ada.iamId,
    account_id: registry.accountId,
  });
  const change = (token: string, body: object) => as(registry, token, 'PUT', '/v1/users/me/password', body);
  assert.equal((await change(ada.token, { password: NEXT })).status, 401);
  assert.equal((await change(ada.token, { old_password: 'wrong', password: NEXT })).status, 401);
  assert.equal((await change(ada.token, { old_password: PASSWORD, password: 'too short' })).status, 400);
  assert.equal((await change(ada.token, { old_password: PASSWORD, password: 'a'.repeat(2000) })).status, 400);
  assert.equal(
    (await change(ada.token, { old_password: PASSWORD, password: 'aaaaaaaaaaaaaaa' })).status,
    400,
  );
  assert.equal((await change(ada.token, { old_password: PASSWORD, password: NEXT })).status, 204);

  assert.equal((await as(registry, ada.token, 'GET', '/identity/userinfo')).status, 401);
  const refresh = { grant_type: 'refresh_token', refresh_token: login.body.refresh_token };
  assert.equal((await grant(registry, refresh, 'bx')).status, 401);
  assert.equal((await log(registry, ada.email, PASSWORD)).status, 401);
  assert.equal((await log(registry, ada.email, NEXT)).status, 200);
  await registry.login(key.body.apikey);
});

test('a user without a password sets one with an API key; a trusted profile has none', async () => {
  await using registry = await TestRegistry.start();
  const { access_token: owner } = await registry.login();
  assert.equal((await as(registry, owner, 'PUT', '/v1/users/me/password', { password: NEXT })).status, 204);
  assert.equal((await log(registry, `owner@${registry.accountId}`, NEXT)).status, 200);
});

test('guessing passwords is throttled by address and name; the right one is let in all the same', async () => {
  await using registry = await TestRegistry.start();
  const ada = await join(registry, 'ada@example.com');
  // accepting an invitation with a new password counts as a guess
  registry.clock.advance(60_000);
  const statuses = [];
  for (let count = 0; count < 23; count++)
    statuses.push((await log(registry, ada.email, `guess number ${count}`)).status);
  assert.deepEqual(new Set(statuses.slice(0, 20)), new Set([401]));
  assert.deepEqual(new Set(statuses.slice(21)), new Set([429]));
  assert.equal((await log(registry, ada.email, PASSWORD)).status, 200);
  assert.equal((await log(registry, 'somebody@example.com', 'guess')).status, 401);
});

test('more passwords at once than the queue holds are told to wait, and none is refused that was queued', async () => {
  await using registry = await TestRegistry.start();
  const ada = await join(registry, 'ada@example.com');
  const answers = await Promise.all(Array.from({ length: 40 }, () => log(registry, ada.email, PASSWORD)));
  const statuses = answers.map(({ status }) => status);
  assert.ok(
    statuses.every((status) => status === 200 || status === 429),
    String(statuses),
  );
  assert.ok(statuses.filter((status) => status === 200).length >= 30);
});

test('P6: no password and no one-time code is at rest or in the log', async () => {
  await using registry = await TestRegistry.start();
  const ada = await join(registry, 'ada@example.com');
  const login = await log(registry, ada.email, PASSWORD, 'bx');
  const { body } = await as(registry, login.body.access_token, 'POST', '/identity/passcode');
  await log(registry, ada.email, 'a wrong one that is logged nowhere');
  await using rows = await AllRows.open(registry.database);
  const files = [registry.database, `${registry.database}-wal`].filter((file) => existsSync(file));
  const kept = [
    JSON.stringify(await rows.read()),
    ...files.map((file) => readFileSync(file, 'latin1')),
    ...registry.logged,
  ].join('\n');
  for (const secret of [
    PASSWORD,
    body.passcode,
    login.body.refresh_token,
    'a wrong one that is logged nowhere',
  ])
    assert.ok(!kept.includes(secret), secret);
  assert.match(kept, /argon2id\$v=19\$m=47104,t=1,p=1\$/);
});
