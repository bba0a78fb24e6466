import assert from 'node:assert/strict';
import { createPrivateKey, generateKeyPairSync } from 'node:crypto';
import { test } from 'node:test';
import { SignJWT } from 'jose';
import { Caller } from '../access/caller.ts';
import { Identities } from '../access/identities.ts';
import { v2Policy } from '../access/policy-documents.ts';
import { basic, TestRegistry } from '../support/registry.ts';

const encode = (value: object): string => Buffer.from(JSON.stringify(value)).toString('base64url');
const decode = (part = ''): Record<string, unknown> => JSON.parse(Buffer.from(part, 'base64url').toString());

/** What a token gets at every door that takes one. */
const statusesOf = async (registry: TestRegistry, token: string): Promise<number[]> => {
  const bearer = { Authorization: `Bearer ${token}`, Account: registry.accountId };
  const requests = [
    registry.fetch('/v2/', { headers: bearer }),
    registry.fetch('/api/v1/namespaces', { headers: bearer }),
    registry.fetch('/v1/apikeys', { headers: bearer }),
    registry.fetch('/oauth/token', { headers: { Authorization: basic('iambearer', token) } }),
    registry.fetch('/v2/', { headers: { Authorization: basic('iambearer', token) } }),
    registry.fetch('/v2/', { headers: { Authorization: basic('token', token) } }),
  ];
  return (await Promise.all(requests)).map(({ status }) => status);
};

test('CVE-2025-24976: a key of the token’s own choosing signs nothing, whatever trusted key id its header names', async () => {
  await using registry = await TestRegistry.start();
  const { access_token: token } = await registry.login();
  const [head, payload = ''] = token.split('.');
  const { kid } = decode(head);
  const { privateKey, publicKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
  const jwk = publicKey.export({ format: 'jwk' });
  const { keys } = (await (await registry.fetch('/identity/keys')).json()) as { keys: { n: string }[] };
  const claims = decode(payload);
  const headers: Record<string, unknown>[] = [
    { alg: 'RS256', kid },
    { alg: 'RS256', kid, jwk },
    { alg: 'RS256', jwk },
    { alg: 'RS256', kid, x5c: ['MIIB'] },
    { alg: 'RS256', kid, jku: `${registry.url}/identity/keys`, x5u: 'http://127.0.0.1:9/x' },
    { alg: 'RS256', kid: '../../master.key' },
    { alg: 'RS256', kid, crit: ['exp'], exp: 1 },
    { alg: 'PS256', kid, jwk },
  ];
  const forged = await Promise.all(
    headers.map((header) =>
      new SignJWT(claims)
        .setProtectedHeader(header as { alg: string })
        .sign(createPrivateKey(privateKey.export({ type: 'pkcs8', format: 'pem' })), {
          crit: { exp: false },
        })
        .catch(() => `${encode(header)}.${payload}.AAAA`),
    ),
  );
  // the public key as the secret of an HMAC, and no signature at all
  const secret = new TextEncoder().encode(JSON.stringify(keys[0]));
  forged.push(await new SignJWT(claims).setProtectedHeader({ alg: 'HS256', kid: String(kid) }).sign(secret));
  for (const alg of ['none', 'None', 'NONE', ''])
    forged.push(`${encode({ alg, kid })}.${payload}.`, `${encode({ alg, kid })}.${payload}.AAAA`);
  for (const each of forged)
    assert.deepEqual(await statusesOf(registry, each), [401, 401, 401, 401, 401, 401], each);
});

test('Quay: audience: a token of another registry is nothing here, even with the same API key', async () => {
  await using registry = await TestRegistry.start();
  await using other = await TestRegistry.start({ env: { TIDEGATE_BOOTSTRAP_APIKEY: registry.apikey } });
  const { access_token: foreign } = await other.login(registry.apikey);
  assert.deepEqual(await statusesOf(registry, foreign), [401, 401, 401, 401, 401, 401]);
  const bearer = await other.bearer('repository:birds/a:pull', 'iamapikey', registry.apikey);
  assert.deepEqual(await statusesOf(registry, bearer), [401, 401, 401, 401, 401, 401]);
});

test('CVE-2025-23208: who leaves a group loses what it gives with the next request, with a bearer from before', async () => {
  await using registry = await TestRegistry.start();
  const identities = new Identities(registry);
  await registry.namespaceAdd('birds');
  const owner = await Caller.login(registry);
  const robot = await identities.serviceId();
  const groups = `/v2/groups?account_id=${registry.accountId}`;
  const { id } = (await owner.post(groups, { name: 'ornithologists' })).body;
  await owner.put(`/v2/groups/${id}/members`, { members: [{ iam_id: robot.iamId }] });
  assert.equal((await owner.post('/v2/policies', v2Policy(id, 'Reader', registry.accountId))).status, 201);
  const token = await registry.bearer('repository:birds/a:pull', 'iamapikey', robot.apikey);
  const pull = async (): Promise<number> =>
    (await registry.fetch('/v2/birds/a/tags/list', { headers: { Authorization: `Bearer ${token}` } })).status;
  assert.equal(await pull(), 404);
  assert.equal((await owner.delete(`/v2/groups/${id}/members/${robot.iamId}`)).status, 204);
  assert.equal(await pull(), 401);
});

test('CVE-2026-41888: registry tokens that are switched off are off at every door, also what came from them', async () => {
  await using registry = await TestRegistry.start();
  await registry.namespaceAdd('birds');
  const made = await registry.api('POST', '/api/v1/tokens?write=true');
  const { token } = (await made.json()) as { token: string };
  const bearer = await registry.bearer('repository:birds/a:pull,push', 'token', token);
  const headers = { Authorization: basic('token', token) };
  const form = (fields: Record<string, string>) => ({ method: 'POST', body: new URLSearchParams(fields) });
  const all = async (): Promise<number[]> => {
    const login = { grant_type: 'password', username: 'token', password: token };
    const requests = [
      registry.fetch('/v2/birds/a/blobs/uploads/', { method: 'POST', headers }),
      registry.fetch('/v2/birds/a/blobs/uploads/', {
        method: 'POST',
        headers: { Authorization: `Bearer ${bearer}` },
      }),
      registry.fetch('/oauth/token', { headers }),
      registry.fetch('/oauth/token', form(login)),
    ];
    return (await Promise.all(requests)).map(({ status }) => status);
  };
  assert.deepEqual(await all(), [202, 202, 200, 200]);
  await registry.api('PATCH', '/api/v1/auth', { registry_tokens: 'disabled' });
  assert.deepEqual(await all(), [401, 401, 401, 401]);
});

test('CVE-2026-4404: a fresh registry has no default password', async () => {
  await using registry = await TestRegistry.start();
  const users = ['admin', 'root', 'owner', 'iamapikey', 'token', 'tidegate', 'iambearer'];
  const passwords = ['', 'admin', 'password', 'Harbor12345', 'changeme', 'tidegate', 'owner', 'bx'];
  for (const user of users) {
    for (const password of passwords) {
      const { status } = await registry.fetch('/oauth/token', {
        headers: { Authorization: basic(user, password) },
      });
      assert.ok(status === 401 || status === 429, `${user}:${password} ${status}`);
    }
  }
  // each costs a hash of a password, right or wrong
  for (const user of ['admin', 'owner']) {
    const body = new URLSearchParams({ grant_type: 'password', username: user, password: 'admin' });
    const login = await registry.fetch('/identity/token', { method: 'POST', body });
    assert.equal(login.status, 401, user);
  }
});
