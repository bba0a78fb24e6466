import assert from 'node:assert/strict';
import { test } from 'node:test';
import { rowsOf } from '../identity/many-sessions.ts';
import { accept, as, grant, invite, join, PASSCODE, PASSWORD, read } from '../identity/people.ts';
import { TestRegistry } from '../support/registry.ts';

/** Somebody with a password who is in two accounts. */
const inTwo = async (registry: TestRegistry): Promise<{ email: string; account: string; iamId: string }> => {
  const ada = await join(registry, 'ada@example.com');
  registry.clock.advance(1000);
  const other = await read(await registry.api('POST', '/api/v1/accounts', { name: 'other' }));
  const { access_token: token } = await registry.login(other.body.apikey);
  const { account_id: account } = other.body;
  const { code } = await invite(registry, ada.email, { token, account });
  assert.equal((await accept(registry, code, {}, ada.token)).status, 200);
  return { email: ada.email, account, iamId: ada.iamId };
};

const end = async (registry: TestRegistry, token: string, session: string): Promise<number> =>
  (await as(registry, token, 'PATCH', `/v1/sessions/${session}/state`, { state: 'invalid' })).status;

test('P1: what a passcode opened ends with its maker’s session, in the account it switched to as well', async () => {
  await using registry = await TestRegistry.start();
  const { email, account } = await inTwo(registry);
  const maker = await grant(registry, { grant_type: 'password', username: email, password: PASSWORD }, 'bx');
  const { body: made } = await as(registry, maker.body.access_token, 'POST', '/identity/passcode');
  const there = await grant(registry, { grant_type: PASSCODE, passcode: made.passcode }, 'bx');
  assert.equal(there.status, 200);
  const refresh = { grant_type: 'refresh_token', refresh_token: there.body.refresh_token };
  const switched = await grant(registry, { ...refresh, account }, 'bx');
  assert.equal(switched.status, 200);
  const again = { grant_type: 'refresh_token', refresh_token: switched.body.refresh_token };
  assert.equal((await grant(registry, again, 'bx')).status, 200);
  assert.equal(await end(registry, maker.body.access_token, maker.body.session_id), 204);
  assert.equal((await grant(registry, refresh, 'bx')).status, 401);
  assert.equal((await grant(registry, again, 'bx')).status, 401);
});

test('after switching accounts, logging out of one ends the whole session', async () => {
  await using registry = await TestRegistry.start();
  const { email, account, iamId } = await inTwo(registry);
  const first = await grant(registry, { grant_type: 'password', username: email, password: PASSWORD }, 'bx');
  const refresh = { grant_type: 'refresh_token', refresh_token: first.body.refresh_token };
  const { body: switched } = await grant(registry, { ...refresh, account }, 'bx');
  const other = await grant(registry, { grant_type: 'password', username: email, password: PASSWORD }, 'bx');
  assert.equal(await end(registry, switched.access_token, other.body.session_id), 404, 'another session');
  assert.equal(await end(registry, switched.access_token, switched.session_id), 204);
  assert.equal((await grant(registry, refresh, 'bx')).status, 401);
  const mine = `/v2/accounts/${registry.accountId}/users/${iamId}`;
  assert.equal((await as(registry, first.body.access_token, 'GET', mine)).status, 401);
});

test('however often a session switches accounts, its tokens stay as long as they were and its refresh tokens as few', async () => {
  await using registry = await TestRegistry.start();
  const { email, account } = await inTwo(registry);
  const first = await grant(registry, { grant_type: 'password', username: email, password: PASSWORD }, 'bx');
  let refresh = first.body.refresh_token;
  const seen: { length: number; refresh: string }[] = [];
  for (const to of Array.from({ length: 5 }, () => [account, registry.accountId]).flat()) {
    const { status, body } = await grant(
      registry,
      { grant_type: 'refresh_token', refresh_token: refresh, account: to },
      'bx',
    );
    assert.equal(status, 200);
    refresh = body.refresh_token;
    seen.push({ length: body.access_token.length, refresh });
  }
  assert.equal(new Set(seen.map((each) => each.length)).size, 1, 'access tokens do not grow');
  assert.equal(new Set(seen.map((each) => each.refresh)).size, 2, 'one refresh token for each account');
  assert.equal((await rowsOf(registry)).refreshTokens.count, 3, 'and the one of the login');
  const own = { grant_type: 'refresh_token', refresh_token: first.body.refresh_token };
  assert.equal((await grant(registry, own, 'bx')).status, 200);
});

test('P1: a session ends for an account when its person leaves that one, and not when they leave another it visited', async () => {
  await using registry = await TestRegistry.start();
  const { email, account, iamId } = await inTwo(registry);
  registry.clock.advance(1000);
  const third = await read(await registry.api('POST', '/api/v1/accounts', { name: 'third' }));
  const owner = {
    token: (await registry.login(third.body.apikey)).access_token,
    account: third.body.account_id,
  };
  const { code } = await invite(registry, email, owner);
  assert.equal((await accept(registry, code, { password: PASSWORD })).status, 200);
  const switched = async (token: string, to: string) => {
    const form = { grant_type: 'refresh_token', refresh_token: token, account: to };
    return (await grant(registry, form, 'bx')).body;
  };
  const first = await grant(registry, { grant_type: 'password', username: email, password: PASSWORD }, 'bx');
  const visited = await switched(first.body.refresh_token, owner.account);
  const there = await switched(visited.refresh_token, account);
  const asks = async (token: string): Promise<number> =>
    (await as(registry, token, 'GET', '/identity/userinfo')).status;
  assert.deepEqual([await asks(visited.access_token), await asks(there.access_token)], [200, 200]);
  const left = await as(registry, owner.token, 'DELETE', `/v2/accounts/${owner.account}/users/${iamId}`);
  assert.equal(left.status, 204, JSON.stringify(left.body));
  assert.deepEqual([await asks(visited.access_token), await asks(there.access_token)], [401, 200]);
  const again = { grant_type: 'refresh_token', refresh_token: there.refresh_token };
  assert.equal((await grant(registry, again, 'bx')).status, 200);
  const back = { ...again, account: owner.account };
  assert.equal((await grant(registry, back, 'bx')).status, 401);
});

test('a password opens the account joined first of those that take passwords', async () => {
  await using registry = await TestRegistry.start();
  const { email, account } = await inTwo(registry);
  const login = (to?: string) =>
    grant(registry, {
      grant_type: 'password',
      username: email,
      password: PASSWORD,
      ...(to === undefined ? {} : { account: to }),
    });
  const opened = async (): Promise<string> => {
    const { status, body } = await login();
    assert.equal(status, 200, JSON.stringify(body));
    return (await as(registry, body.access_token, 'GET', '/identity/userinfo')).body.account.bss;
  };
  const requireSignIn = async (of: string, apikey: string): Promise<void> => {
    const settings = `/v1/accounts/${of}/settings/identity`;
    const set = await registry.api('PUT', settings, { sso_required: true }, apikey, { 'If-Match': '*' });
    assert.equal(set.status, 200, await set.text());
  };
  assert.equal(await opened(), registry.accountId);
  await requireSignIn(registry.accountId, registry.apikey);
  assert.equal(await opened(), account);
  const refused = await login(registry.accountId);
  assert.equal(refused.status, 401);
  assert.match(refused.body.errorMessage, /sso_required/);
});
