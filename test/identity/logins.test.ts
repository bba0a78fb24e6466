import assert from 'node:assert/strict';
import { test } from 'node:test';
import { HOUR, MINUTE } from '../support/clock.ts';
import { basic, TestRegistry } from '../support/registry.ts';
import { ASSUME, as, grant, grantRole, join, newProfile, PASSWORD } from './people.ts';

const TAGS = '/v2/birds/a/tags/list';

/** A service ID with a key of its own. */
const newServiceId = async (registry: TestRegistry, name: string) => {
  const { access_token: token } = await registry.login();
  const made = await as(registry, token, 'POST', '/v1/serviceids', {
    account_id: registry.accountId,
    name,
    apikey: { name: 'k' },
  });
  assert.equal(made.status, 201, JSON.stringify(made.body));
  const { id, iam_id: iamId, apikey } = made.body;
  return { id: id as string, iamId: iamId as string, apikey: apikey.apikey as string };
};

const pull = async (registry: TestRegistry, userName: string, secret: string): Promise<number> => {
  const bearer = await registry.bearer('repository:birds/a:pull', userName, secret);
  return (await registry.fetch(TAGS, { headers: { Authorization: `Bearer ${bearer}` } })).status;
};

const loginStatus = async (registry: TestRegistry, userName: string, secret: string): Promise<number> =>
  (await registry.fetch('/oauth/token', { headers: { Authorization: basic(userName, secret) } })).status;

test('B45, B55, B57: user, service ID and trusted profile log in with every kind of secret they have', async () => {
  await using registry = await TestRegistry.start();
  await registry.namespaceAdd('birds');
  const ada = await join(registry, 'ada@example.com');
  const robot = await newServiceId(registry, 'ci');
  const profile = await newProfile(registry, 'puller', { type: 'serviceid', identifier: robot.id });
  for (const iamId of [ada.iamId, robot.iamId, profile.iam_id])
    await grantRole(registry, iamId, 'Reader', { serviceName: 'container-registry' });
  const user = (
    await grant(registry, { grant_type: 'password', username: ada.email, password: PASSWORD }, 'bx')
  ).body;
  const service = await registry.login(robot.apikey, 'bx');
  const assumed = await grant(registry, {
    grant_type: ASSUME,
    access_token: service.access_token,
    profile_id: profile.id,
  });
  assert.equal(assumed.status, 200, JSON.stringify(assumed.body));
  const secrets: [string, string][] = [
    ['iambearer', user.access_token],
    ['iamrefresh', user.refresh_token],
    ['iamapikey', robot.apikey],
    ['iambearer', service.access_token],
    ['iamrefresh', service.refresh_token],
    ['iambearer', assumed.body.access_token],
    [profile.id, robot.apikey],
  ];
  for (const [name, secret] of secrets) assert.equal(await pull(registry, name, secret), 404, name);
});

test('B53: a secret of another kind than the user name says is refused, for every kind of identity', async () => {
  await using registry = await TestRegistry.start();
  const ada = await join(registry, 'ada@example.com');
  const robot = await newServiceId(registry, 'ci');
  const profile = await newProfile(registry, 'p', { type: 'serviceid', identifier: robot.id });
  const user = (
    await grant(registry, { grant_type: 'password', username: ada.email, password: PASSWORD }, 'bx')
  ).body;
  const service = await registry.login(robot.apikey, 'bx');
  const right: Record<string, string[]> = {
    iamapikey: [robot.apikey],
    iambearer: [user.access_token, service.access_token],
    iamrefresh: [user.refresh_token, service.refresh_token],
    [profile.id]: [robot.apikey],
  };
  const secrets = [...new Set([...Object.values(right).flat(), PASSWORD])];
  for (const [name, kinds] of Object.entries(right))
    for (const secret of secrets)
      assert.equal(await loginStatus(registry, name, secret), kinds.includes(secret) ? 200 : 401, name);
  assert.equal(await loginStatus(registry, ada.email, PASSWORD), 401, 'a password is no docker login');
});

test('P1: deleting a service ID ends the profile tokens it assumed', async () => {
  await using registry = await TestRegistry.start();
  const robot = await newServiceId(registry, 'ci');
  const profile = await newProfile(registry, 'p', { type: 'serviceid', identifier: robot.id });
  const { access_token } = await registry.login(robot.apikey);
  const assumed = await grant(registry, { grant_type: ASSUME, access_token, profile_id: profile.id });
  const use = async () => (await as(registry, assumed.body.access_token, 'GET', '/identity/userinfo')).status;
  assert.equal(await use(), 200);
  assert.equal((await registry.api('DELETE', `/v1/serviceids/${robot.id}`)).status, 204);
  assert.equal(await use(), 401);
  assert.equal(await loginStatus(registry, profile.id, robot.apikey), 401);
});

test('a trust in a user does not hold for a service ID whose id looks the same', async () => {
  await using registry = await TestRegistry.start();
  const robot = await newServiceId(registry, 'ci');
  const profile = await newProfile(registry, 'p', { type: 'user', identifier: robot.iamId });
  assert.equal(await loginStatus(registry, profile.id, robot.apikey), 401);
});

test('B54, B57: access tokens, refresh tokens and sessions live as long as the account has settled', async () => {
  await using registry = await TestRegistry.start();
  const { access_token: owner } = await registry.login();
  const path = `/v1/accounts/${registry.accountId}/settings/identity`;
  const changed = await as(
    registry,
    owner,
    'PUT',
    path,
    {
      system_access_token_expiration_in_seconds: '900',
      system_refresh_token_expiration_in_seconds: '3600',
      session_expiration_in_seconds: '1800',
      session_invalidation_in_seconds: '900',
    },
    { 'If-Match': '*' },
  );
  assert.equal(changed.status, 200, JSON.stringify(changed.body));
  const robot = await newServiceId(registry, 'ci');
  const user = await registry.login(registry.apikey, 'bx');
  const service = await registry.login(robot.apikey, 'bx');
  const claims = JSON.parse(Buffer.from(user.access_token.split('.')[1] ?? '', 'base64url').toString());
  assert.equal(claims.exp - claims.iat, 900);
  registry.clock.advance(14 * MINUTE);
  assert.equal(await loginStatus(registry, 'iamrefresh', user.refresh_token), 200);
  registry.clock.advance(MINUTE);
  assert.equal(await loginStatus(registry, 'iambearer', user.access_token), 401);
  registry.clock.advance(13 * MINUTE);
  assert.equal(await loginStatus(registry, 'iamrefresh', user.refresh_token), 200, 'in use');
  registry.clock.advance(2 * MINUTE);
  assert.equal(await loginStatus(registry, 'iamrefresh', user.refresh_token), 401, 'the session is over');
  assert.equal(await loginStatus(registry, 'iamrefresh', service.refresh_token), 200);
  registry.clock.advance(HOUR);
  assert.equal(await loginStatus(registry, 'iamrefresh', service.refresh_token), 401);
});

test('B61, B62: any client that sends a user name and a password logs in: curl, a platform that pulls for you', async () => {
  await using registry = await TestRegistry.start();
  await registry.namespaceAdd('birds');
  const robot = await newServiceId(registry, 'ci');
  await grantRole(registry, robot.iamId, 'Reader', { serviceName: 'container-registry' });
  const form = new URLSearchParams({
    grant_type: 'password',
    username: 'iamapikey',
    password: robot.apikey,
    scope: 'repository:birds/a:pull',
    service: 'registry',
    client_id: 'containerd-client',
  });
  const posted = await registry.fetch('/oauth/token', { method: 'POST', body: form });
  assert.equal(posted.status, 200);
  const { access_token: bearer } = (await posted.json()) as { access_token: string };
  assert.equal((await registry.fetch(TAGS, { headers: { Authorization: `Bearer ${bearer}` } })).status, 404);
});
