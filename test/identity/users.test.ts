import assert from 'node:assert/strict';
import { test } from 'node:test';
import { v2Policy } from '../access/policy-documents.ts';
import { HOUR } from '../support/clock.ts';
import { basic, TestRegistry } from '../support/registry.ts';
import { ASSUME, accept, as, grant, grantRole, invite, join, newProfile, PASSWORD, read } from './people.ts';

const passwordGrant = (registry: TestRegistry, username: string, more = {}, client?: 'bx') =>
  grant(registry, { grant_type: 'password', username, password: PASSWORD, ...more }, client);

test('an invitation is accepted once with its code; until then the member is pending and cannot log in', async () => {
  await using registry = await TestRegistry.start();
  const { access_token: owner } = await registry.login();
  const { iamId, code } = await invite(registry, 'Ada@Example.com');
  const path = `/v2/accounts/${registry.accountId}/users/${iamId}`;
  const pending = await as(registry, owner, 'GET', path);
  assert.equal(pending.body.state, 'PENDING');
  assert.equal(pending.body.user_id, 'ada@example.com');
  assert.equal((await passwordGrant(registry, 'ada@example.com')).status, 401);
  assert.equal((await accept(registry, `${code}x`, { password: PASSWORD })).status, 401);
  assert.equal((await accept(registry, code)).status, 400, 'no password');
  assert.equal((await accept(registry, code, { password: 'short' })).status, 400);
  assert.equal((await accept(registry, code, { password: PASSWORD, first_name: 'Ada' })).status, 200);
  assert.equal((await accept(registry, code, { password: PASSWORD })).status, 401, 'a second time');
  const active = await as(registry, owner, 'GET', path);
  assert.deepEqual([active.body.state, active.body.firstname], ['ACTIVE', 'Ada']);
  assert.equal((await passwordGrant(registry, 'ADA@example.com')).status, 200);
});

test('an invitation ends after thirty days, with a newer one, and with its withdrawal', async () => {
  await using registry = await TestRegistry.start();
  const first = await invite(registry, 'ada@example.com');
  const second = await invite(registry, 'ada@example.com');
  assert.equal(second.iamId, first.iamId);
  assert.equal((await accept(registry, first.code, { password: PASSWORD })).status, 401);
  registry.clock.advance(30 * 24 * HOUR);
  assert.equal((await accept(registry, second.code, { password: PASSWORD })).status, 401);
  const third = await invite(registry, 'ada@example.com');
  const { access_token: owner } = await registry.login();
  const path = `/v2/accounts/${registry.accountId}/users/${third.iamId}`;
  assert.equal((await as(registry, owner, 'DELETE', path)).status, 204);
  assert.equal((await accept(registry, third.code, { password: PASSWORD })).status, 401);
});

test('members are listed in pages with how many there are; an unknown one is a 404', async () => {
  await using registry = await TestRegistry.start();
  const { access_token: owner } = await registry.login();
  for (const name of ['a', 'b', 'c']) await invite(registry, `${name}@example.com`);
  const users = `/v2/accounts/${registry.accountId}/users`;
  const seen = [];
  let next = `${users}?limit=3`;
  while (next) {
    const { body } = await as(registry, owner, 'GET', next);
    assert.equal(body.total_results, 4);
    seen.push(...body.resources.map(({ iam_id }: { iam_id: string }) => iam_id));
    next = body.next_url === undefined ? '' : new URL(body.next_url).pathname + new URL(body.next_url).search;
  }
  assert.equal(new Set(seen).size, 4);
  assert.equal((await as(registry, owner, 'GET', `${users}/IBMid-NOBODY`)).status, 404);
  assert.equal((await as(registry, owner, 'GET', `/v2/accounts/${'0'.repeat(32)}/users`)).status, 403);
  const again = await as(registry, owner, 'POST', users, { users: [{ email: 'no address' }] });
  assert.equal(again.status, 400);
  const group = { users: [{ email: 'd@example.com' }], access_groups: ['AccessGroupId-none'] };
  assert.equal((await as(registry, owner, 'POST', users, group)).status, 404);
});

test('B50: removing a user refuses the next request with everything that came from them, and forgets them', async () => {
  await using registry = await TestRegistry.start();
  const { access_token: owner } = await registry.login();
  const ada = await join(registry, 'ada@example.com');
  const login = await passwordGrant(registry, ada.email, {}, 'bx');
  const made = await as(registry, ada.token, 'POST', '/v1/apikeys', {
    name: 'k',
    iam_id: ada.iamId,
    account_id: registry.accountId,
  });
  assert.equal(made.status, 201);
  const { apikey } = made.body;
  const profile = await newProfile(registry, 'p', { type: 'user', identifier: ada.iamId });
  const assumed = await grant(registry, {
    grant_type: ASSUME,
    access_token: ada.token,
    profile_id: profile.id,
  });
  const code = await as(registry, login.body.access_token, 'POST', '/identity/passcode');
  assert.equal(code.status, 201);
  const bearers = [
    await registry.bearer([], 'iamapikey', apikey),
    await registry.bearer([], 'iamrefresh', login.body.refresh_token),
    await registry.bearer([], profile.id, apikey),
  ];
  const use = async (): Promise<number[]> => [
    ...(await Promise.all(
      [ada.token, login.body.access_token, assumed.body.access_token].map(
        async (token) => (await as(registry, token, 'GET', '/identity/userinfo')).status,
      ),
    )),
    ...(await Promise.all(
      bearers.map(
        async (token) =>
          (
            await registry.fetch('/v2/', { headers: { Authorization: `Bearer ${token}` } })
          ).status,
      ),
    )),
    (await registry.fetch('/oauth/token', { headers: { Authorization: basic('iamapikey', apikey) } })).status,
  ];
  assert.deepEqual(new Set(await use()), new Set([200]));
  const path = `/v2/accounts/${registry.accountId}/users/${ada.iamId}`;
  assert.equal((await as(registry, owner, 'DELETE', path)).status, 204);
  assert.deepEqual(new Set(await use()), new Set([401]));
  assert.equal((await passwordGrant(registry, ada.email)).status, 401);
  const passcode = 'urn:ibm:params:oauth:grant-type:passcode';
  assert.equal((await grant(registry, { grant_type: passcode, passcode: code.body.passcode })).status, 401);
  assert.equal((await as(registry, owner, 'GET', path)).status, 404);
  const identities = await as(registry, owner, 'GET', `/v1/profiles/${profile.id}/identities`);
  assert.deepEqual(identities.body.identities, []);
  assert.notEqual((await invite(registry, ada.email)).iamId, ada.iamId, 'invited again, another identity');
});

test('B50: a member who is switched off is refused at once, and back at once when switched on', async () => {
  await using registry = await TestRegistry.start();
  const { access_token: owner } = await registry.login();
  const ada = await join(registry, 'ada@example.com');
  const path = `/v2/accounts/${registry.accountId}/users/${ada.iamId}`;
  const use = async () => (await as(registry, ada.token, 'GET', '/identity/userinfo')).status;
  for (const state of ['DISABLED', 'SUSPENDED']) {
    assert.equal((await as(registry, owner, 'PATCH', path, { state })).status, 204);
    assert.equal(await use(), 401);
    assert.equal((await as(registry, owner, 'PATCH', path, { state: 'ACTIVE' })).status, 204);
    assert.equal(await use(), 200);
  }
  assert.equal((await as(registry, ada.token, 'PATCH', path, { state: 'DISABLED' })).status, 403);
});

test("the account's owner can be neither removed nor switched off", async () => {
  await using registry = await TestRegistry.start();
  const { access_token: owner } = await registry.login();
  const ada = await join(registry, 'ada@example.com');
  await grantRole(registry, ada.iamId, 'Administrator');
  const path = `/v2/accounts/${registry.accountId}/users/${registry.ownerIamId}`;
  for (const token of [owner, ada.token]) {
    assert.ok((await as(registry, token, 'DELETE', path)).status >= 400);
    assert.ok((await as(registry, token, 'PATCH', path, { state: 'DISABLED' })).status >= 400);
  }
  assert.equal((await as(registry, owner, 'GET', '/identity/userinfo')).status, 200);
});

test('names are their own to change; e-mail and what is not kept is refused; settings cannot pretend', async () => {
  await using registry = await TestRegistry.start();
  const { access_token: owner } = await registry.login();
  const ada = await join(registry, 'ada@example.com');
  const path = `/v2/accounts/${registry.accountId}/users/${ada.iamId}`;
  assert.equal((await as(registry, ada.token, 'PATCH', path, { firstname: 'Augusta' })).status, 204);
  assert.equal((await as(registry, owner, 'PATCH', path, { firstname: 'Eve' })).status, 403);
  assert.equal((await as(registry, ada.token, 'PATCH', path, { email: 'x@example.com' })).status, 400);
  assert.equal((await as(registry, ada.token, 'PATCH', path, { phonenumber: '1' })).status, 400);
  const { body } = await as(registry, ada.token, 'GET', path);
  assert.deepEqual([body.firstname, body.lastname, body.email], ['Augusta', 'Byron', 'ada@example.com']);
  const settings = await as(registry, ada.token, 'GET', `${path}/settings`);
  assert.equal(settings.body.allowed_ip_addresses, '');
  assert.equal((await as(registry, ada.token, 'PATCH', `${path}/settings`, settings.body)).status, 204);
  const limited = { allowed_ip_addresses: '10.0.0.1' };
  assert.equal((await as(registry, ada.token, 'PATCH', `${path}/settings`, limited)).status, 400);
});

test('a member without a policy manages no other member; a stranger sees no member', async () => {
  await using registry = await TestRegistry.start();
  const ada = await join(registry, 'ada@example.com');
  const users = `/v2/accounts/${registry.accountId}/users`;
  assert.equal((await as(registry, ada.token, 'GET', users)).status, 403);
  assert.equal(
    (await as(registry, ada.token, 'POST', users, { users: [{ email: 'x@example.com' }] })).status,
    403,
  );
  assert.equal((await as(registry, ada.token, 'GET', `${users}/${ada.iamId}`)).status, 200, 'themselves');
  assert.equal((await as(registry, ada.token, 'GET', `${users}/${registry.ownerIamId}`)).status, 404);
  assert.equal((await as(registry, ada.token, 'DELETE', `${users}/${registry.ownerIamId}`)).status, 404);
  const other = await read(await registry.api('POST', '/api/v1/accounts', { name: 'other' }));
  const { access_token: stranger } = await registry.login(other.body.apikey);
  assert.equal((await as(registry, stranger, 'GET', `${users}/${ada.iamId}`)).status, 404);
  assert.equal((await as(registry, stranger, 'DELETE', `${users}/${ada.iamId}`)).status, 404);
});

test('rights do not grow through an invitation: it gives only what the inviter governs', async () => {
  await using registry = await TestRegistry.start();
  const ada = await join(registry, 'ada@example.com');
  await grantRole(registry, ada.iamId, 'Administrator', { serviceName: 'user-management' });
  const { iamId } = await invite(registry, 'strong@example.com');
  await grantRole(registry, iamId, 'Manager', { serviceName: 'container-registry' });
  const users = `/v2/accounts/${registry.accountId}/users`;
  const { token } = ada;
  const again = await as(registry, token, 'POST', users, { users: [{ email: 'Strong@example.com' }] });
  assert.equal(again.status, 403, JSON.stringify(again.body));
  const { control, resource, ...v2 } = v2Policy('', 'Reader', registry.accountId);
  const v1 = {
    type: v2.type,
    roles: control.grant.roles,
    resources: [{ attributes: resource.attributes.map(({ key: name, value }) => ({ name, value })) }],
  };
  const handing = { users: [{ email: 'weak@example.com' }], iam_policy: [v1] };
  assert.equal(
    (await as(registry, token, 'POST', users, handing)).status,
    403,
    'a policy they could not make',
  );
  const { access_token: owner } = await registry.login();
  const odd = { ...handing, iam_policy: [{ ...v1, resources: [] }] };
  assert.equal((await as(registry, owner, 'POST', users, odd)).status, 400);
  const roles = [{ role_id: 'crn:v1:bluemix:public:iam::::role:Viewer' }];
  const unsupported = { ...handing, iam_policy: [{ ...v1, roles }] };
  assert.equal((await as(registry, owner, 'POST', users, unsupported)).status, 400);
  const { body: members } = await as(registry, owner, 'GET', users);
  assert.ok(!JSON.stringify(members).includes('weak@example.com'), 'nobody was invited by what was refused');
  const made = await as(registry, owner, 'POST', users, {
    ...handing,
    users: [{ email: 'reader@example.com' }],
  });
  assert.equal(made.status, 202, JSON.stringify(made.body));
  const query = `account_id=${registry.accountId}&iam_id=${made.body.resources[0].id}`;
  const { body } = await as(registry, owner, 'GET', `/v1/policies?${query}`);
  assert.equal(body.policies.length, 1);
  const fresh = await as(registry, token, 'POST', users, { users: [{ email: 'weak@example.com' }] });
  assert.equal(fresh.status, 202);
});

test('a user known from another account accepts with their own login, and switches accounts by a password only', async () => {
  await using registry = await TestRegistry.start();
  const ada = await join(registry, 'ada@example.com');
  registry.clock.advance(1000);
  const other = await read(await registry.api('POST', '/api/v1/accounts', { name: 'other' }));
  const { access_token: token } = await registry.login(other.body.apikey);
  const { account_id: account } = other.body;
  const { iamId, code } = await invite(registry, ada.email, { token, account });
  assert.notEqual(iamId, ada.iamId, 'it is the id of the invitation');
  assert.equal((await accept(registry, code, {}, token)).status, 401, 'as somebody else');
  const accepted = await accept(registry, code, {}, ada.token);
  assert.deepEqual([accepted.status, accepted.body.iam_id], [200, ada.iamId]);

  const inFirst = await passwordGrant(registry, ada.email, {}, 'bx');
  const accountOf = (answer: { body: { access_token: string } }) =>
    JSON.parse(Buffer.from(answer.body.access_token.split('.')[1] ?? '', 'base64url').toString()).account.bss;
  assert.equal(accountOf(inFirst), registry.accountId);
  assert.equal(accountOf(await passwordGrant(registry, ada.email, { bss_account: account })), account);
  const nowhere = await passwordGrant(registry, ada.email, { account: '0'.repeat(32) });
  assert.equal(nowhere.body.errorCode, 'BXNIM0141E');

  const refresh = { grant_type: 'refresh_token', refresh_token: inFirst.body.refresh_token };
  const switched = await grant(registry, { ...refresh, account }, 'bx');
  assert.equal(switched.status, 200, JSON.stringify(switched.body));
  assert.equal(accountOf(switched), account);
  assert.notEqual(switched.body.refresh_token, inFirst.body.refresh_token);
  assert.equal(
    (await grant(registry, { ...refresh, account: '0'.repeat(32) }, 'bx')).body.errorCode,
    'BXNIM0141E',
  );
  const there = { grant_type: 'refresh_token', refresh_token: switched.body.refresh_token };
  assert.equal(accountOf(await grant(registry, there, 'bx')), account);

  const key = await as(registry, ada.token, 'POST', '/v1/apikeys', {
    name: 'k',
    iam_id: ada.iamId,
    account_id: registry.accountId,
  });
  const byKey = await registry.login(key.body.apikey, 'bx');
  const climbing = { grant_type: 'refresh_token', refresh_token: byKey.refresh_token, account };
  assert.equal(
    (await grant(registry, climbing, 'bx')).body.errorCode,
    'BXNIM0141E',
    'an API key belongs to one account',
  );

  const { access_token: first } = await registry.login();
  assert.equal(
    (await as(registry, first, 'DELETE', `/v2/accounts/${registry.accountId}/users/${ada.iamId}`)).status,
    204,
  );
  assert.equal((await grant(registry, there, 'bx')).status, 401, 'the session it began in is gone');
  assert.equal((await passwordGrant(registry, ada.email)).status, 200, 'still a member of the other');
});
