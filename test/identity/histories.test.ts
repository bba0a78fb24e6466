import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { ApiKey, ApiKeyList } from '../../src/wire/api-keys.ts';
import type { ServiceId, ServiceIdList } from '../../src/wire/service-ids.ts';
import { TestRegistry } from '../support/registry.ts';
import { IamLab } from './iam-lab.ts';

/** Events about each entity that a list has. */
const IN_LISTS = 10;

test('a list has the newest ten events about each of its entities, the answer about one entity has more', async () => {
  await using registry = await TestRegistry.start();
  const lab = new IamLab(registry);
  const { id, iam_id: iamId } = await lab.serviceId('busy');
  await lab.serviceId('calm');
  const key = await lab.key(iamId);
  const lockOften = async (path: string): Promise<void> => {
    for (let times = 0; times < 8; times++)
      for (const method of ['POST', 'DELETE']) await lab.want(204, method, `${path}/lock`);
  };
  await lockOften(`/v1/serviceids/${id}`);
  await lockOften(`/v1/apikeys/${key.id}`);
  const asked = `account_id=${registry.accountId}&include_history=true`;
  const { serviceids } = await lab.want<ServiceIdList>(200, 'GET', `/v1/serviceids?${asked}`);
  const { apikeys } = await lab.want<ApiKeyList>(200, 'GET', `/v1/apikeys?iam_id=${iamId}&${asked}`);
  const actions = ({ history = [] }: ServiceId | ApiKey): string[] => history.map(({ action }) => action);
  const busy = await lab.want<ServiceId>(200, 'GET', `/v1/serviceids/${id}?include_history=true`);
  const whole = await lab.want<ApiKey>(200, 'GET', `/v1/apikeys/${key.id}?include_history=true`);
  assert.deepEqual([actions(busy).length, actions(whole).length], [17, 17]);
  assert.deepEqual(serviceids.map((each) => [each.name, actions(each)]).toSorted(), [
    ['busy', actions(busy).slice(0, IN_LISTS)],
    ['calm', ['iam-identity.serviceid.create']],
  ]);
  assert.deepEqual(apikeys.map(actions), [actions(whole).slice(0, IN_LISTS)]);
});
