import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { TestRegistry } from '../support/registry.ts';
import { Caller } from './caller.ts';
import { Identities } from './identities.ts';
import { v2Policy } from './policy-documents.ts';

describe('rights on an IAM entity are explained', () => {
  let registry: TestRegistry;
  let identities: Identities;
  before(async () => {
    registry = await TestRegistry.start();
    identities = new Identities(registry);
  });
  after(() => registry[Symbol.asyncDispose]());

  const idOf = (iamId: string): string => iamId.slice('iam-'.length);

  test('as the doors decide them: who administers one service ID may make keys for it alone', async () => {
    const [mine, other] = [await identities.serviceId(), await identities.serviceId()];
    const person = await identities.user();
    const owner = await Caller.login(registry);
    const on = { serviceName: 'iam-identity', resourceType: 'serviceid', resource: idOf(mine.iamId) };
    const made = await owner.post(
      '/v2/policies',
      v2Policy(person.iamId, 'Administrator', registry.accountId, on),
    );
    assert.equal(made.status, 201, JSON.stringify(made.body));
    const caller = await Caller.login(registry, person.apikey);
    for (const [holder, allowed] of [
      [mine, true],
      [other, false],
    ] as const) {
      const { body } = await caller.post('/v1/explain', {
        iam_id: person.iamId,
        type: 'user',
        action: 'iam-identity.apikey.create',
        resource: { entity: { type: 'serviceid', id: idOf(holder.iamId) } },
      });
      assert.equal(body.allowed, allowed, JSON.stringify(body));
      const key = { name: 'key', iam_id: holder.iamId, account_id: registry.accountId };
      const { status } = await caller.post('/v1/apikeys', key);
      assert.equal(status === 201, allowed, String(status));
    }
  });

  test('without telling whether there is such an entity', async () => {
    const known = await identities.serviceId();
    const person = await identities.user();
    const caller = await Caller.login(registry, person.apikey);
    const asked = async (id: string) => {
      const { status, body } = await caller.post('/v1/explain', {
        iam_id: person.iamId,
        type: 'user',
        action: 'iam-identity.serviceid.get',
        resource: { entity: { type: 'serviceid', id } },
      });
      return JSON.stringify({ status, body }).replaceAll(id, 'ID');
    };
    const absent = 'ServiceId-00000000-0000-4000-8000-000000000000';
    assert.equal(await asked(idOf(known.iamId)), await asked(absent));
  });
});
