import assert from 'node:assert/strict';
import { test } from 'node:test';
import { MINUTE } from '../support/clock.ts';
import { basic, TestRegistry } from '../support/registry.ts';
import { ASSUME, as, grant, grantRole, join, newProfile, read } from './people.ts';

const claims = (token: string) => JSON.parse(Buffer.from(token.split('.')[1] ?? '', 'base64url').toString());

test('a trusted profile is made, read, listed, changed with its entity tag, and deleted', async () => {
  await using registry = await TestRegistry.start();
  const { access_token: token } = await registry.login();
  const profile = await newProfile(registry, 'deployer');
  assert.match(profile.id, /^Profile-[0-9a-f-]{36}$/);
  assert.equal(profile.iam_id, `iam-${profile.id}`);
  const path = `/v1/profiles/${profile.id}`;
  const got = await as(registry, token, 'GET', path);
  assert.deepEqual(got.body, profile);
  assert.equal(got.headers.get('etag'), profile.entity_tag);
  const twin = { name: 'deployer', account_id: registry.accountId };
  assert.equal((await as(registry, token, 'POST', '/v1/profiles', twin)).status, 409);

  assert.equal((await as(registry, token, 'PUT', path, { name: 'x' })).status, 400, 'no If-Match');
  const stale = await as(registry, token, 'PUT', path, { name: 'x' }, { 'If-Match': '1-0' });
  assert.equal(stale.status, 412);
  const changed = await as(registry, token, 'PUT', path, { name: 'x' }, { 'If-Match': profile.entity_tag });
  assert.equal(changed.status, 200);
  assert.equal(changed.body.name, 'x');
  assert.match(changed.body.entity_tag, /^2-/);

  await newProfile(registry, 'y');
  const first = await as(registry, token, 'GET', '/v1/profiles?pagesize=1');
  const second = await as(
    registry,
    token,
    'GET',
    new URL(first.body.next).pathname + new URL(first.body.next).search,
  );
  assert.equal(second.body.next, undefined);
  const names = [...first.body.profiles, ...second.body.profiles].map(({ name }: { name: string }) => name);
  assert.deepEqual(names.sort(), ['x', 'y']);

  assert.equal((await as(registry, token, 'DELETE', path)).status, 204);
  assert.equal((await as(registry, token, 'GET', path)).status, 404);
});

test('a user whom a profile trusts assumes it by id, CRN or name; who really signed in stays in the token', async () => {
  await using registry = await TestRegistry.start();
  const ada = await join(registry, 'ada@example.com');
  const profile = await newProfile(registry, 'deployer', { type: 'user', identifier: ada.iamId });
  for (const named of [
    { profile_id: profile.id },
    { profile_crn: profile.crn },
    { profile_name: 'deployer', account: registry.accountId },
  ] as Record<string, string>[]) {
    const { status, body } = await grant(registry, { grant_type: ASSUME, access_token: ada.token, ...named });
    assert.equal(status, 200, JSON.stringify(body));
    assert.equal(body.refresh_token, 'not_supported');
    const said = claims(body.access_token);
    assert.equal(said.iam_id, profile.iam_id);
    assert.equal(said.sub_type, 'Profile');
    assert.equal(said.authn.iam_id, ada.iamId);
    assert.equal(said.grant_type, ASSUME);
    assert.ok(said.exp <= claims(ada.token).exp, 'it outlives the token it came from');
  }
  const again = await grant(registry, {
    grant_type: ASSUME,
    access_token: ada.token,
    profile_id: profile.id,
  });
  const chained = { grant_type: ASSUME, access_token: again.body.access_token, profile_id: profile.id };
  assert.equal((await grant(registry, chained)).status, 403, 'a profile assumes a profile');
});

test('assume: exactly one name of the profile, a live token, and trust; no trust and no profile look the same', async () => {
  await using registry = await TestRegistry.start();
  const ada = await join(registry, 'ada@example.com');
  const profile = await newProfile(registry, 'deployer');
  const ask = (fields: Record<string, string>) =>
    grant(registry, { grant_type: ASSUME, access_token: ada.token, ...fields });
  assert.equal((await ask({})).body.errorCode, 'BXNIM0109E');
  assert.equal(
    (await ask({ profile_id: profile.id, profile_crn: profile.crn })).body.errorCode,
    'BXNIM0109E',
  );
  assert.equal((await ask({ profile_name: 'deployer' })).body.errorCode, 'BXNIM0109E');
  assert.equal((await ask({ profile_crn: 'crn:v1:x' })).body.errorCode, 'BXNIM0106E');
  const badToken = await ask({ access_token: 'x.y.z', profile_id: profile.id });
  assert.deepEqual([badToken.status, badToken.body.errorCode], [401, 'BXNIM0407E']);
  const untrusted = await ask({ profile_id: profile.id });
  const absent = await ask({ profile_id: 'Profile-00000000-0000-0000-0000-000000000000' });
  assert.equal(untrusted.status, 403);
  assert.equal(absent.status, untrusted.status);
  assert.equal(absent.body.errorCode, untrusted.body.errorCode);
  assert.equal(absent.body.errorMessage, untrusted.body.errorMessage);
});

test('P2: a profile has its own rights and nothing of those who assume it', async () => {
  await using registry = await TestRegistry.start();
  await registry.namespaceAdd('birds');
  const profile = await newProfile(registry, 'puller', { type: 'user', identifier: registry.ownerIamId });
  const { access_token: owner } = await registry.login();
  const assumed = await grant(registry, { grant_type: ASSUME, access_token: owner, profile_id: profile.id });
  const { access_token: token } = assumed.body;
  const bearer = await registry.bearer('repository:birds/a:pull,push', 'iambearer', token);
  const headers = { Authorization: `Bearer ${bearer}` };
  const list = () => registry.fetch('/v2/birds/a/tags/list', { headers });
  assert.equal((await list()).status, 401);
  assert.equal((await as(registry, token, 'PUT', '/api/v1/namespaces/other')).status, 403);
  assert.equal(
    (await as(registry, token, 'POST', '/v1/profiles', { name: 'x', account_id: registry.accountId })).status,
    403,
  );
  const key = { name: 'k', iam_id: registry.ownerIamId, account_id: registry.accountId };
  assert.equal((await as(registry, token, 'POST', '/v1/apikeys', key)).status, 403);
});

test('B55: iambearer takes a trusted profile: it pulls what its policy says and pushes nothing', async () => {
  await using registry = await TestRegistry.start();
  await registry.namespaceAdd('birds');
  const profile = await newProfile(registry, 'puller');
  await grantRole(registry, profile.iam_id, 'Reader', { serviceName: 'container-registry' });
  const { access_token: owner } = await registry.login();
  const identity = { type: 'user', identifier: registry.ownerIamId };
  await as(registry, owner, 'POST', `/v1/profiles/${profile.id}/identities/user`, identity);
  const assumed = await grant(registry, { grant_type: ASSUME, access_token: owner, profile_id: profile.id });
  const bearer = await registry.bearer(
    'repository:birds/a:pull,push',
    'iambearer',
    assumed.body.access_token,
  );
  const headers = { Authorization: `Bearer ${bearer}` };
  assert.equal((await registry.fetch('/v2/birds/a/tags/list', { headers })).status, 404);
  const push = await registry.fetch('/v2/birds/a/blobs/uploads/', { method: 'POST', headers });
  assert.equal(push.status, 403);
});

test('B60: docker login as Profile-<uuid> takes an API key of an identity the profile trusts, and nothing else', async () => {
  await using registry = await TestRegistry.start();
  const profile = await newProfile(registry, 'puller', { type: 'user', identifier: registry.ownerIamId });
  const stranger = await newProfile(registry, 'other');
  const login = async (name: string, secret: string) =>
    (await registry.fetch('/oauth/token', { headers: { Authorization: basic(name, secret) } })).status;
  assert.equal(await login(profile.id, registry.apikey), 200);
  assert.equal(await login(stranger.id, registry.apikey), 401, 'a profile that does not trust it');
  assert.equal(await login('Profile-00000000-0000-0000-0000-000000000000', registry.apikey), 401);
  const { access_token, refresh_token } = await registry.login(registry.apikey, 'bx');
  assert.equal(await login(profile.id, access_token), 401, 'an access token');
  assert.equal(await login(profile.id, refresh_token), 401, 'a refresh token');
  assert.equal(await login('Profile-x', registry.apikey), 401);
  const unknown = await registry.fetch('/oauth/token', { headers: { Authorization: basic('profile', 'x') } });
  assert.match((await read(unknown)).body.errors[0].message, /Profile-/);
});

test('P1: trust taken back, profile deleted, identities replaced: the next request with its tokens is refused', async () => {
  await using registry = await TestRegistry.start();
  const { access_token: owner } = await registry.login();
  const ends: [string, (id: string) => Promise<{ status: number }>][] = [
    [
      'trust deleted',
      (id) => as(registry, owner, 'DELETE', `/v1/profiles/${id}/identities/user/${registry.ownerIamId}`),
    ],
    ['profile deleted', (id) => as(registry, owner, 'DELETE', `/v1/profiles/${id}`)],
    [
      'identities replaced',
      (id) =>
        as(registry, owner, 'PUT', `/v1/profiles/${id}/identities`, { identities: [] }, { 'If-Match': '*' }),
    ],
    [
      'trust given anew',
      (id) =>
        as(registry, owner, 'POST', `/v1/profiles/${id}/identities/user`, {
          type: 'user',
          identifier: registry.ownerIamId,
        }),
    ],
  ];
  for (const [what, end] of ends) {
    const profile = await newProfile(registry, what, { type: 'user', identifier: registry.ownerIamId });
    const assumed = await grant(registry, {
      grant_type: ASSUME,
      access_token: owner,
      profile_id: profile.id,
    });
    const bearer = await registry.bearer([], profile.id, registry.apikey);
    const use = async () => [
      (await as(registry, assumed.body.access_token, 'GET', '/identity/userinfo')).status,
      (await registry.fetch('/v2/', { headers: { Authorization: `Bearer ${bearer}` } })).status,
    ];
    assert.deepEqual(await use(), [200, 200], what);
    const { status } = await end(profile.id);
    assert.ok(status < 300, `${what}: ${status}`);
    assert.deepEqual(await use(), [401, 401], what);
  }
});

test('P1: the end of the key behind an assumed profile ends the profile token', async () => {
  await using registry = await TestRegistry.start();
  const { id, apikey } = await registry.createKey();
  const profile = await newProfile(registry, 'p', { type: 'user', identifier: registry.ownerIamId });
  const { access_token: token } = await registry.login(apikey);
  const assumed = await grant(registry, { grant_type: ASSUME, access_token: token, profile_id: profile.id });
  assert.equal((await as(registry, assumed.body.access_token, 'GET', '/identity/userinfo')).status, 200);
  assert.equal((await registry.api('DELETE', `/v1/apikeys/${id}`)).status, 204);
  assert.equal((await as(registry, assumed.body.access_token, 'GET', '/identity/userinfo')).status, 401);
});

test('rights do not grow through a trust: it is made only by Administrators over all that the profile reaches', async () => {
  await using registry = await TestRegistry.start();
  const ada = await join(registry, 'ada@example.com');
  await grantRole(registry, ada.iamId, 'Administrator', { serviceName: 'iam-identity' });
  const profile = await newProfile(registry, 'strong');
  await grantRole(registry, profile.iam_id, 'Manager', { serviceName: 'container-registry' });
  const path = `/v1/profiles/${profile.id}`;
  const identity = { type: 'user', identifier: ada.iamId };
  const rule = {
    type: 'Profile-CR',
    cr_type: 'IKS_SA',
    conditions: [{ claim: 'name', operator: 'EQUALS', value: 'x' }],
  };
  const link = { cr_type: 'IKS_SA', link: { crn: 'crn:x', namespace: 'n', name: 'x' } };
  const tries: [string, string, object][] = [
    ['POST', `${path}/identities/user`, identity],
    ['PUT', `${path}/identities`, { identities: [identity] }],
    ['POST', `${path}/rules`, rule],
    ['POST', `${path}/links`, link],
  ];
  for (const [method, where, body] of tries) {
    const refused = await as(registry, ada.token, method, where, body, { 'If-Match': '*' });
    assert.ok(refused.status === 404 || refused.status === 403, `${method} ${where}: ${refused.status}`);
  }
  const { access_token: owner } = await registry.login();
  const made = await as(registry, owner, 'POST', `${path}/rules`, rule);
  assert.equal(made.status, 201, JSON.stringify(made.body));
  const changed = await as(registry, ada.token, 'PUT', `${path}/rules/${made.body.id}`, rule, {
    'If-Match': '*',
  });
  assert.ok(changed.status === 404 || changed.status === 403);
  const weak = await newProfile(registry, 'weak');
  const allowed = await as(registry, ada.token, 'POST', `/v1/profiles/${weak.id}/identities/user`, identity);
  assert.equal(allowed.status, 200, 'a profile that reaches nothing');
});

test('a stranger to the account sees no profile of it, and cannot tell one from none', async () => {
  await using registry = await TestRegistry.start();
  const profile = await newProfile(registry, 'p');
  const other = await read(await registry.api('POST', '/api/v1/accounts', { name: 'other' }));
  const { access_token: token } = await registry.login(other.body.apikey);
  const none = '/v1/profiles/Profile-00000000-0000-0000-0000-000000000000';
  for (const [method, path] of [
    ['GET', ''],
    ['DELETE', ''],
    ['GET', '/rules'],
    ['GET', '/links'],
    ['GET', '/identities'],
  ] as const) {
    const theirs = await as(registry, token, method, `/v1/profiles/${profile.id}${path}`);
    const nobodys = await as(registry, token, method, `${none}${path}`);
    assert.deepEqual(
      [theirs.status, theirs.body.errorMessage],
      [404, nobodys.body.errorMessage],
      `${method} ${path}`,
    );
  }
  assert.equal(
    (await as(registry, token, 'GET', `/v1/profiles?account_id=${registry.accountId}`)).status,
    403,
  );
});

test('a user of another account assumes a profile only from an account the trust names', async () => {
  await using registry = await TestRegistry.start();
  const other = await read(await registry.api('POST', '/api/v1/accounts', { name: 'other' }));
  const { access_token: token } = await registry.login(other.body.apikey);
  const named = { type: 'user' as const, identifier: other.body.owner_iam_id };
  const here = await newProfile(registry, 'here', named);
  const there = await newProfile(registry, 'there', { ...named, accounts: [other.body.account_id] });
  const ask = async (id: string) =>
    (await grant(registry, { grant_type: ASSUME, access_token: token, profile_id: id })).status;
  assert.equal(await ask(here.id), 403);
  assert.equal(await ask(there.id), 200);
  registry.clock.advance(MINUTE);
});

test('rules and links keep what they were given; a type of identity that does not exist here is refused', async () => {
  await using registry = await TestRegistry.start();
  const { access_token: token } = await registry.login();
  const { id } = await newProfile(registry, 'p');
  const saml = {
    type: 'Profile-SAML',
    realm_name: 'https://idp',
    expiration: 43200,
    name: 'r',
    conditions: [{ claim: 'blueGroups', operator: 'EQUALS', value: '"cloud"' }],
  };
  const made = await as(registry, token, 'POST', `/v1/profiles/${id}/rules`, saml);
  assert.equal(made.status, 201);
  for (const [key, value] of Object.entries(saml)) assert.deepEqual(made.body[key], value);
  const one = `/v1/profiles/${id}/rules/${made.body.id}`;
  assert.deepEqual((await as(registry, token, 'GET', one)).body, made.body);
  assert.equal((await as(registry, token, 'PUT', one, saml, { 'If-Match': '1-0' })).status, 412);
  const put = await as(
    registry,
    token,
    'PUT',
    one,
    { ...saml, expiration: 3600 },
    { 'If-Match': made.body.entity_tag },
  );
  assert.equal(put.body.expiration, 3600);
  assert.equal((await as(registry, token, 'GET', `/v1/profiles/${id}/rules`)).body.rules.length, 1);
  assert.equal((await as(registry, token, 'DELETE', one)).status, 204);
  assert.equal((await as(registry, token, 'GET', one)).status, 404);
  const odd = { ...saml, conditions: [{ claim: 'a', operator: 'MATCHES', value: 'x' }] };
  assert.equal((await as(registry, token, 'POST', `/v1/profiles/${id}/rules`, odd)).status, 400);

  const link = { name: 'l', cr_type: 'IKS_SA', link: { crn: 'crn:v1:x', namespace: 'default', name: 'ci' } };
  const linked = await as(registry, token, 'POST', `/v1/profiles/${id}/links`, link);
  assert.equal(linked.status, 201);
  const query = new URLSearchParams({ type: 'IKS_SA', ...link.link });
  assert.equal((await as(registry, token, 'DELETE', `/v1/profiles/${id}/links?${query}`)).status, 204);
  assert.equal((await as(registry, token, 'GET', `/v1/profiles/${id}/links/${linked.body.id}`)).status, 404);

  const crn = { type: 'crn', identifier: 'crn:v1:x' };
  assert.equal((await as(registry, token, 'POST', `/v1/profiles/${id}/identities/crn`, crn)).status, 400);
});

test('how often a profile was assumed, and when last, is written down', async () => {
  await using registry = await TestRegistry.start();
  const profile = await newProfile(registry, 'p', { type: 'user', identifier: registry.ownerIamId });
  await registry.bearer([], profile.id, registry.apikey);
  await registry.bearer([], profile.id, registry.apikey);
  await registry.restart(); // what was collected is written at the end
  const { access_token: token } = await registry.login();
  const { body } = await as(registry, token, 'GET', `/v1/profiles/${profile.id}`);
  assert.deepEqual(body.activity, { authn_count: 2, last_authn: '2026-01-15T12:00+0000' });
});

test('a malformed account id is a bad request for profiles, as it is for service IDs and API keys', async () => {
  await using registry = await TestRegistry.start();
  const { access_token: token } = await registry.login();
  for (const bad of ['invalid', registry.accountId.toUpperCase(), `${registry.accountId}0`]) {
    for (const list of ['profiles', 'serviceids', 'apikeys'])
      assert.equal((await as(registry, token, 'GET', `/v1/${list}?account_id=${bad}`)).status, 400, list);
    const made = await as(registry, token, 'POST', '/v1/profiles', { name: 'x', account_id: bad });
    assert.equal(made.status, 400);
  }
  const elsewhere = '0'.repeat(32);
  assert.equal((await as(registry, token, 'GET', `/v1/profiles?account_id=${elsewhere}`)).status, 403);
});
