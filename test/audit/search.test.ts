import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import type { AuditEvent } from '../../src/wire/audit.ts';
import { Caller } from '../access/caller.ts';
import { Identities } from '../access/identities.ts';
import { TestRepository } from '../spec/repository.ts';
import { MINUTE } from '../support/clock.ts';
import { TestRegistry } from '../support/registry.ts';

let registry: TestRegistry;
let owner: Caller;

before(async () => {
  registry = await TestRegistry.start();
  await registry.namespaceAdd('birds');
  owner = await Caller.login(registry);
  for (const name of ['robin', 'wren']) {
    registry.clock.advance(MINUTE);
    await new TestRepository(registry, `birds/${name}`).pushImage('Nightly-1');
  }
});
after(() => registry[Symbol.asyncDispose]());

const exported = async (query: Record<string, string>, apikey?: string): Promise<Response> => {
  const asked = new URLSearchParams(query);
  return registry.api('GET', `/api/v1/audit/events/export?${asked}`, undefined, apikey);
};
const linesOf = async (response: Response): Promise<AuditEvent[]> => {
  assert.equal(response.status, 200);
  assert.equal(response.headers.get('content-type'), 'application/x-ndjson');
  const text = await response.text();
  return text
    .split('\n')
    .filter(Boolean)
    .map((line) => JSON.parse(line));
};

test('a text finds events by a part of the action, the target, the tag or who did it, in capitals or not', async () => {
  const idsOf = async (text: string): Promise<string[]> => {
    const { body } = await owner.get(`/api/v1/audit/events?${new URLSearchParams({ text })}`);
    return body.events.map(({ action, target }: AuditEvent) => `${action.split('.').at(-1)} ${target.id}`);
  };
  assert.deepEqual(await idsOf('BIRDS/rob'), ['push birds/robin']);
  assert.deepEqual(await idsOf('nightly'), ['push birds/wren', 'push birds/robin']);
  assert.equal((await idsOf(registry.ownerIamId)).length > 1, true);
  assert.deepEqual(await idsOf('no such thing'), []);
});

test('an export has what the list with the same filter has, newest first, a line each, and no more than was asked for', async () => {
  const filter = { action: 'container-registry.image.*' };
  const { body } = await owner.get(`/api/v1/audit/events?${new URLSearchParams(filter)}`);
  assert.deepEqual(await linesOf(await exported(filter)), body.events);
  assert.deepEqual(await linesOf(await exported({ ...filter, limit: '1' })), body.events.slice(0, 1));
  assert.equal((await exported({ limit: '100001' })).status, 400);
  assert.equal((await exported({ outcome: 'maybe' })).status, 400);
});

test('an export is for those who may read the log: no one else of the account, no other account and no anonymous caller', async () => {
  const identities = new Identities(registry);
  const [tenant, stranger] = [await identities.serviceId(), await identities.stranger()];
  assert.equal((await exported({}, tenant.apikey)).status, 403);
  assert.equal((await exported({ account: registry.accountId }, stranger.apikey)).status, 403);
  assert.equal((await exported({ account: 'all' }, stranger.apikey)).status, 403);
  const own = await linesOf(await exported({}, stranger.apikey));
  assert.ok(own.every(({ account }) => account === stranger.accountId));
  assert.equal((await registry.fetch('/api/v1/audit/events/export')).status, 401);
});
