import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import type { AuditEvent } from '../../src/wire/audit.ts';
import { MINUTE } from '../support/clock.ts';
import { basic, TestRegistry } from '../support/registry.ts';
import { until } from '../support/until.ts';

let registry: TestRegistry;
before(async () => {
  registry = await TestRegistry.start();
});
after(() => registry[Symbol.asyncDispose]());

const LOGIN = 'iam-identity.credential.login';

const byGrant = async (apikey: string): Promise<void> => {
  const grant = { grant_type: 'urn:ibm:params:oauth:grant-type:apikey', apikey };
  const { status } = await registry.fetch('/identity/token', {
    method: 'POST',
    body: new URLSearchParams(grant),
  });
  assert.ok(status >= 400 && status < 500, String(status));
};

const byDocker = async (apikey: string): Promise<void> => {
  const headers = { Authorization: basic('iamapikey', apikey) };
  assert.equal((await registry.fetch('/oauth/token?service=registry', { headers })).status, 401);
};

/** Once there are so many: what was collected is written when its minute is over. */
const events = async (account: string, count: number): Promise<AuditEvent[]> => {
  registry.clock.advance(MINUTE);
  const asked = new URLSearchParams({ account, action: LOGIN, outcome: 'failure' });
  let found: AuditEvent[] = [];
  await until(`${count} events`, async () => {
    const answer = await registry.api('GET', `/api/v1/audit/events?${asked}`);
    found = ((await answer.json()) as { events: AuditEvent[] }).events;
    return found.length >= count;
  });
  return found;
};

test('a login with a key that is disabled is an event of its account, with the id of the key', async () => {
  const { id, apikey } = await registry.createKey();
  const disabled = await registry.api('POST', `/v1/apikeys/${id}/disable`);
  assert.ok(disabled.ok, await disabled.text());
  await byGrant(apikey);
  await byDocker(apikey);
  const [event, ...others] = await events(registry.accountId, 1);
  assert.deepEqual(others, []);
  assert.deepEqual([event?.target.id, event?.initiator.credential?.id, event?.count], [id, id, 2]);
  assert.match(event?.reason.reasonForFailure ?? '', /disabled/);
  assert.equal(event?.initiator.host?.address, '127.0.0.1');
});

test('logins with keys that are none, or were deleted, are one event of the installation for a network and a minute', async () => {
  const { id, apikey } = await registry.createKey();
  assert.equal((await registry.api('DELETE', `/v1/apikeys/${id}`)).status, 204);
  const secret = 'tdg_7KY8-qF-x1Osa27-O_ZhIp8oFITLb4PueZ7ALJqg';
  await byGrant(apikey);
  await byGrant(secret);
  await byDocker(secret);
  const all = (await events('all', 3)).filter(({ account }) => account === undefined);
  assert.deepEqual(all.map(({ target, count }) => [target.id, target.reference, count]).sort(), [
    ['127.0.0.1', 'apikey-grant', 2],
    ['127.0.0.1', 'iamapikey', 1],
  ]);
  assert.ok(!JSON.stringify(all).includes(secret));
});
