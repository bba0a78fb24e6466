import assert from 'node:assert/strict';
import { generateKeyPairSync } from 'node:crypto';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { test } from 'node:test';
import { computeIssuers } from '../../src/config/compute-issuers.ts';
import type { Answer } from '../access/caller.ts';
import { MINUTE } from '../support/clock.ts';
import { TestRegistry } from '../support/registry.ts';
import { Cluster, issuersFile } from './clusters.ts';
import { as, CR_TOKEN, grant, newProfile } from './people.ts';

/** A registry that knows a cluster: the account must be there before its id can stand in the cluster's CRN. */
const withCluster = async (...more: object[]): Promise<{ registry: TestRegistry; cluster: Cluster }> => {
  const env: Record<string, string> = {};
  const registry = await TestRegistry.start({ env });
  const cluster = new Cluster(registry.accountId);
  env.TIDEGATE_COMPUTE_ISSUERS_FILE = issuersFile([cluster.entry, ...more]);
  await registry.restart();
  return { registry, cluster };
};

const ask = (registry: TestRegistry, profileId: string, token: string): Promise<Answer> =>
  grant(registry, { grant_type: CR_TOKEN, cr_token: token, profile_id: profileId });

const trusting = async (
  registry: TestRegistry,
  name: string,
  conditions: readonly object[],
  more: object = {},
): Promise<{ id: string; rule: string }> => {
  const { id } = await newProfile(registry, name);
  const { access_token: token } = await registry.login();
  const rule = { type: 'Profile-CR', cr_type: 'IKS_SA', conditions, ...more };
  const made = await as(registry, token, 'POST', `/v1/profiles/${id}/rules`, rule);
  assert.equal(made.status, 201, JSON.stringify(made.body));
  return { id, rule: made.body.id };
};

const PROD = { claim: 'namespace', operator: 'EQUALS', value: '"prod"' };

test('a service account becomes a trusted profile by a rule, by id or name, for no longer than its own token', async () => {
  const made = await withCluster();
  await using registry = made.registry;
  const { id } = await trusting(registry, 'deployer', [
    PROD,
    { claim: 'name', operator: 'EQUALS', value: 'ci' },
  ]);
  const answer = await ask(registry, id, await made.cluster.token());
  assert.equal(answer.status, 200, JSON.stringify(answer.body));
  assert.equal(answer.body.expires_in, 600);
  assert.equal(answer.body.refresh_token, 'not_supported');
  const claims = JSON.parse(Buffer.from(answer.body.access_token.split('.')[1], 'base64url').toString());
  assert.equal(claims.iam_id, `iam-${id}`);
  assert.equal(claims.authn.iam_id, `crn-${made.cluster.crn}`);
  const byName = { grant_type: CR_TOKEN, cr_token: await made.cluster.token(), profile_name: 'deployer' };
  assert.equal((await grant(registry, byName)).status, 200);
  await registry.bearer([], 'iambearer', answer.body.access_token);
  registry.clock.advance(10 * MINUTE);
  assert.equal((await as(registry, answer.body.access_token, 'GET', '/identity/userinfo')).status, 401);
});

test('a link lets in one service account of one cluster', async () => {
  const made = await withCluster();
  await using registry = made.registry;
  const { id } = await newProfile(registry, 'p');
  const { access_token: token } = await registry.login();
  const link = { cr_type: 'IKS_SA', link: { crn: made.cluster.crn, namespace: 'prod', name: 'ci' } };
  const linked = await as(registry, token, 'POST', `/v1/profiles/${id}/links`, link);
  assert.equal(linked.status, 201);
  const answer = await ask(registry, id, await made.cluster.token());
  assert.equal(answer.status, 200);
  for (const sub of ['system:serviceaccount:prod:other', 'system:serviceaccount:test:ci'])
    assert.equal((await ask(registry, id, await made.cluster.token({ sub }))).status, 403, sub);
  const userinfo = async () =>
    (await as(registry, answer.body.access_token, 'GET', '/identity/userinfo')).status;
  assert.equal(await userinfo(), 200);
  assert.equal(
    (await as(registry, token, 'DELETE', `/v1/profiles/${id}/links/${linked.body.id}`)).status,
    204,
  );
  assert.equal(await userinfo(), 401, 'P1: its token ends with the link');
});

test('forged and foreign tokens are refused: keys, algorithms and issuers come from the configuration alone', async () => {
  const made = await withCluster();
  await using registry = made.registry;
  const { cluster } = made;
  const { id } = await trusting(registry, 'p', [PROD]);
  const impostor = new Cluster(registry.accountId);
  const { publicKey, privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
  const publicPem = Buffer.from(cluster.publicKey.export({ format: 'pem', type: 'spki' }));
  const jwk = publicKey.export({ format: 'jwk' });
  const [head = '', payload = '', signature = ''] = (await cluster.token()).split('.');
  const encode = (value: object): string => Buffer.from(JSON.stringify(value)).toString('base64url');
  const now = registry.clock.now() / 1000;
  const forged: Record<string, string> = {
    'another key, the known kid': await impostor.token(),
    'its own key in the header (jwk)': await cluster.token({}, { jwk } as object, privateKey),
    'its own key by address (jku)': await cluster.token(
      {},
      { jku: 'http://127.0.0.1:1/jwks' } as object,
      privateKey,
    ),
    'a certificate in the header (x5c)': await cluster.token({}, { x5c: ['AA'] } as object, privateKey),
    'HS256 with the public key as secret': await cluster.token({}, { alg: 'HS256' }, publicPem),
    'alg none': `${encode({ alg: 'none', kid: cluster.kid })}.${payload}.`,
    'alg none with a signature': `${encode({ alg: 'none', kid: cluster.kid })}.${payload}.${signature}`,
    'an unknown kid': await cluster.token({}, { kid: 'other' }),
    'a critical header nobody knows': await cluster
      .token({}, { crit: ['x'], x: 1 } as object)
      .catch(
        () => `${encode({ alg: 'RS256', kid: cluster.kid, crit: ['x'], x: 1 })}.${payload}.${signature}`,
      ),
    'altered claims': `${head}.${encode({ iss: 'https://kubernetes.default.svc', sub: 'system:serviceaccount:prod:root', aud: ['tidegate'], exp: now + 600 })}.${signature}`,
    'another audience': await cluster.token({ aud: ['https://kubernetes.default.svc'] }),
    'no audience': await cluster.token({ aud: undefined }),
    'another issuer': await cluster.token({ iss: 'https://elsewhere' }),
    'no issuer': await cluster.token({ iss: undefined }),
    'no expiry': await cluster.token({ exp: undefined }),
    expired: await cluster.token({ exp: now }),
    'not yet valid': await cluster.token({ nbf: now + 60 }),
    'no subject': await cluster.token({ sub: undefined }),
    'a subject that is no service account': await cluster.token({ sub: 'system:node:a' }),
    'no JWT': 'x',
    'a very long text': 'x'.repeat(20_000),
  };
  for (const [what, token] of Object.entries(forged)) {
    const { status, body } = await ask(registry, id, token);
    assert.deepEqual([status, body.errorCode], [401, 'BXNIM0407E'], what);
    assert.equal(body.errorMessage, 'Property cr_token is not valid.', what);
  }
  assert.equal((await ask(registry, id, await cluster.token())).status, 200);
});

test('every condition of a rule must hold, and one that is not understood or not said does not', async () => {
  const made = await withCluster();
  await using registry = made.registry;
  const token = await made.cluster.token();
  const cases: [boolean, ...(readonly [string, string, string])[]][] = [
    [true, ['namespace', 'EQUALS', 'prod']],
    [true, ['namespace', 'EQUALS_IGNORE_CASE', '"PROD"']],
    [false, ['namespace', 'EQUALS', 'PROD']],
    [true, ['namespace', 'IN', '["test","prod"]']],
    [false, ['namespace', 'IN', 'prod']],
    [true, ['team', 'CONTAINS', 'birds']],
    [false, ['team', 'CONTAINS', 'bird']],
    [true, ['sub', 'CONTAINS', ':prod:']],
    [true, ['namespace', 'NOT_EQUALS', 'test']],
    [false, ['namespace', 'NOT_EQUALS', 'prod']],
    [false, ['absent', 'NOT_EQUALS', 'prod']],
    [false, ['absent', 'NOT_EQUALS_IGNORE_CASE', 'prod']],
    [false, ['constructor', 'NOT_EQUALS', 'x']],
    [false, ['team', 'EQUALS', 'birds']],
    [false, ['iat', 'NOT_EQUALS', '0']],
    [false, ['namespace', 'CONTAINS', '']],
    [false, ['namespace', 'EQUALS', 'prod'], ['name', 'EQUALS', 'other']],
    [true, ['namespace', 'EQUALS', 'prod'], ['name', 'EQUALS', 'ci']],
  ];
  for (const [index, [holds, ...conditions]] of cases.entries()) {
    const rows = conditions.map(([claim, operator, value]) => ({ claim, operator, value }));
    const { id } = await trusting(registry, `p${index}`, rows);
    assert.equal((await ask(registry, id, token)).status, holds ? 200 : 403, JSON.stringify(conditions));
  }
  const other = await trusting(registry, 'roks', [PROD], { cr_type: 'ROKS_SA' });
  assert.equal((await ask(registry, other.id, token)).status, 403, 'another kind of compute resource');
});

test("a rule is for its own account's clusters unless it names one; whose key verifies a token, it is from", async () => {
  const foreign = new Cluster('f'.repeat(32), 'foreign-key');
  const made = await withCluster(foreign.entry);
  await using registry = made.registry;
  const open = await trusting(registry, 'open', [PROD]);
  const naming = await trusting(registry, 'naming', [
    PROD,
    { claim: 'crn', operator: 'EQUALS', value: foreign.crn },
  ]);
  assert.equal((await ask(registry, open.id, await made.cluster.token())).status, 200);
  assert.equal((await ask(registry, open.id, await foreign.token())).status, 403);
  assert.equal((await ask(registry, naming.id, await foreign.token())).status, 200);
  assert.equal((await ask(registry, naming.id, await made.cluster.token())).status, 403);
  const lying = await foreign.token({ crn: made.cluster.crn, namespace: 'prod', cr_type: 'IKS_SA' });
  assert.equal((await ask(registry, open.id, lying)).status, 403, 'a claim is no proof of where it is from');
});

test('P1: a rule that is changed or deleted ends the tokens that came by it', async () => {
  const made = await withCluster();
  await using registry = made.registry;
  const { access_token: token } = await registry.login();
  const { id, rule } = await trusting(registry, 'p', [PROD]);
  const path = `/v1/profiles/${id}/rules/${rule}`;
  const use = async (answer: Answer) =>
    (await as(registry, answer.body.access_token, 'GET', '/identity/userinfo')).status;
  const first = await ask(registry, id, await made.cluster.token());
  assert.equal(await use(first), 200);
  const stricter = {
    type: 'Profile-CR',
    cr_type: 'IKS_SA',
    conditions: [PROD, { claim: 'name', operator: 'EQUALS', value: 'cd' }],
  };
  assert.equal((await as(registry, token, 'PUT', path, stricter, { 'If-Match': '*' })).status, 200);
  assert.equal(await use(first), 401);
  const second = await ask(registry, id, await made.cluster.token({ sub: 'system:serviceaccount:prod:cd' }));
  assert.equal(await use(second), 200);
  assert.equal((await as(registry, token, 'DELETE', path)).status, 204);
  assert.equal(await use(second), 401);
});

test('CVE-2026-2376: keys are fetched from an address only where the operator names one, and no redirect is followed', async () => {
  const cluster = new Cluster('a'.repeat(32));
  const asked: string[] = [];
  const server = createServer((request, response) => {
    asked.push(request.url ?? '');
    if (request.url === '/moved') return void response.writeHead(302, { Location: '/jwks' }).end();
    const { jwks } = cluster.entry as { jwks: object };
    response.writeHead(200, { 'Content-Type': 'application/json' }).end(JSON.stringify(jwks));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  try {
    const { port } = server.address() as AddressInfo;
    const { jwks: _, ...entry } = cluster.entry as { jwks: object };
    for (const [path, status] of [
      ['/jwks', 200],
      ['/moved', 401],
    ] as const) {
      const file = issuersFile([{ ...entry, jwks_url: `http://127.0.0.1:${port}${path}` }]);
      await using registry = await TestRegistry.start({ env: { TIDEGATE_COMPUTE_ISSUERS_FILE: file } });
      const { id } = await trusting(registry, 'p', [
        PROD,
        { claim: 'crn', operator: 'EQUALS', value: cluster.crn },
      ]);
      assert.equal((await ask(registry, id, await cluster.token())).status, status, path);
    }
    assert.deepEqual(asked, ['/jwks', '/moved']);
  } finally {
    server.close();
  }
});

test('T9: a cluster whose keys cannot be read is asked twice a minute at most, for 1 MiB; its last good keys go on', async () => {
  const cluster = new Cluster('a'.repeat(32));
  const { jwks, ...entry } = cluster.entry as { jwks: object };
  let [asked, sent, mode] = [0, 0, 'well'];
  const server = createServer((_, response) => {
    asked += 1;
    if (mode === 'down') return void response.writeHead(500).end();
    response.writeHead(200, { 'Content-Type': 'application/json' });
    if (mode === 'well') return void response.end(JSON.stringify(jwks));
    const more = (): void => {
      while (!response.destroyed && sent < 64 << 20) {
        sent += 65_536;
        if (!response.write(Buffer.alloc(65_536, ' '))) return void response.once('drain', more);
      }
      response.end();
    };
    more();
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  try {
    const { port } = server.address() as AddressInfo;
    const file = issuersFile([{ ...entry, jwks_url: `http://127.0.0.1:${port}/jwks` }]);
    await using registry = await TestRegistry.start({ env: { TIDEGATE_COMPUTE_ISSUERS_FILE: file } });
    const named = { claim: 'crn', operator: 'EQUALS', value: cluster.crn };
    const { id } = await trusting(registry, 'p', [PROD, named]);
    const now = registry.clock.now() / 1000;
    const token = await cluster.token({ exp: now + 7200 });
    assert.equal((await ask(registry, id, token)).status, 200);
    [asked, mode] = [0, 'down'];
    const strange = await new Cluster('a'.repeat(32), 'other').token({ exp: now + 7200 });
    for (let second = 0; second < 60; second += 6) {
      registry.clock.advance(6000);
      for (let of = 0; of < 3; of += 1) assert.equal((await ask(registry, id, strange)).status, 401);
    }
    assert.ok(asked <= 2, String(asked));
    registry.clock.advance(60 * MINUTE);
    assert.equal((await ask(registry, id, token)).status, 200, 'by the last good keys');
    mode = 'endless';
    registry.clock.advance(MINUTE);
    assert.equal((await ask(registry, id, strange)).status, 401);
    assert.ok(sent > 0 && sent < 32 << 20, String(sent));
  } finally {
    server.closeAllConnections();
    server.close();
  }
});

test('without configured clusters no token of one is believed', async () => {
  await using registry = await TestRegistry.start();
  const { id } = await trusting(registry, 'p', [PROD]);
  assert.equal((await ask(registry, id, await new Cluster(registry.accountId).token())).status, 401);
});

test('a file of clusters is refused with what is wrong with it', () => {
  const { entry } = new Cluster('a'.repeat(32)) as { entry: Record<string, unknown> };
  const { jwks, ...keyless } = entry;
  const secret = { keys: [{ kty: 'oct', k: 'AAAA' }] };
  const bad: [object, RegExp][] = [
    [keyless, /exactly one of jwks/],
    [{ ...entry, jwks_url: 'https://x' }, /exactly one of jwks/],
    [{ ...keyless, jwks_url: 'http://elsewhere.example.com/x' }, /https/],
    [{ ...entry, jwks: secret }, /public RSA or EC/],
    [{ ...entry, audiences: [] }, /audiences/],
    [{ ...entry, audience: 'x' }, /unknown key audience/],
    [{ ...entry, crn: 'x' }, /crn/],
    [{ ...entry, issuer: '' }, /issuer/],
  ];
  for (const [each, says] of bad) assert.throws(() => computeIssuers(issuersFile([each])), says);
  assert.throws(() => computeIssuers('/nowhere.yaml'), /cannot be used/);
  assert.equal(computeIssuers(issuersFile([entry])).length, 1);
});
