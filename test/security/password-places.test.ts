import assert from 'node:assert/strict';
import { test } from 'node:test';
import { accept, as, invite, join, PASSWORD } from '../identity/people.ts';
import { TestRegistry } from '../support/registry.ts';

const [ATTACKER, ELSEWHERE] = ['198.51.100.1', '203.0.113.1'];

const start = () => TestRegistry.start({ env: { TIDEGATE_TRUSTED_PROXIES: '127.0.0.0/8' } });

/** The status of a login with a password from an address. */
const login = async (
  registry: TestRegistry,
  from: string,
  username: string,
  password: string,
): Promise<number> => {
  const response = await registry.fetch('/identity/token', {
    method: 'POST',
    headers: { 'X-Forwarded-For': from },
    body: new URLSearchParams({ grant_type: 'password', username, password }),
  });
  await response.arrayBuffer();
  return response.status;
};

/** 60 connections of one address that log in with wrong passwords, each under a name of its own, until they are stopped. */
class Attack implements AsyncDisposable {
  readonly statuses: number[] = [];
  readonly #running: Promise<void>[];
  #stopped = false;

  constructor(registry: TestRegistry) {
    this.#running = Array.from({ length: 60 }, async (_, index) => {
      while (!this.#stopped)
        this.statuses.push(await login(registry, ATTACKER, `guest-${index}@example.com`, 'wrong wrong'));
    });
  }

  /** Resolves when some of them found all their places taken. */
  async atItsHeight(): Promise<void> {
    while (!this.statuses.includes(429)) await new Promise((resolve) => setTimeout(resolve, 5));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#stopped = true;
    await Promise.all(this.#running);
  }
}

test('60 connections of one address that try passwords do not keep a user elsewhere from logging in', async () => {
  await using registry = await start();
  const ada = await join(registry, 'ada@example.com');
  await using attack = new Attack(registry);
  await attack.atItsHeight();
  const statuses = [];
  for (let count = 0; count < 8; count++)
    statuses.push(await login(registry, ELSEWHERE, ada.email, PASSWORD));
  assert.deepEqual(statuses, Array(8).fill(200));
});

test('nor from accepting an invitation, or from changing a password', async () => {
  await using registry = await start();
  const ada = await join(registry, 'ada@example.com');
  const { code } = await invite(registry, 'bob@example.com');
  await using attack = new Attack(registry);
  await attack.atItsHeight();
  const accepted = await accept(registry, code, { password: PASSWORD, first_name: 'B', last_name: 'B' });
  assert.equal(accepted.status, 200, JSON.stringify(accepted.body));
  const body = { old_password: PASSWORD, password: 'another horse, no battery' };
  const changed = await as(registry, ada.token, 'PUT', '/v1/users/me/password', body);
  assert.equal(changed.status, 204, JSON.stringify(changed.body));
});

test('beyond the free guesses one password of an address and name is checked at a time: more are refused unchecked', async () => {
  await using registry = await start();
  const ada = await join(registry, 'ada@example.com');
  for (let count = 0; count < 21; count++)
    await login(registry, ATTACKER, ada.email, `guess number ${count}`);
  // a queue for the first of them to stand in, and for the others to be refused meanwhile
  const before = Array.from({ length: 20 }, (_, index) =>
    login(registry, ATTACKER, `guest-${index}@example.com`, 'wrong wrong'),
  );
  const mine = Array.from({ length: 5 }, () => login(registry, ATTACKER, ada.email, PASSWORD));
  assert.deepEqual((await Promise.all(mine)).toSorted(), [200, 429, 429, 429, 429]);
  assert.deepEqual(new Set(await Promise.all(before)), new Set([401]));
  const elsewhere = Array.from({ length: 5 }, () => login(registry, ELSEWHERE, ada.email, PASSWORD));
  assert.deepEqual(await Promise.all(elsewhere), Array(5).fill(200));
});
