import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { TestRegistry } from '../support/registry.ts';

let registry: TestRegistry;
before(async () => {
  registry = await TestRegistry.start();
});
after(() => registry[Symbol.asyncDispose]());

/** An entity that is changed under If-Match: where it is, and a change that may be sent again and again. */
interface Versioned {
  readonly path: string;
  readonly method: 'PUT' | 'PATCH';
  readonly body: object;
}

const token = async (): Promise<string> => (await registry.login()).access_token;

const send = async (method: string, path: string, body?: object, ifMatch?: string): Promise<Response> =>
  registry.fetch(path, {
    method,
    headers: {
      Authorization: `Bearer ${await token()}`,
      ...(body ? { 'Content-Type': 'application/json' } : {}),
      ...(ifMatch === undefined ? {} : { 'If-Match': ifMatch }),
    },
    ...(body ? { body: JSON.stringify(body) } : {}),
  });

const made = async (path: string, body: object): Promise<string> => {
  const response = await send('POST', path, body);
  assert.equal(response.status, 201, `${path}: ${await response.clone().text()}`);
  return ((await response.json()) as { id: string }).id;
};

const policyOf = (subject: string): object => ({
  type: 'access',
  subjects: [{ attributes: [{ name: 'iam_id', value: subject }] }],
  roles: [{ role_id: 'crn:v1:bluemix:public:iam::::serviceRole:Reader' }],
  resources: [
    {
      attributes: [
        { name: 'accountId', value: registry.accountId },
        { name: 'serviceName', value: 'container-registry' },
      ],
    },
  ],
});

/** One of everything that has versions. */
const everything = async (): Promise<Versioned[]> => {
  const { accountId: account_id, ownerIamId: iam_id } = registry;
  const serviceId = await made('/v1/serviceids', { account_id, name: 'ci' });
  const key = await made('/v1/apikeys', { account_id, iam_id, name: 'k' });
  const profile = await made('/v1/profiles', { account_id, name: 'p' });
  const group = await made(`/v2/groups?account_id=${account_id}`, { name: 'g' });
  const rule = {
    name: 'r',
    expiration: 1,
    realm_name: 'x',
    conditions: [{ claim: 'groups', operator: 'CONTAINS', value: '"a"' }],
  };
  const groupRule = await made(`/v2/groups/${group}/rules`, rule);
  const conditions = [{ claim: 'name', operator: 'EQUALS', value: '"a"' }];
  const profileRule = { type: 'Profile-CR', cr_type: 'IKS_SA', conditions };
  const trust = await made(`/v1/profiles/${profile}/rules`, profileRule);
  const policy = policyOf(`iam-${serviceId}`);
  const policyId = await made('/v1/policies', policy);
  const role = { display_name: 'Puller', actions: ['container-registry.image.pull'] };
  const roleId = await made('/v2/roles', {
    ...role,
    name: 'Puller',
    account_id,
    service_name: 'container-registry',
  });
  return [
    { path: `/v1/serviceids/${serviceId}`, method: 'PUT', body: { description: 'x' } },
    { path: `/v1/apikeys/${key}`, method: 'PUT', body: { description: 'x' } },
    { path: `/v1/profiles/${profile}`, method: 'PUT', body: { description: 'x' } },
    { path: `/v1/profiles/${profile}/rules/${trust}`, method: 'PUT', body: profileRule },
    { path: `/v1/profiles/${profile}/identities`, method: 'PUT', body: { identities: [] } },
    { path: `/v1/accounts/${account_id}/settings/identity`, method: 'PUT', body: { mfa: 'NONE' } },
    { path: `/v1/accounts/${account_id}/settings/access_management`, method: 'PATCH', body: {} },
    { path: `/v2/groups/${group}`, method: 'PATCH', body: { description: 'x' } },
    { path: `/v2/groups/${group}/rules/${groupRule}`, method: 'PUT', body: rule },
    { path: `/v1/policies/${policyId}`, method: 'PUT', body: policy },
    { path: `/v2/roles/${roleId}`, method: 'PUT', body: role },
  ];
};

test('RFC 9110 13.1.1: every entity takes If-Match bare, in quotes, in a list and as *, and compares strongly', async () => {
  for (const { path, method, body } of await everything()) {
    const forms: ((tag: string) => string)[] = [
      (tag) => tag,
      (tag) => `"${tag}"`,
      (tag) => `"1-0", "${tag}"`,
      (tag) => `"a, b" ,"${tag}",`,
      (tag) => `1-0, ${tag}`,
      () => '*',
    ];
    for (const form of forms) {
      const tag = (await send('GET', path)).headers.get('etag') ?? '';
      const ifMatch = form(tag);
      const response = await send(method, path, body, ifMatch);
      assert.equal(response.status, 200, `${method} ${path} If-Match: ${ifMatch} ${await response.text()}`);
    }
    const tag = (await send('GET', path)).headers.get('etag') ?? '';
    for (const other of [`W/"${tag}"`, '"*"', '"1-0"', '1-0', `"${tag},"`, '*, "1-0"', '"'])
      assert.equal((await send(method, path, body, other)).status, 412, `${path} If-Match: ${other}`);
    assert.equal((await send(method, path, body)).status, 400, `${path} without If-Match`);
    assert.equal((await send('GET', path)).headers.get('etag'), tag, `${path} stayed as it was`);
  }
});
