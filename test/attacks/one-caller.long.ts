/** One account sends over eight connections what costs most, of each kind; another pulls and switches a key. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { digestOf } from '../../src/oci/digest.ts';
import { v2Policy } from '../access/policy-documents.ts';
import { fillRepositories } from '../registry/many-repositories.ts';
import { descriptorOf, EMPTY, EMPTY_JSON, jsonOf, LAYER, OCI_INDEX, OCI_MANIFEST } from '../spec/content.ts';
import { AttackedRegistry } from './attacked-registry.ts';

const GREATEST = Number.MAX_SAFE_INTEGER;
const digest = (number: number): string => `sha256:${number.toString(16).padStart(64, '0')}`;

test('moving namespaces, those of others too, holds up no other account', async (t) => {
  await using attacked = await AttackedRegistry.begin();
  const group = await attacked.made('POST', '/v2/resource_groups', {
    name: 'own',
    account_id: attacked.accountId,
  });
  const headers = { ...attacked.headers, 'X-Auth-Resource-Group': String(group.id) };
  const answers = await attacked.measure(t, [
    { method: 'PATCH', path: '/api/v1/namespaces/attack', headers },
    { method: 'PATCH', path: '/api/v1/namespaces/birds', headers },
    { method: 'PUT', path: '/api/v1/namespaces/attack', headers },
    {
      method: 'POST',
      path: '/v2/resource_groups',
      headers,
      body: JSON.stringify({ name: 'COUNT', account_id: attacked.accountId }),
    },
  ]);
  assert.ok(answers['PATCH 404'], 'the namespace of another account is not moved');
});

test('policies of maximal size, made, listed and decided on, hold up no other account', async (t) => {
  await using attacked = await AttackedRegistry.begin();
  const { accountId } = attacked;
  const service = await attacked.made('POST', '/v1/serviceids', {
    name: 'ci',
    account_id: accountId,
    apikey: { name: 'key' },
  });
  const { apikey } = service.apikey as unknown as { apikey: string };
  const policy = (subject: string, number: number): object => {
    const made = v2Policy(
      subject,
      'Reader',
      accountId,
      { serviceName: 'container-registry' },
      { description: `${number}` },
    );
    for (let each = 0; each < 17; each++)
      made.resource.attributes.push({
        key: 'repository',
        operator: 'stringMatch',
        value: `${'*a'.repeat(390)}${number}*`,
      });
    return made;
  };
  for (let number = 0; number < 60; number++)
    for (const subject of [String(service.iam_id), 'AccessGroupId-PublicAccess'])
      await attacked.made('POST', '/v2/policies', policy(subject, number));
  const names = Array.from({ length: 50 }, (_, number) => `${'a'.repeat(200)}${number}`);
  const index = jsonOf({ schemaVersion: 2, mediaType: OCI_INDEX, manifests: [] });
  for (const name of names) await attacked.pushed('PUT', `${name}/manifests/1`, index, OCI_INDEX);
  const path = `/v2/attack/${names[0]}/manifests/1`;
  const headers = attacked.registryHeaders(apikey);
  const body = JSON.stringify(policy(String(service.iam_id), 0))
    .replace('"description":"0"', '"description":"COUNT"')
    .replace('a0*', 'aCOUNT*');
  await attacked.measure(t, [
    { method: 'GET', path: '/v2/_catalog', headers },
    { method: 'HEAD', path, headers },
    { method: 'HEAD', path },
    { method: 'GET', path: `/oauth/token?service=registry&scope=repository:attack/${names[0]}:pull` },
    { method: 'GET', path: `/v2/policies?account_id=${accountId}`, headers: attacked.headers },
    { method: 'POST', path: '/v2/policies', headers: attacked.headers, body },
  ]);
});

test('manifests of the greatest sizes, refused and taken, and the lists of them hold up no other account', async (t) => {
  await using attacked = await AttackedRegistry.begin();
  const manifest = (size: number): string => {
    const layers = [1, 2, 3].map((number) => ({
      mediaType: LAYER,
      digest: digest(number),
      size,
      urls: ['http://127.0.0.1/'],
    }));
    const config = descriptorOf(EMPTY, EMPTY_JSON);
    return JSON.stringify({
      schemaVersion: 2,
      mediaType: OCI_MANIFEST,
      config,
      layers,
      annotations: { count: 'COUNT' },
    });
  };
  const headers = { ...attacked.registryHeaders(), 'Content-Type': OCI_MANIFEST };
  const upload = await fetch(
    new URL(`/v2/attack/a/blobs/uploads/?digest=${digestOf(EMPTY_JSON)}`, attacked.registry.url),
    {
      method: 'POST',
      headers: attacked.registryHeaders(),
      body: EMPTY_JSON,
    },
  );
  assert.equal(upload.status, 201);
  const answers = await attacked.measure(t, [
    { method: 'PUT', path: '/v2/attack/a/manifests/COUNT', headers, body: manifest(GREATEST) },
    { method: 'PUT', path: '/v2/attack/a/manifests/COUNT', headers, body: manifest(2 ** 41) },
    { method: 'GET', path: '/api/v1/images', headers: attacked.headers },
    { method: 'GET', path: '/api/v1/quotas', headers: attacked.headers },
    { method: 'GET', path: '/api/v1/usage', headers: attacked.headers },
  ]);
  assert.ok(answers['PUT 400'] && answers['GET 200'], JSON.stringify(answers));
});

test('manifests of a thousand references, pushed and deleted, and namespaces of them removed hold up no other account', async (t) => {
  await using attacked = await AttackedRegistry.begin();
  const layers = Array.from({ length: 999 }, (_, number) => ({
    mediaType: LAYER,
    digest: `sha256:COUNT${digest(number).slice(16)}`,
    size: 1,
    urls: ['http://127.0.0.1/'],
  }));
  await attacked.pushed(
    'POST',
    `a/blobs/uploads/?digest=${digestOf(EMPTY_JSON)}`,
    EMPTY_JSON,
    'application/octet-stream',
  );
  const body = JSON.stringify({
    schemaVersion: 2,
    mediaType: OCI_MANIFEST,
    config: descriptorOf(EMPTY, EMPTY_JSON),
    layers,
  });
  const headers = { ...attacked.registryHeaders(), 'Content-Type': OCI_MANIFEST };
  const tagged = { method: 'PUT', path: '/v2/attack/a/manifests/COUNT', headers, body };
  const answers = await attacked.measure(t, [
    tagged,
    tagged,
    { ...tagged, path: '/v2/attack/a/manifests/again' },
    { method: 'DELETE', path: '/v2/attack/a/manifests/again', headers: attacked.registryHeaders() },
    { method: 'DELETE', path: '/api/v1/namespaces/attackCOUNT', headers: attacked.headers },
    { method: 'PUT', path: '/api/v1/namespaces/attackCOUNT', headers: attacked.headers },
  ]);
  assert.ok(answers['PUT 201'], JSON.stringify(answers));
});

test('lists of 10^5 repositories with 10^6 tags hold up no other account', async (t) => {
  await using attacked = await AttackedRegistry.begin();
  fillRepositories(`${attacked.registry.dataDir}/tidegate.db`, 'attack');
  const repository = '/v2/attack/r000001';
  const json = attacked.headers;
  const registry = attacked.registryHeaders();
  await attacked.measure(
    t,
    [
      { method: 'GET', path: '/api/v1/images', headers: json },
      { method: 'GET', path: '/api/v1/quotas', headers: json },
      { method: 'POST', path: '/api/v1/images/digests', headers: json, body: '{}' },
      { method: 'GET', path: '/v2/_catalog?n=1000', headers: registry },
      { method: 'GET', path: `${repository}/tags/list`, headers: registry },
      { method: 'GET', path: '/api/v1/usage', headers: json },
      { method: 'GET', path: '/api/v1/usage/repositories?namespace=attack', headers: json },
      { method: 'GET', path: '/api/v1/trash', headers: json },
    ],
    20_000,
  );
});

test('referrers by a fallback tag whose index has 3.7 MB, and a thousand referrers as large, hold up no other account', async (t) => {
  await using attacked = await AttackedRegistry.begin();
  await attacked.pushed(
    'POST',
    `a/blobs/uploads/?digest=${digestOf(EMPTY_JSON)}`,
    EMPTY_JSON,
    'application/octet-stream',
  );
  const config = descriptorOf(EMPTY, EMPTY_JSON);
  const image = jsonOf({ schemaVersion: 2, mediaType: OCI_MANIFEST, config, layers: [] });
  await attacked.pushed('PUT', 'a/manifests/1', image, OCI_MANIFEST);
  const subject = descriptorOf(OCI_MANIFEST, image);
  const annotations = { note: 'n'.repeat(3500) };
  const manifests = [];
  for (let number = 0; number < 990; number++) {
    const bytes = jsonOf({
      schemaVersion: 2,
      mediaType: OCI_MANIFEST,
      config,
      layers: [],
      subject,
      annotations: { ...annotations, number: `${number}` },
    });
    await attacked.pushed('PUT', `a/manifests/${digestOf(bytes)}`, bytes, OCI_MANIFEST);
    manifests.push({ ...descriptorOf(OCI_MANIFEST, bytes), artifactType: EMPTY, annotations });
  }
  const index = jsonOf({ schemaVersion: 2, mediaType: OCI_INDEX, manifests });
  assert.ok(index.length > 3_600_000 && index.length < 4 << 20, `${index.length} bytes`);
  const fallback = subject.digest.replace(':', '-');
  await attacked.pushed('PUT', `a/manifests/${fallback}`, index, OCI_INDEX);
  const headers = attacked.registryHeaders();
  const referrers = `/v2/attack/a/referrers/${subject.digest}`;
  for (const requests of [
    [{ method: 'GET', path: referrers, headers }],
    [
      { method: 'GET', path: `${referrers}?artifactType=${EMPTY}`, headers },
      { method: 'GET', path: `/v2/attack/a/referrers/${digestOf(index)}`, headers },
      { method: 'GET', path: `/v2/attack/a/manifests/${fallback}`, headers },
      {
        method: 'PUT',
        path: `/v2/attack/a/manifests/${fallback}`,
        headers: { ...headers, 'Content-Type': OCI_INDEX },
        body: String(index),
      },
    ],
  ])
    await attacked.measure(t, requests);
});
