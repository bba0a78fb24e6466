import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import type { Answer } from '../access/caller.ts';
import { Caller } from '../access/caller.ts';
import { type Holder, Identities } from '../access/identities.ts';
import { onNamespace, v2Policy } from '../access/policy-documents.ts';
import { until } from '../support/until.ts';
import { Hooked } from './hooked.ts';

const PATH = '/api/v1/webhooks';

let on: Hooked;
let identities: Identities;
/** What callers without a right try their luck on. */
let namespace: string;
let ofNamespace: { id: string; delivery: string };
let ofAll: { id: string; delivery: string };
before(async () => {
  on = await Hooked.start();
  identities = new Identities(on.registry);
  namespace = await on.namespace();
  [ofNamespace, ofAll] = await Promise.all([hookWithDelivery(namespace), hookWithDelivery()]);
});
after(() => on[Symbol.asyncDispose]());

type Attributes = Readonly<Record<string, string>>;
const REGISTRY = { serviceName: 'container-registry' };

/** A new service ID with these roles in the first account. */
const holding = async (...grants: [role: string, on?: Attributes][]): Promise<Holder> => {
  const holder = await identities.serviceId();
  for (const [role, attributes = REGISTRY] of grants) {
    const policy = v2Policy(holder.iamId, role, on.registry.accountId, attributes);
    assert.equal((await on.ask('POST', '/v2/policies', policy)).status, 201);
  }
  return holder;
};

interface Sent {
  readonly method: string;
  readonly path: string;
  readonly body?: object;
}

/** Every door to a webhook and its deliveries, and to making one. */
const doors = (id: string, delivery: string, namespace?: string): Sent[] => [
  { method: 'GET', path: `${PATH}/${id}` },
  { method: 'PATCH', path: `${PATH}/${id}`, body: { url: 'https://attacker.example.com/' } },
  { method: 'POST', path: `${PATH}/${id}/rotate`, body: {} },
  { method: 'POST', path: `${PATH}/${id}/test` },
  { method: 'GET', path: `${PATH}/${id}/deliveries` },
  { method: 'GET', path: `${PATH}/${id}/deliveries/${delivery}` },
  { method: 'POST', path: `${PATH}/${id}/deliveries/${delivery}/redeliver` },
  { method: 'DELETE', path: `${PATH}/${id}` },
  {
    method: 'POST',
    path: PATH,
    body: {
      name: 'of-an-attacker',
      url: 'https://attacker.example.com/',
      events: ['image.pushed'],
      ...(namespace === undefined ? {} : { namespace }),
    },
  },
];

const callers = new Map<string, Promise<Caller>>();

/** With one login for each key. */
const send = async (
  { method, path, body }: Sent,
  apikey: string | undefined,
  account = on.registry.accountId,
): Promise<Answer> => {
  const login = () =>
    apikey === undefined ? Promise.resolve(Caller.bearing(on.registry)) : Caller.login(on.registry, apikey);
  const caller = callers.getOrInsertComputed(apikey ?? '', login);
  return (await caller).send(method, path, body, { Account: account, 'If-Match': '*' });
};

/** A webhook with a delivery that has happened. */
const hookWithDelivery = async (namespace?: string): Promise<{ id: string; delivery: string }> => {
  const { id } = await on.add(namespace === undefined ? {} : { namespace });
  const { body } = await on.ask('POST', `${PATH}/${id}/test`);
  await on.delivery(id, ({ state }) => state === 'delivered');
  return { id, delivery: body.id };
};

/** Nothing of it was changed, sent or made. */
const assertUntouched = async (id: string, work: () => Promise<void>): Promise<void> => {
  const before = [await on.find(id), await on.deliveries(id)];
  await work();
  assert.deepEqual([await on.find(id), await on.deliveries(id)], before);
  const { body } = await on.ask('GET', PATH);
  assert.ok(body.every(({ name }: { name: string }) => name !== 'of-an-attacker'));
};

describe('a caller without the right', () => {
  for (const [who, ...grants] of [
    ['a member without a policy'],
    ['a Reader', ['Reader']],
    ['a Writer', ['Writer']],
    ['a Manager', ['Manager']],
    ['an Administrator over another namespace', ['Administrator', onNamespace('elsewhere')]],
    ['an Administrator of IAM alone', ['Administrator', { serviceName: 'iam-access-management' }]],
    ['a Viewer of all that manages', ['Viewer', { serviceType: 'platform_service' }]],
  ] as [string, ...[string, Attributes?][]][])
    test(`${who} finds no webhook, at none of its doors, and makes none`, async () => {
      const { id, delivery } = ofNamespace;
      const { apikey } = await holding(...grants);
      await assertUntouched(id, async () => {
        for (const each of doors(id, delivery, namespace)) {
          const { status, body } = await send(each, apikey);
          const wanted = each.path === PATH ? 403 : 404;
          assert.equal(status, wanted, `${each.method} ${each.path}: ${JSON.stringify(body)}`);
        }
        assert.deepEqual((await send({ method: 'GET', path: PATH }, apikey)).body, []);
      });
    });

  test('a caller without a login is 401 at every door', async () => {
    const { id, delivery } = ofAll;
    await assertUntouched(id, async () => {
      for (const each of [...doors(id, delivery), { method: 'GET', path: PATH }])
        assert.equal((await send(each, undefined)).status, 401, `${each.method} ${each.path}`);
    });
  });

  test('a registry token is 401 at every door', async () => {
    const { body: issued } = await on.ask('POST', '/api/v1/tokens?write=true');
    const { id, delivery } = ofAll;
    await assertUntouched(id, async () => {
      for (const { method, path, body } of doors(id, delivery)) {
        const caller = Caller.bearing(on.registry, issued.token);
        const headers = { Account: on.registry.accountId, 'If-Match': '*' };
        assert.equal((await caller.send(method, path, body, headers)).status, 401, `${method} ${path}`);
      }
    });
  });

  test('the owner of another account finds none of this one, under either account, and is told nothing of it', async () => {
    const { id, delivery } = ofNamespace;
    const { apikey, accountId } = await identities.stranger();
    const absent = doors('Webhook-00000000-0000-4000-8000-000000000000', delivery, 'not-there');
    await assertUntouched(id, async () => {
      for (const [index, each] of doors(id, delivery, namespace).entries()) {
        const what = `${each.method} ${each.path}`;
        assert.equal((await send(each, apikey)).status, 401, `the header names this account: ${what}`);
        const own = await send(each, apikey, accountId);
        assert.equal(own.status, 404, `${what}: ${JSON.stringify(own.body)}`);
        const other = await send(absent[index] ?? each, apikey, accountId);
        assert.deepEqual([own.status, own.body.code], [other.status, other.body.code], what);
      }
      assert.deepEqual((await send({ method: 'GET', path: PATH }, apikey, accountId)).body, []);
    });
  });
});

describe('an Administrator over a namespace', () => {
  test('makes, sees, changes, tests and removes webhooks of it, and none of the account', async () => {
    const { apikey } = await holding(['Administrator', onNamespace(namespace)]);
    const [made] = doors(ofAll.id, ofAll.delivery, namespace).slice(-1);
    const [ofAccount] = doors(ofAll.id, ofAll.delivery).slice(-1);
    assert.ok(made && ofAccount);
    assert.equal((await send(ofAccount, apikey)).status, 403);
    const { status, body } = await send(made, apikey);
    assert.equal(status, 201, JSON.stringify(body));
    const listed = await send({ method: 'GET', path: PATH }, apikey);
    const seen = listed.body.map(({ id }: { id: string }) => id);
    assert.deepEqual(seen.sort(), [body.id, ofNamespace.id].sort());
    for (const each of doors(ofAll.id, ofAll.delivery).slice(0, -1))
      assert.equal((await send(each, apikey)).status, 404, `${each.method} ${each.path}`);
    const change = { method: 'PATCH', path: `${PATH}/${body.id}`, body: { description: 'mine' } };
    assert.equal((await send(change, apikey)).status, 200);
    assert.equal((await send({ method: 'DELETE', path: `${PATH}/${body.id}` }, apikey)).status, 204);
  });

  test('whose policy is taken away: the webhook is switched off before anything more is sent', async () => {
    const holder = await identities.serviceId();
    const policy = v2Policy(holder.iamId, 'Administrator', on.registry.accountId, onNamespace(namespace));
    const { body: given } = await on.ask('POST', '/v2/policies', policy);
    const hook = await on.add({ namespace }, holder);
    assert.equal((await on.ask('DELETE', `/v2/policies/${given.id}`)).status, 204);
    await on.push(`${namespace}/app`, '1');
    await until('it is off', async () => !(await on.find(hook.id)).enabled);
    assert.equal((await on.find(hook.id)).disabled_reason, 'no-right');
    assert.deepEqual(on.receiver.at(hook.path), []);
    await on.ask('DELETE', `${PATH}/${hook.id}`);
  });
});

describe('events that tell of more than images', () => {
  const registryAdministrator = () => holding(['Administrator']);
  const both = () => holding(['Administrator'], ['Administrator', { serviceName: 'iam-access-management' }]);
  const making = (...events: string[]): Sent => ({
    method: 'POST',
    path: PATH,
    body: { name: `of ${events.join()}`, url: on.receiver.url('/events'), events },
  });

  for (const event of ['key.expiring', 'key.leaked'])
    test(`${event} needs Administrator of IAM besides, to make the webhook and to redirect it`, async () => {
      const { apikey } = await registryAdministrator();
      assert.equal((await send(making('image.pushed', event), apikey)).status, 403);
      const made = await send(making('image.pushed', event), (await both()).apikey);
      assert.equal(made.status, 201, JSON.stringify(made.body));
      const path = `${PATH}/${made.body.id}`;
      const redirected = { method: 'PATCH', path, body: { url: on.receiver.url('/mine') } };
      assert.equal((await send(redirected, apikey)).status, 403);
      const without = { ...redirected, body: { events: ['image.pushed'] } };
      assert.equal((await send(without, apikey)).status, 200);
      const withIt = { ...redirected, body: { events: [event] } };
      assert.equal((await send(withIt, apikey)).status, 403);
      assert.equal((await send({ method: 'DELETE', path }, apikey)).status, 204);
    });

  for (const event of ['backup.failed', 'collection.failed'])
    test(`${event} tells of the installation: the operator may ask for it, the owner of another account may not`, async () => {
      const stranger = await identities.stranger();
      assert.equal((await send(making(event), stranger.apikey, stranger.accountId)).status, 403);
      assert.equal((await send(making(event), (await both()).apikey)).status, 403);
      const made = await send(making(event), on.registry.apikey);
      assert.equal(made.status, 201, JSON.stringify(made.body));
      await on.ask('DELETE', `${PATH}/${made.body.id}`);
    });

  test('a quota of the account is told to those who may make a webhook of the account', async () => {
    const { apikey } = await registryAdministrator();
    const made = await send(making('quota.warning'), apikey);
    assert.equal(made.status, 201, JSON.stringify(made.body));
    await on.ask('DELETE', `${PATH}/${made.body.id}`);
  });
});
