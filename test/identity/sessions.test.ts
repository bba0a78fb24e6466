import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { SessionList } from '../../src/wire/sessions.ts';
import { HOUR } from '../support/clock.ts';
import { TestRegistry } from '../support/registry.ts';
import { IamLab } from './iam-lab.ts';

const IDENTITY = { serviceName: 'iam-identity' };

interface Login {
  readonly access_token: string;
  readonly refresh_token: string;
  readonly session_id: string;
}

const open = (registry: TestRegistry): Promise<Login> =>
  registry.login(registry.apikey, 'bx') as unknown as Promise<Login>;

const asToken = (registry: TestRegistry, token: string, path: string, init: RequestInit = {}) =>
  registry.fetch(path, { ...init, headers: { Authorization: `Bearer ${token}`, ...init.headers } });

const end = (registry: TestRegistry, token: string, id: string, state = 'invalid'): Promise<Response> =>
  asToken(registry, token, `/v1/sessions/${id}/state`, {
    method: 'PATCH',
    headers: { 'Content-Type': 'application/json' },
    body: JSON.stringify({ state }),
  });

test('P1: ending a session fails the very next request with every token that came from it, and no other', async () => {
  await using registry = await TestRegistry.start();
  await registry.namespaceAdd('birds');
  const [ended, other] = [await open(registry), await open(registry)];
  const bearers = [
    await registry.bearer('repository:birds/a:pull', 'iamrefresh', ended.refresh_token),
    await registry.bearer('repository:birds/a:pull', 'iambearer', ended.access_token),
  ];
  assert.equal((await end(registry, ended.access_token, ended.session_id)).status, 204);
  for (const bearer of bearers)
    assert.equal((await asToken(registry, bearer, '/v2/birds/a/tags/list')).status, 401);
  assert.equal((await asToken(registry, ended.access_token, '/v1/sessions')).status, 401);
  await assert.rejects(registry.bearer([], 'iamrefresh', ended.refresh_token), /401/);
  await registry.bearer([], 'iamrefresh', other.refresh_token);
  assert.equal((await end(registry, other.access_token, ended.session_id)).status, 404);
});

test('a user’s sessions are listed while they live, and say which one asks', async () => {
  await using registry = await TestRegistry.start();
  const [first, second] = [await open(registry), await open(registry)];
  const list = async (token: string): Promise<SessionList['sessions']> => {
    const answer = await asToken(registry, token, '/v1/sessions');
    assert.equal(answer.status, 200);
    return ((await answer.json()) as SessionList).sessions;
  };
  const sessions = await list(second.access_token);
  assert.deepEqual(
    sessions.map(({ id, current, client_id, state }) => [id, current, client_id, state]).toSorted(),
    [
      [first.session_id, false, 'bx', 'active'],
      [second.session_id, true, 'bx', 'active'],
    ].toSorted(),
  );
  registry.clock.advance(2 * HOUR);
  const third = await open(registry);
  assert.deepEqual(
    (await list(third.access_token)).map(({ id }) => id),
    [third.session_id],
  );
});

test('a session is ended by its owner or an Administrator; for all others it does not exist', async () => {
  await using registry = await TestRegistry.start();
  const lab = new IamLab(registry);
  const reader = await lab.someone('reader', 'Viewer', IDENTITY);
  const administrator = await lab.someone('administrator', 'Administrator', IDENTITY);
  const stranger = await lab.stranger();
  const session = await open(registry);
  const token = async ({ apikey }: { apikey: string }): Promise<string> =>
    (await registry.login(apikey)).access_token;
  for (const who of [reader, stranger])
    assert.equal((await end(registry, await token(who), session.session_id)).status, 404);
  const others = await asToken(registry, await token(reader), `/v1/sessions?iam_id=${registry.ownerIamId}`);
  assert.equal(others.status, 403);
  assert.equal((await end(registry, session.access_token, session.session_id, 'valid')).status, 400);
  const seen = await asToken(
    registry,
    await token(administrator),
    `/v1/sessions?iam_id=${registry.ownerIamId}`,
  );
  assert.deepEqual(
    ((await seen.json()) as SessionList).sessions.map(({ id }) => id),
    [session.session_id],
  );
  assert.equal((await end(registry, await token(administrator), session.session_id)).status, 204);
  await assert.rejects(registry.bearer([], 'iamrefresh', session.refresh_token), /401/);
  assert.equal((await registry.fetch('/v1/sessions')).status, 401);
});
