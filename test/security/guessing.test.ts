import assert from 'node:assert/strict';
import { randomBytes, randomUUID } from 'node:crypto';
import { test } from 'node:test';
import { grant, join, PASSWORD } from '../identity/people.ts';
import { basic, TestRegistry } from '../support/registry.ts';

const GUESSES = 24;

test('a guesser does not begin anew with another spelling of the user name', async () => {
  await using registry = await TestRegistry.start();
  const ada = await join(registry, 'ada@example.com');
  const guess = async (username: string, password: string): Promise<number> =>
    (await grant(registry, { grant_type: 'password', username, password })).status;
  const spellings = ['ada@example.com', 'Ada@example.com', ' ADA@EXAMPLE.COM', 'ada@Example.com  '];
  const statuses: number[] = [];
  for (let count = 0; count < GUESSES; count++)
    statuses.push(await guess(spellings[count % spellings.length] ?? '', `guess number ${count}`));
  assert.deepEqual(new Set(statuses.slice(21)), new Set([429]));
  assert.equal(await guess(ada.email, PASSWORD), 200);
});

test('a guesser of API keys does not begin anew with another trusted profile as user name', async () => {
  await using registry = await TestRegistry.start();
  const statuses: number[] = [];
  for (let count = 0; count < GUESSES; count++) {
    const headers = {
      Authorization: basic(`Profile-${randomUUID()}`, randomBytes(33).toString('base64url')),
    };
    statuses.push((await registry.fetch('/oauth/token', { headers })).status);
  }
  assert.deepEqual(new Set(statuses.slice(0, 20)), new Set([401]));
  assert.deepEqual(new Set(statuses.slice(21)), new Set([429]));
});

test('a guesser does not begin anew with another address of the same IPv6 network', async () => {
  await using registry = await TestRegistry.start({ env: { TIDEGATE_TRUSTED_PROXIES: '127.0.0.0/8' } });
  const guess = async (from: string): Promise<number> => {
    const apikey = randomBytes(33).toString('base64url');
    const headers = { Authorization: basic('iamapikey', apikey), 'X-Forwarded-For': from };
    return (await registry.fetch('/oauth/token', { headers })).status;
  };
  const statuses: number[] = [];
  for (let count = 0; count < GUESSES; count++)
    statuses.push(await guess(count % 2 ? `2001:db8:0:7::${count}` : `2001:db8::7:a:b:${count}:1`));
  assert.deepEqual(new Set(statuses.slice(21)), new Set([429]));
  assert.equal(await guess('2001:db8:0:8::1'), 401, 'the network beside it');
});
