import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { as, read } from '../identity/people.ts';
import { DAY } from '../support/clock.ts';
import { basic, type TestRegistry } from '../support/registry.ts';
import { installations } from './replica-pair.ts';

const looked = async (registry: TestRegistry, apikey: string): Promise<void> => {
  const begun = await registry.api('POST', '/api/v1/warnings/looks', undefined, apikey);
  assert.equal(begun.status, 202, await begun.text());
  const end = Date.now() + 60_000;
  while (
    (await read(await registry.api('GET', '/api/v1/warnings?limit=1', undefined, apikey))).body.looking
  ) {
    assert.ok(Date.now() < end, 'the look takes more than a minute');
    await sleep(20);
  }
};

suite('what an operator does and is warned of, on two replicas', () => {
  const { pair, opened } = installations();

  test('an account that is suspended on one replica is refused on the other, and let in when it is resumed', async () => {
    const { a, b } = await pair();
    opened.use(a);
    opened.use(b);
    const made = await read(await a.api('POST', '/api/v1/accounts', { name: 'Tenant' }));
    const { account_id: account, apikey } = made.body;
    const { access_token: token } = await b.login(apikey);
    const works = async (): Promise<readonly number[]> => [
      (await as(b, token, 'GET', '/api/v1/namespaces', undefined, { Account: account })).status,
      (await b.fetch('/oauth/token', { headers: { Authorization: basic('iamapikey', apikey) } })).status,
    ];
    assert.deepEqual(await works(), [200, 200]);
    const change = (what: string) => a.api('POST', `/api/v1/accounts/${account}/${what}`, {});
    assert.equal((await change('suspend')).status, 200);
    const end = Date.now() + 10_000;
    while ((await works()).includes(200)) {
      assert.ok(Date.now() < end, 'still let in');
      await sleep(20);
    }
    assert.equal((await change('resume')).status, 200);
    while ((await works()).some((status) => status !== 200)) {
      assert.ok(Date.now() < end, 'still refused');
      await sleep(20);
    }
  });

  test('a warning that two replicas find is one event', async () => {
    const { a, b } = await pair();
    opened.use(a);
    opened.use(b);
    const body = { name: 'asleep', iam_id: a.ownerIamId, account_id: a.accountId };
    const { body: key } = await read(await a.api('POST', '/v1/apikeys', body));
    for (const replica of [a, b]) replica.clock.advance(91 * DAY);
    await looked(a, a.apikey);
    b.clock.advance(1000);
    await looked(b, a.apikey);
    const { body: log } = await read(
      await a.api('GET', '/api/v1/audit/events?account=all&action=tidegate.warning.raise'),
    );
    const ofKey = log.events.filter((event: object) => JSON.stringify(event).includes(key.id));
    assert.equal(ofKey.length, 1);
    const { body: list } = await read(await b.api('GET', '/api/v1/warnings', undefined, a.apikey));
    assert.ok(list.warnings.some(({ target }: { target: string }) => target === key.id));
  });
});
