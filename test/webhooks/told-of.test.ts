import assert from 'node:assert/strict';
import { after, afterEach, before, describe, test } from 'node:test';
import { Identities } from '../access/identities.ts';
import { TestRepository } from '../spec/repository.ts';
import { DAY } from '../support/clock.ts';
import { AllRows } from '../support/rows.ts';
import { until } from '../support/until.ts';
import { Hooked } from './hooked.ts';
import type { Taken } from './receiver.ts';

let on: Hooked;
before(async () => {
  on = await Hooked.start();
});
after(() => on[Symbol.asyncDispose]());
afterEach(() => on.clear());

const told = ({ body }: Taken): { type: string; subject?: string; data: { message?: string } } =>
  JSON.parse(body);

/** Looks for what is to be warned of, to the end. */
const look = async (): Promise<void> => {
  assert.equal((await on.ask('POST', '/api/v1/warnings/looks')).status, 202);
  await until(
    'the look is over',
    async () => !(await on.ask('GET', '/api/v1/warnings?limit=1')).body.looking,
  );
};

const key = async (asked: object): Promise<{ id: string; apikey: string }> => {
  const owner = { iam_id: on.registry.ownerIamId, account_id: on.registry.accountId };
  const { status, body } = await on.ask('POST', '/v1/apikeys', { ...owner, ...asked });
  assert.equal(status, 201, JSON.stringify(body));
  return body;
};

describe('what a hook is told of', () => {
  test('a key that ends soon, and a key that is reported as leaked, without the secret', async () => {
    const expiring = await on.add({ events: ['key.expiring'] });
    const leaked = await on.add({ events: ['key.leaked'] });
    const ends = new Date(on.registry.clock.now() + 80 * DAY).toISOString();
    const { apikey } = await key({ name: 'nightly', expires_at: ends });
    on.registry.clock.advance(51 * DAY);
    await look();
    const [warned] = await on.taken(expiring.path);
    assert.ok(warned);
    assert.equal(told(warned).type, 'tidegate.key.expiring');
    assert.match(told(warned).data.message ?? '', /^the API key nightly ends in 2[89] days$/);

    const reported = await on.registry.fetch('/v1/apikeys/leaked', {
      method: 'POST',
      headers: { 'IAM-ApiKey': apikey },
    });
    assert.equal(reported.status, 200);
    const [report] = await on.taken(leaked.path);
    assert.ok(report);
    assert.deepEqual([told(report).type, told(report).subject], ['tidegate.key.leaked', 'nightly']);
    for (const { body } of on.receiver.taken) assert.ok(!body.includes(apikey));
  });

  test('a quota that fills', async () => {
    const { path } = await on.add({ events: ['quota.warning'] });
    const repository = new TestRepository(on.registry, `${await on.namespace()}/app`);
    await repository.pushBlob(Buffer.alloc(1_800_000, 7));
    const set = await on.ask('PATCH', '/api/v1/quotas', { storage_megabytes: 2 });
    assert.ok(set.status < 300, JSON.stringify(set.body));
    await look();
    const [warned] = await on.taken(path);
    assert.ok(warned);
    assert.equal(told(warned).type, 'tidegate.quota.warning');
    assert.match(told(warned).data.message ?? '', /^85 % of what may be stored/);
  });
});

test('O39: an account that is removed is silent: what waited is not sent, and no row of it stays', async () => {
  const stranger = await new Identities(on.registry).stranger();
  const own = await on.add();
  const { path, id } = await on.add({}, stranger);
  on.receiver.behaviours.set(path, { status: 500 });
  assert.ok((await on.ask('POST', `/api/v1/webhooks/${id}/test`, {}, stranger)).status < 300);
  await on.taken(path);
  on.receiver.behaviours.delete(path);
  const account = `/api/v1/accounts/${stranger.accountId}`;
  assert.equal((await on.ask('POST', `${account}/suspend`, {})).status, 200);
  assert.equal((await on.ask('POST', `${account}/delete`, {})).status, 202);
  on.registry.clock.advance(7 * DAY);
  await until('the account is gone', async () => (await on.ask('GET', account)).status === 404);
  await on.registry.runJob('clear-webhooks');
  // another account's hook is delivered to: so deliveries were looked at
  await on.push(`${await on.namespace()}/app`, 'v1');
  await on.taken(own.path);
  assert.equal(on.receiver.at(path).length, 1);
  await using rows = await AllRows.open(on.registry.database);
  const { webhooks, webhook_deliveries: deliveries } = await rows.read();
  assert.ok(!JSON.stringify([webhooks, deliveries]).includes(id));
});
