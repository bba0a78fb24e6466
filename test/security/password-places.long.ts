import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { Worker } from 'node:worker_threads';
import { WatchedRegistry } from '../faults/watched-registry.ts';
import { mostUnderAttack, Victim } from '../http/victim.ts';
import type { Attack } from './password-attacker.ts';

const LOGIN = { username: 'ada@example.com', password: 'correct horse battery' };

/** Two hashes at once take 46 MiB each; the rest is what requests and their sockets take. */
const MOST_MEMORY = 2 * 48 + 64;

/** Invites a person and accepts for her. */
const join = async (registry: WatchedRegistry): Promise<void> => {
  const { accessToken, accountId } = await registry.signIn();
  const post = async (path: string, body: object, headers: Record<string, string> = {}) => {
    const response = await fetch(new URL(path, registry.url), {
      method: 'POST',
      headers: { 'Content-Type': 'application/json', ...headers },
      body: JSON.stringify(body),
    });
    assert.ok(response.ok, String(response.status));
    return (await response.json()) as { resources: { invitation_code: string }[] };
  };
  const { resources } = await post(
    `/v2/accounts/${accountId}/users`,
    { users: [{ email: LOGIN.username }] },
    { Authorization: `Bearer ${accessToken}` },
  );
  const code = resources[0]?.invitation_code;
  await post('/v1/invitations/accept', { code, password: LOGIN.password });
};

const login = async (registry: WatchedRegistry): Promise<number> => {
  const response = await fetch(new URL('/identity/token', registry.url), {
    method: 'POST',
    body: new URLSearchParams({ grant_type: 'password', ...LOGIN }),
  });
  await response.arrayBuffer();
  return response.status;
};

test('60 connections that try passwords from one address hold up no login, pull or key of another, and take bounded memory', async (t) => {
  await using registry = await WatchedRegistry.begin();
  await join(registry);
  const victim = await Victim.begin(registry);
  await victim.p99();
  assert.equal(await login(registry), 200);
  const [memory, idle] = [registry.memory, await victim.p99()];
  const attack: Attack = { url: registry.url, from: '127.0.0.2', connections: 60 };
  const attacker = new Worker(new URL('password-attacker.ts', import.meta.url), { workerData: attack });
  let most = 0;
  const watch = setInterval(() => {
    most = Math.max(most, registry.memory - memory);
  }, 50);
  try {
    await sleep(2000);
    const attacked = await victim.p99();
    const statuses: number[] = [];
    for (let count = 0; count < 26; count++) statuses.push(await login(registry));
    t.diagnostic(
      `p99 ${idle.toFixed(1)} ms, under attack ${attacked.toFixed(1)} ms; memory +${most.toFixed(0)} MB`,
    );
    assert.deepEqual(new Set(statuses), new Set([200]));
    assert.ok(attacked <= mostUnderAttack(idle), `p99 ${attacked} ms, idle ${idle} ms`);
    assert.ok(most <= MOST_MEMORY, `memory grew by ${most} MB`);
  } finally {
    clearInterval(watch);
    await attacker.terminate();
  }
});
