import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Answer } from '../access/caller.ts';
import { HOUR, MINUTE } from '../support/clock.ts';
import { basic, TestRegistry } from '../support/registry.ts';
import { APIKEY, ASSUME, as, grant, join, newProfile, PASSCODE, PASSWORD, read } from './people.ts';

const code = ({ status, body }: Answer): string => `${status} ${body.errorCode ?? ''}`.trim();

test('what is wrong with a token request is said by IBM codes', async () => {
  await using registry = await TestRegistry.start();
  const { apikey } = registry;
  const bx = await registry.login(apikey, 'bx');
  const refresh = { grant_type: 'refresh_token', refresh_token: bx.refresh_token };
  assert.equal(code(await grant(registry, {})), '400 BXNIM0109E');
  assert.equal(code(await grant(registry, { grant_type: APIKEY })), '400 BXNIM0109E');
  assert.equal(code(await grant(registry, { grant_type: 'x' })), '400 BXNIM0106E');
  assert.equal(code(await grant(registry, { grant_type: 'toString' })), '400 BXNIM0106E');
  assert.equal(
    code(await grant(registry, { grant_type: 'authorization_code', code: 'x' })),
    '400 BXNIM0400E',
  );
  assert.equal(code(await grant(registry, { grant_type: APIKEY, apikey: 'x' })), '401 BXNIM0415E');
  assert.equal(code(await grant(registry, refresh)), '400 BXNIM0139E');
  assert.equal(code(await grant(registry, { ...refresh, refresh_token: 'x' }, 'bx')), '401 BXNIM0407E');
  const kinds = (value: string) => grant(registry, { grant_type: APIKEY, apikey, response_type: value });
  for (const fine of ['cloud_iam', 'cloud_iam,ims_portal', 'cloud_iam ims_portal'])
    assert.equal((await kinds(fine)).status, 200);
  for (const bad of ['uaa', 'cloud_iam,uaa', 'ims_portal', 'delegated_refresh_token', ','])
    assert.equal(code(await kinds(bad)), '400 BXNIM0106E', bad);
  registry.clock.advance(2 * HOUR);
  assert.equal(code(await grant(registry, refresh, 'bx')), '401 BXNIM0439E');
  registry.clock.advance(71 * HOUR);
  assert.equal(code(await grant(registry, refresh, 'bx')), '401 BXNIM0408E');
  const refused = await grant(registry, { grant_type: APIKEY, apikey: 'x' });
  assert.ok(refused.headers.get('transaction-id'));
  assert.equal(refused.body.context.requestId, refused.headers.get('transaction-id'));
});

test('what is wrong with a token request is said in the words of OAuth too (RFC 6749, 5.2)', async () => {
  await using registry = await TestRegistry.start();
  const { refresh_token } = await registry.login(registry.apikey, 'bx');
  const word = async (fields: Record<string, string>, client?: 'bx'): Promise<string> =>
    (await grant(registry, fields, client)).body.error;
  assert.equal(await word({ grant_type: 'x' }), 'unsupported_grant_type');
  assert.equal(await word({ grant_type: 'toString' }), 'unsupported_grant_type');
  assert.equal(await word({}), 'invalid_request');
  assert.equal(await word({ grant_type: APIKEY }), 'invalid_request');
  assert.equal(await word({ grant_type: 'refresh_token', refresh_token }), 'invalid_grant');
  assert.equal(await word({ grant_type: 'authorization_code', code: 'x' }, 'bx'), 'unauthorized_client');
});

test('a refresh token is issued only to a client that names itself', async () => {
  await using registry = await TestRegistry.start();
  const ada = await join(registry, 'ada@example.com');
  const login = { grant_type: 'password', username: ada.email, password: PASSWORD };
  assert.equal((await grant(registry, login)).body.refresh_token, 'not_supported');
  const named = await grant(registry, login, 'bx');
  assert.match(named.body.refresh_token, /^tdr_/);
  assert.match(named.body.session_id, /^C-/);
  const odd = await read(
    await registry.fetch('/identity/token', {
      method: 'POST',
      headers: { Authorization: basic('constructor', 'x') },
      body: new URLSearchParams(login),
    }),
  );
  assert.equal(odd.status, 400);
});

test('a passcode logs the same user in once within five minutes, and ends with the session it was made in', async () => {
  await using registry = await TestRegistry.start();
  const ada = await join(registry, 'ada@example.com');
  const sessionless = await as(registry, ada.token, 'POST', '/identity/passcode');
  assert.equal(sessionless.status, 403);
  const login = await grant(
    registry,
    { grant_type: 'password', username: ada.email, password: PASSWORD },
    'bx',
  );
  const make = async (): Promise<string> =>
    (await as(registry, login.body.access_token, 'POST', '/identity/passcode')).body.passcode;
  const use = (passcode: string) => grant(registry, { grant_type: PASSCODE, passcode }, 'bx');
  const passcode = await make();
  const used = await use(passcode);
  assert.equal(used.status, 200, JSON.stringify(used.body));
  assert.equal(
    (await as(registry, used.body.access_token, 'GET', '/identity/userinfo')).body.iam_id,
    ada.iamId,
  );
  assert.equal((await use(passcode)).status, 401, 'a second time');
  const [replaced, late] = [await make(), await make()];
  assert.equal((await use(replaced)).status, 401, 'a newer one was made');
  registry.clock.advance(5 * MINUTE);
  assert.equal((await use(late)).status, 401, 'too late');
  assert.equal((await use('x')).status, 401);

  const change = { old_password: PASSWORD, password: 'another horse, no battery' };
  assert.equal((await as(registry, ada.token, 'PUT', '/v1/users/me/password', change)).status, 204);
  assert.equal((await as(registry, used.body.access_token, 'GET', '/identity/userinfo')).status, 401);
  const hint = await read(await registry.fetch('/identity/passcode'));
  assert.match(hint.body.message, /POST/);
});

test('userinfo says whose a token is: a user, a trusted profile', async () => {
  await using registry = await TestRegistry.start();
  const ada = await join(registry, 'ada@example.com');
  const { body } = await as(registry, ada.token, 'GET', '/identity/userinfo');
  assert.deepEqual(body, {
    iam_id: ada.iamId,
    sub: ada.email,
    name: 'Ada Byron',
    given_name: 'Ada',
    family_name: 'Byron',
    email: ada.email,
    account: { bss: registry.accountId },
  });
  const profile = await newProfile(registry, 'p', { type: 'user', identifier: ada.iamId });
  const assumed = await grant(registry, {
    grant_type: ASSUME,
    access_token: ada.token,
    profile_id: profile.id,
  });
  const info = await as(registry, assumed.body.access_token, 'GET', '/identity/userinfo');
  assert.deepEqual(info.body, {
    iam_id: profile.iam_id,
    sub: profile.id,
    sub_type: 'Profile',
    name: 'p',
    account: { bss: registry.accountId },
  });
  assert.equal((await registry.fetch('/identity/userinfo')).status, 401);
});

test('introspection answers on the state of now, for tokens of the own account, and keeps no session awake', async () => {
  await using registry = await TestRegistry.start();
  const { access_token: owner } = await registry.login();
  const ada = await join(registry, 'ada@example.com');
  const { body: login } = await grant(
    registry,
    { grant_type: 'password', username: ada.email, password: PASSWORD },
    'bx',
  );
  const ask = async (token: string, by = owner): Promise<Answer> =>
    read(
      await registry.fetch('/identity/introspect', {
        method: 'POST',
        headers: { Authorization: `Bearer ${by}` },
        body: new URLSearchParams({ token }),
      }),
    );
  const alive = await ask(login.access_token);
  assert.deepEqual(
    [alive.body.active, alive.body.iam_id, alive.body.token_type],
    [true, ada.iamId, 'access_token'],
  );
  assert.equal((await ask(login.refresh_token)).body.token_type, 'refresh_token');
  const other = await read(await registry.api('POST', '/api/v1/accounts', { name: 'other' }));
  const stranger = (await registry.login(other.body.apikey)).access_token;
  for (const answer of [
    await ask(ada.token, stranger),
    await ask('x'),
    await ask(registry.apikey),
    await ask('a.b.c'),
  ])
    assert.deepEqual(answer.body, { active: false });
  const anonymous = await registry.fetch('/identity/introspect', {
    method: 'POST',
    body: new URLSearchParams({ token: owner }),
  });
  assert.equal(anonymous.status, 401);

  registry.clock.advance(1.5 * HOUR);
  const later = (await registry.login()).access_token;
  assert.equal((await ask(login.refresh_token, later)).body.active, true);
  registry.clock.advance(0.5 * HOUR);
  assert.equal((await ask(login.refresh_token, later)).body.active, false, 'looking is no use');
  const path = `/v2/accounts/${registry.accountId}/users/${ada.iamId}`;
  const fresh = await grant(registry, { grant_type: 'password', username: ada.email, password: PASSWORD });
  assert.equal((await as(registry, later, 'DELETE', path)).status, 204);
  assert.equal((await ask(fresh.body.access_token, later)).body.active, false);
});

test('the discovery document names every address there is, and each answers', async () => {
  await using registry = await TestRegistry.start();
  const document = await read(await registry.fetch('/identity/.well-known/openid-configuration'));
  for (const [key, url] of Object.entries(document.body as Record<string, string>)) {
    if (!/_endpoint$|_uri$/.test(key)) continue;
    assert.notEqual(
      (await registry.fetch(new URL(url).pathname, { method: key === 'jwks_uri' ? 'GET' : 'POST' })).status,
      500,
      key,
    );
  }
  assert.ok(document.body.grant_types_supported.includes(ASSUME));
});
