import assert from 'node:assert/strict';
import { test } from 'node:test';
import { TestRegistry } from '../support/registry.ts';
import { accept, as, grant, grantRole, invite, join, PASSWORD, type Person } from './people.ts';

const reset = async (registry: TestRegistry, user: string, token?: string) => {
  const operator = token ?? (await registry.login()).access_token;
  return as(registry, operator, 'POST', '/api/v1/users/reset', { user });
};

const logIn = (registry: TestRegistry, { email }: Person, client?: 'bx') =>
  grant(registry, { grant_type: 'password', username: email, password: PASSWORD }, client);

test('the operator ends all that a user logs in with, by name or iam_id; the next request with any of it is refused', async () => {
  await using registry = await TestRegistry.start();
  for (const by of ['email', 'iamId'] as const) {
    const ada = await join(registry, `ada-${by}@example.com`.toLowerCase());
    const { body: session } = await logIn(registry, ada, 'bx');
    const made = await as(registry, ada.token, 'POST', '/v1/apikeys', {
      name: 'k',
      iam_id: ada.iamId,
      account_id: registry.accountId,
    });
    const bearer = await registry.bearer([], 'iamapikey', made.body.apikey);
    const { status, body } = await reset(registry, by === 'email' ? ada.email.toUpperCase() : ada.iamId);
    assert.equal(status, 200, JSON.stringify(body));
    assert.deepEqual(body.users, [{ iam_id: ada.iamId, account_ids: [registry.accountId] }]);
    for (const token of [ada.token, session.access_token])
      assert.equal((await as(registry, token, 'GET', '/identity/userinfo')).status, 401);
    const refresh = { grant_type: 'refresh_token', refresh_token: session.refresh_token };
    assert.equal((await grant(registry, refresh, 'bx')).status, 401);
    assert.equal((await logIn(registry, ada)).status, 401);
    await assert.rejects(registry.login(made.body.apikey));
    const pull = await registry.fetch('/v2/', { headers: { Authorization: `Bearer ${bearer}` } });
    assert.equal(pull.status, 401);
  }
});

test('a person whose login was reset is removed, invited again, and begins a new login', async () => {
  await using registry = await TestRegistry.start();
  const ada = await join(registry, 'ada@example.com');
  assert.equal((await reset(registry, ada.email)).status, 200);
  const { access_token: owner } = await registry.login();
  const path = `/v2/accounts/${registry.accountId}/users/${ada.iamId}`;
  assert.equal((await as(registry, owner, 'GET', path)).body.state, 'ACTIVE', 'still a member');
  assert.equal((await as(registry, owner, 'DELETE', path)).status, 204);
  const { code } = await invite(registry, ada.email);
  assert.equal((await accept(registry, code, { password: PASSWORD })).status, 200);
  assert.equal((await logIn(registry, ada)).status, 200);
});

test('a reset needs the operator’s right, leaves owners and invitations alone, and says of whom it knows nothing', async () => {
  await using registry = await TestRegistry.start();
  const ada = await join(registry, 'ada@example.com');
  await grantRole(registry, ada.iamId, 'Administrator', { serviceName: 'user-management' });
  const { token } = ada;
  assert.equal((await reset(registry, ada.email, token)).status, 403);
  assert.equal((await reset(registry, registry.ownerIamId)).status, 409);
  assert.equal((await reset(registry, 'eve@example.com')).status, 404);
  const { code } = await invite(registry, 'eve@example.com');
  assert.equal(
    (await reset(registry, 'eve@example.com')).status,
    404,
    'invited and not accepted is no login',
  );
  assert.equal((await accept(registry, code, { password: PASSWORD })).status, 200);
  await grantRole(registry, ada.iamId, 'Administrator', { serviceName: 'tidegate' });
  assert.equal((await reset(registry, 'eve@example.com', token)).status, 200);
});
