import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { SessionList } from '../../src/wire/sessions.ts';
import { TestRegistry } from '../support/registry.ts';
import { IamLab } from './iam-lab.ts';
import { plantRefreshTokens, plantSessions, rowsOf } from './many-sessions.ts';
import { grant, join, PASSWORD } from './people.ts';

/** What an identity has at most, and what one transaction removes at most. */
const MOST = 10_000;
const AT_ONCE = 100;

type Login = Record<'access_token' | 'refresh_token' | 'session_id', string>;

const open = (registry: TestRegistry, apikey = registry.apikey): Promise<Login> =>
  registry.login(apikey, 'bx') as unknown as Promise<Login>;

const listed = async (registry: TestRegistry, token: string, path = '/v1/sessions'): Promise<SessionList> => {
  const answer = await registry.fetch(path, { headers: { Authorization: `Bearer ${token}` } });
  assert.equal(answer.status, 200);
  return (await answer.json()) as SessionList;
};

const refused = async (registry: TestRegistry, { access_token }: Login): Promise<void> => {
  const asked = await registry.fetch('/v1/sessions', {
    headers: { Authorization: `Bearer ${access_token}` },
  });
  assert.equal(asked.status, 401);
};

test('an identity has at most 10,000 sessions and refresh tokens: a login ends the oldest', async () => {
  await using registry = await TestRegistry.start();
  const first = await open(registry);
  await plantSessions(registry, first.session_id, MOST - 1);
  await plantRefreshTokens(registry, registry.ownerIamId, MOST - 1);
  const latest = await open(registry);
  const { sessions, refreshTokens } = await rowsOf(registry);
  assert.deepEqual(sessions, { count: MOST, oldest: `C-planted-${MOST - 2}` });
  assert.deepEqual(refreshTokens, { count: MOST, oldest: `planted-${MOST - 2}` });
  await registry.bearer([], 'iamrefresh', first.refresh_token);
  await registry.bearer([], 'iamrefresh', latest.refresh_token);
});

test('a service ID has at most 10,000 refresh tokens', async () => {
  await using registry = await TestRegistry.start();
  const lab = new IamLab(registry);
  const { iam_id: iamId } = await lab.serviceId('ci');
  const { apikey = '' } = await lab.key(iamId);
  await open(registry, apikey);
  await plantRefreshTokens(registry, iamId, MOST + 250);
  const latest = await open(registry, apikey);
  assert.equal((await rowsOf(registry)).refreshTokens.count, MOST);
  await registry.bearer([], 'iamrefresh', latest.refresh_token);
});

test('after an account settles for fewer sessions, the next login ends all that are too many', async () => {
  await using registry = await TestRegistry.start();
  const first = await open(registry);
  await plantSessions(registry, first.session_id, 3 * AT_ONCE + 50);
  const settings = `/v1/accounts/${registry.accountId}/settings/identity`;
  const fewer = { max_sessions_per_identity: '2' };
  const set = await registry.api('PUT', settings, fewer, registry.apikey, { 'If-Match': '*' });
  assert.equal(set.status, 200);
  const { session_id: latest, access_token: token } = await open(registry);
  const { sessions } = await listed(registry, token);
  assert.deepEqual(
    sessions.map(({ id }) => id).toSorted(),
    [first.session_id, latest].toSorted(),
    'the newest of both',
  );
});

test('many sessions are listed page by page, the latest first, each once', async () => {
  await using registry = await TestRegistry.start();
  const first = await open(registry);
  await plantSessions(registry, first.session_id, 450);
  const pages: string[][] = [];
  let at: string | undefined = '/v1/sessions';
  while (at !== undefined) {
    const page: SessionList = await listed(registry, first.access_token, at);
    pages.push(page.sessions.map(({ id }) => id));
    at = page.next;
  }
  assert.deepEqual(
    pages.map(({ length }) => length),
    [200, 200, 51],
  );
  const planted = Array.from({ length: 450 }, (_, n) => `C-planted-${n + 1}`);
  assert.deepEqual(pages.flat(), [first.session_id, ...planted]);
  const few = await listed(registry, first.access_token, '/v1/sessions?pagesize=3');
  assert.deepEqual([few.sessions.length, few.sessions.at(-1)?.id], [3, 'C-planted-2']);
  const foreign = `/v1/sessions?pagetoken=${Buffer.from('[]').toString('base64url')}`;
  const answer = await registry.fetch(foreign, {
    headers: { Authorization: `Bearer ${first.access_token}` },
  });
  assert.equal(answer.status, 400);
});

test('P1: of a deleted key with many sessions the next request of each is refused, though one write removes a hundred', async () => {
  await using registry = await TestRegistry.start();
  const lab = new IamLab(registry);
  const own = await open(registry);
  const { id, apikey = '' } = await lab.key(registry.ownerIamId);
  const logins = await Promise.all(Array.from({ length: AT_ONCE + 3 }, () => open(registry, apikey)));
  assert.equal((await registry.api('DELETE', `/v1/apikeys/${id}`)).status, 204);
  for (const login of logins) await refused(registry, login);
  for (const { refresh_token: token } of [...logins.slice(0, 3), ...logins.slice(-3)])
    await assert.rejects(registry.bearer([], 'iamrefresh', token), /401/);
  const { sessions } = await listed(registry, own.access_token);
  assert.deepEqual(
    sessions.map((each) => each.id),
    [own.session_id],
    'what is left of them is shown to none',
  );
  assert.equal((await rowsOf(registry)).sessions.count, 3 + 1);
  await registry.bearer([], 'iamrefresh', own.refresh_token);
});

test('P1: a reset leaves no session of a user, however many there are', async () => {
  await using registry = await TestRegistry.start();
  const { email, iamId } = await join(registry, 'many@example.com');
  const { body: login } = await grant(
    registry,
    { grant_type: 'password', username: email, password: PASSWORD },
    'bx',
  );
  await plantSessions(registry, login.session_id, 3 * AT_ONCE);
  const reset = await registry.api('POST', '/api/v1/users/reset', { user: iamId });
  assert.equal(reset.status, 200);
  await refused(registry, login);
  assert.equal((await rowsOf(registry)).sessions.count, 0);
});
