import assert from 'node:assert/strict';
import { test } from 'node:test';
import { IamLab } from '../identity/iam-lab.ts';
import { TestRegistry } from '../support/registry.ts';

const DAY = '{{environment.attributes.day_of_week}}';
const EVERY_DAY = ['1', '2', '3', '4', '5', '6', '7'].map((day) => `${day}+00:00`);

test('P2: a registry token is not made or read by an Administrator for a time: it would outlast the time', async () => {
  await using registry = await TestRegistry.start();
  const lab = new IamLab(registry);
  const made = await lab.want<{ token: string }>(200, 'POST', '/api/v1/tokens?permanent=true&write=true');
  const { jti } = JSON.parse(Buffer.from(made.token.split('.')[1] ?? '', 'base64url').toString()) as {
    jti: string;
  };
  const [always, weekdays] = [await lab.someone('always'), await lab.someone('for a time')];
  const REGISTRY = { serviceName: 'container-registry', region: 'local' };
  await lab.grant(always.iamId, 'Administrator', REGISTRY);
  await lab.want(201, 'POST', '/v2/policies', {
    type: 'access',
    subject: { attributes: [{ key: 'iam_id', operator: 'stringEquals', value: weekdays.iamId }] },
    control: { grant: { roles: [{ role_id: 'crn:v1:bluemix:public:iam::::role:Administrator' }] } },
    resource: {
      attributes: Object.entries({ accountId: registry.accountId, ...REGISTRY }).map(([key, value]) => ({
        key,
        operator: 'stringEquals',
        value,
      })),
    },
    rule: { key: DAY, operator: 'dayOfWeekAnyOf', value: EVERY_DAY },
    pattern: 'time-based-conditions:weekly:all-day',
  });
  const statuses = async (who: typeof always): Promise<number[]> => [
    (await lab.as(who, 'GET', '/api/v1/tokens')).status,
    (await lab.as(who, 'POST', '/api/v1/tokens?write=true')).status,
    (await lab.as(who, 'GET', `/api/v1/tokens/${jti}`)).status,
    (await lab.as(who, 'DELETE', `/api/v1/tokens/${jti}`)).status,
  ];
  assert.deepEqual(await statuses(weekdays), [200, 403, 403, 200]);
  const again = await lab.want<{ token: string }>(200, 'POST', '/api/v1/tokens?write=true');
  assert.ok(again.token);
  assert.equal((await lab.as(always, 'POST', '/api/v1/tokens?write=true')).status, 200);
});
