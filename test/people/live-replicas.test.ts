import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { suite, test } from 'node:test';
import { newDatabase, serverForTests, skip } from '../database/postgres-server.ts';
import { MINUTE, MovableClock } from '../support/clock.ts';
import { OpenIdProvider } from '../support/openid-provider.ts';
import { until } from '../support/until.ts';
import { PeopleRooms } from './people-rooms.ts';

const server = serverForTests();

suite('two replicas on PostgreSQL', { skip }, () => {
  test('F40, T24: twenty requests on two replicas ask the provider once, and all go on', async () => {
    const clock = new MovableClock();
    await using provider = await OpenIdProvider.start({ clock, users: { ann: { groups: ['writers'] } } });
    const postgres = await newDatabase(server());
    const masterKey = randomBytes(32);
    const options = { provider, clock, postgres, masterKey, people: { recheck_minutes: 20 } };
    await using one = await PeopleRooms.open(options);
    await using two = await PeopleRooms.open(options);
    const ann = await one.signIn('ann');
    for (let round = 1; round <= 3; round++) {
      clock.advance(20 * MINUTE);
      const before = await provider.requests('/token');
      const asked = Array.from({ length: 20 }, (_, index) => (index % 2 === 0 ? one : two).fault(ann));
      assert.deepEqual(new Set(await Promise.all(asked)), new Set([undefined]));
      assert.equal((await provider.requests('/token')) - before, 1, `round ${round}`);
    }
  });

  test('what one replica learns of a person counts on the other', async () => {
    const clock = new MovableClock();
    await using provider = await OpenIdProvider.start({ clock, users: { ann: { groups: ['writers'] } } });
    const postgres = await newDatabase(server());
    const options = {
      provider,
      clock,
      postgres,
      masterKey: randomBytes(32),
      people: { recheck_minutes: 20 },
    };
    await using one = await PeopleRooms.open(options);
    await using two = await PeopleRooms.open(options);
    const group = await one.newGroup('writers', 'birds');
    const conditions = [{ claim: 'groups', operator: 'CONTAINS', value: '"writers"' }];
    await one.newRule(group, { expiration: 24, realm_name: provider.issuer, conditions });
    const ann = await one.signIn('ann');
    assert.equal(await one.mayPull(ann), true);
    await until('the rule counts on the other replica', () => two.mayPull(ann));
    await provider.setUser('ann', { groups: ['readers'] });
    clock.advance(20 * MINUTE);
    assert.equal(await one.mayPull(ann), false);
    await until('the group is gone there too', async () => !(await two.mayPull(ann)));
    await provider.setUser('ann', undefined);
    clock.advance(20 * MINUTE);
    assert.match((await two.fault(ann)) ?? '', /does not vouch/);
    await until('the sign-in is over there too', async () => (await one.fault(ann)) !== undefined);
  });
});
