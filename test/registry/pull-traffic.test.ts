import assert from 'node:assert/strict';
import { once } from 'node:events';
import { get, type IncomingMessage } from 'node:http';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { answered, refused } from '../spec/answers.ts';
import { newBytes, newManifest } from '../spec/content.ts';
import { stage, type TestRepository } from '../spec/repository.ts';
import { basic } from '../support/registry.ts';

const on = stage();

const MIB = 1 << 20;

/** What the account has pulled this month, in bytes. */
const pulled = async (): Promise<number> => {
  const response = await answered(await on.registry.api('GET', '/api/v1/quotas'), 200);
  return ((await response.json()) as { usage: { traffic_bytes: number } }).usage.traffic_bytes;
};

/** By how much `work` raises it. */
const counted = async (work: () => Promise<unknown>): Promise<number> => {
  const before = await pulled();
  await work();
  return (await pulled()) - before;
};

const whole = async (repository: TestRepository, path: string, headers = {}): Promise<void> => {
  await (await repository.request('GET', path, { headers })).arrayBuffer();
};

/** Asks for a blob, reads `bytes` of it and goes away. */
const cutAfter = async (repository: TestRepository, path: string, bytes: number, range?: string) => {
  const headers = {
    Authorization: basic('iamapikey', on.registry.apikey),
    ...(range === undefined ? {} : { Range: range }),
  };
  const request = get(new URL(`/v2/${repository.name}/${path}`, on.registry.url), { headers, agent: false });
  const [response] = (await once(request, 'response')) as [IncomingMessage];
  let read = 0;
  for await (const chunk of response) {
    read += chunk.length;
    if (read >= bytes) break;
  }
  request.destroy();
  while (!on.registry.logged.some((line) => line.includes(path) && line.includes('"cut":true')))
    await sleep(5);
  on.registry.logged.length = 0;
};

test('a pulled manifest counts with all its bytes, annotations included; what sends no content counts nothing', async () => {
  const repository = await on.artifactRepository();
  const bytes = newManifest({ annotations: { note: 'x'.repeat(3 * MIB) } });
  await answered(await repository.putManifest('1', bytes), 201);
  assert.equal(await counted(() => whole(repository, 'manifests/1')), bytes.length);
  const etag = (await repository.request('HEAD', 'manifests/1')).headers.get('etag') ?? '';
  for (const quiet of [
    () => repository.request('HEAD', 'manifests/1'),
    () => whole(repository, 'manifests/1', { 'If-None-Match': etag }),
    () => whole(repository, 'manifests/absent'),
  ])
    assert.equal(await counted(quiet), 0);
});

test('annotations count wherever they are read: in a list of referrers, and in a manifest of the registry API', async () => {
  const repository = await on.artifactRepository();
  const { descriptor: subject } = await repository.pushImage('1');
  const bytes = newManifest({ subject, annotations: { note: 'x'.repeat(MIB) } });
  await answered(await repository.putManifest('2', bytes), 201);
  const listed = await counted(() => whole(repository, `referrers/${subject.digest}`));
  assert.ok(listed > MIB && listed < MIB + 1000, String(listed));
  assert.equal(await counted(() => repository.request('HEAD', `referrers/${subject.digest}`)), 0);
  assert.equal(await counted(() => whole(repository, `referrers/${subject.digest}?artifactType=none`)), 0);
  const path = `/api/v1/images/${encodeURIComponent(`${repository.name}:2`)}/manifest`;
  const read = async (): Promise<void> => {
    const response = await answered(await on.registry.api('GET', path), 200);
    await response.arrayBuffer();
  };
  assert.equal(await counted(read), bytes.length);
});

test('the bytes of a blob count as they are sent: of a pull that is cut, what was sent until then', async () => {
  const repository = on.repository();
  const bytes = newBytes(40 * MIB);
  const path = `blobs/${await repository.pushBlob(bytes)}`;
  for (const range of [undefined, 'bytes=5-', `bytes=0-10,100-${bytes.length - 1}`]) {
    const sent = await counted(() => cutAfter(repository, path, MIB, range));
    assert.ok(sent >= MIB, `${sent} bytes count, but ${MIB} were read`);
    assert.ok(sent < bytes.length, 'what was never sent does not count');
  }
});

test('blobs count whole, and of ranges what they are', async () => {
  const repository = on.repository();
  for (const size of [100, 300_000]) {
    const path = `blobs/${await repository.pushBlob(newBytes(size))}`;
    assert.equal(await counted(() => whole(repository, path)), size);
    assert.equal(await counted(() => whole(repository, path, { Range: 'bytes=10-19' })), 10);
    assert.equal(await counted(() => whole(repository, path, { Range: 'bytes=0-0,10-19' })), 11);
    assert.equal(await counted(() => whole(repository, path, { Range: `bytes=${size}-` })), 0);
    assert.equal(await counted(() => repository.request('HEAD', path)), 0);
  }
});

test('above the limit of the month manifests are refused as blobs are; that they are there is still told', async () => {
  const repository = await on.artifactRepository();
  const bytes = newManifest({ annotations: { note: 'x'.repeat(MIB) } });
  await answered(await repository.putManifest('1', bytes), 201);
  const limit = Math.ceil((await pulled()) / MIB) + 1;
  await answered(await on.registry.api('PATCH', '/api/v1/quotas', { traffic_megabytes: limit }), 200);
  for (let pulls = 0; pulls < 2; pulls += 1) await whole(repository, 'manifests/1');
  const { message } = await refused(await repository.request('GET', 'manifests/1'), 403, 'DENIED');
  assert.match(message, /pull traffic quota/);
  assert.equal(await repository.statusOf('manifests/1'), 200);
  await answered(await on.registry.api('PATCH', '/api/v1/quotas', { traffic_megabytes: -1 }), 200);
});
